"""The data of a round for analysts: tidy tables, read while they are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from exports.record_cells import Kind
from exports.records import (
    DICTIONARY,
    KEY,
    MANIFEST,
    DataColumn,
    DataOptions,
    DataPlan,
    DataSheet,
    Record,
    dictionary,
    distinct,
    manifest,
)
from forms.tree import Definition
from language.dates import wall_clock
from models import records
from models.campaign import PUBLIC, Round
from models.proof import chain_head
from services import campaigns, definitions

# What is known of a response besides its answers; names are those of machines, as of questions.
# name, what its cells are, and its label in Vietnamese and English.
Known = tuple[str, Kind, str, str]
REPORT_COLUMNS: Sequence[Known] = (
    (KEY, "text", "Số tiếp nhận", "Receipt number"),
    ("unit_code", "text", "Mã đơn vị", "Code of the unit"),
    ("unit_name", "text", "Đơn vị", "Unit"),
    ("unit_group", "text", "Khối", "Group"),
    ("unit_level", "text", "Cấp", "Level"),
    ("required", "flag", "Bắt buộc báo cáo", "Required to report"),
    ("counted", "flag", "Cộng vào tổng", "Counted in totals"),
    ("revision", "integer", "Lần gửi", "Revision"),
    ("first_sent_at", "moment", "Gửi lần đầu", "First sent"),
    ("sent_at", "moment", "Gửi lần cuối", "Last sent"),
    ("late", "flag", "Trễ hạn", "Late"),
    ("decided", "text", "Kết quả xem xét", "Decision"),
    ("form_version", "text", "Phiên bản biểu mẫu", "Version of the form"),
)
FEEDBACK_COLUMNS: Sequence[Known] = (
    (KEY, "integer", "Số thứ tự", "Number"),
    ("link", "text", "Đường dẫn công khai", "Public link"),
    ("sent_on", "date", "Ngày gửi", "Sent on"),
    ("form_version", "text", "Phiên bản biểu mẫu", "Version of the form"),
)
DICTIONARY_NAME, MANIFEST_NAME = "tu_dien", "thong_tin"
# Hands records on, one by one.
Watch = Callable[[Iterator[Record]], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class DataExport:
    """The data of a round: its tables, and what the manifest says of them besides the rows.

    `responses` is how many there are; each is read once for every table but the last, which
    explains the others. `read` counts the rows of each table in its newest reading.
    """

    title: str
    board_name: str
    sheets: tuple[DataSheet, ...]
    facts: Mapping[str, Any]
    responses: int
    read: Mapping[str, int]

    @property
    def readings(self) -> int:
        """How many times a response is read until all tables are written."""
        return self.responses * (len(self.sheets) - 1)

    @property
    def manifest(self) -> DataSheet:
        """The facts and the rows of each table as a table; to be read after all others."""
        return DataSheet(
            MANIFEST_NAME, MANIFEST, lambda: manifest({**self.facts, "rows": self.read})
        )


def collect(
    session: Session,
    campaign_code: str,
    round_code: str,
    options: DataOptions,
    now: datetime,
    watch: Watch = iter,
) -> DataExport:
    """Return the data of a round, to be read while `session` lasts, each record through `watch`.

    The first table is called as the round, those of repeats as the repeat; the last one explains
    every column. Raises Problem `round_unknown`.
    """
    asked = campaigns.find_round(session, round_code, campaign_code)
    source = _Feedback(session, asked) if asked.kind == PUBLIC else _Reports(session, asked)
    plan = DataPlan(source.versions, _known_columns(source.columns, options.language), options)

    def read() -> Iterator[Record]:
        return watch(source.read())

    counts: dict[str, int] = {}
    own = (table.name or asked.code for table in plan.tables)
    _, _, *names = distinct((DICTIONARY_NAME, MANIFEST_NAME, *own))
    tables = [
        _counted(DataSheet(name, table.columns, _rows(plan, table.name, read)), counts)
        for name, table in zip(names, plan.tables, strict=True)
    ]
    explained = DataSheet(DICTIONARY_NAME, DICTIONARY, lambda: dictionary(tables))
    responses = source.count()
    facts = {
        "campaign": asked.campaign.code,
        "round": asked.code,
        "exported_at": now.isoformat(timespec="seconds"),
        "log_head": chain_head(session),
        "form_versions": {version.version: version.digest for version in source.versions},
        "contacts": options.contacts,
        "labels": options.labelled,
        "responses": responses,
    }
    title = f"{asked.title} - {asked.campaign.title}"
    sheets = (*tables, explained)
    return DataExport(title, asked.campaign.board_name, sheets, facts, responses, counts)


def _counted(sheet: DataSheet, counts: dict[str, int]) -> DataSheet:
    """Return a table that notes in `counts` how many of its rows have been read."""

    def rows() -> Iterator[Sequence[Any]]:
        number = counts[sheet.name] = 0
        for number, row in enumerate(sheet.rows(), start=1):  # noqa: B007 - counted to the end
            yield row
        counts[sheet.name] = number

    return DataSheet(sheet.name, sheet.columns, rows)


def _rows(
    plan: DataPlan, name: str, read: Callable[[], Iterator[Record]]
) -> Callable[[], Iterator[Sequence[Any]]]:
    return lambda: plan.rows(name, read())


def _known_columns(known: Sequence[Known], language: str) -> list[DataColumn]:
    return [
        DataColumn(name, vietnamese if language == "vi" else english, kind)
        for name, kind, vietnamese, english in known
    ]


class _Reports:
    """What units sent to a round."""

    columns = REPORT_COLUMNS

    def __init__(self, session: Session, asked: Round) -> None:
        self._session, self._round_id = session, asked.id
        self._known = _definitions(session, records.report_versions(session, asked.id))
        self.versions = _versions(session, asked, self._known)

    def count(self) -> int:
        """Return how many reports there are."""
        return records.count_reports(self._session, self._round_id)

    def read(self) -> Iterator[Record]:
        """Yield every report as a record."""
        for report in records.reports(self._session, self._round_id):
            definition = self._known[report.form_version_id]
            yield Record(
                (
                    report.receipt,
                    report.unit,
                    report.unit_name,
                    report.group,
                    report.level,
                    int(report.required),
                    int(report.counted),
                    report.number,
                    wall_clock(report.first_sent_at),
                    wall_clock(report.sent_at),
                    int(report.late),
                    report.decided,
                    definition.version,
                ),
                definition,
                json.loads(report.answers),
            )


class _Feedback:
    """What participants sent to a round; numbered anew at each export."""

    columns = FEEDBACK_COLUMNS

    def __init__(self, session: Session, asked: Round) -> None:
        self._session, self._round_id = session, asked.id
        self._known = _definitions(session, records.feedback_versions(session, asked.id))
        self.versions = _versions(session, asked, self._known)

    def count(self) -> int:
        """Return how much feedback there is."""
        return records.count_feedback(self._session, self._round_id)

    def read(self) -> Iterator[Record]:
        """Yield every feedback as a record."""
        stored = records.feedback(self._session, self._round_id)
        for number, sent in enumerate(stored, start=1):
            definition = self._known[sent.form_version_id]
            known = (number, sent.link, sent.sent_on, definition.version)
            yield Record(known, definition, json.loads(sent.answers))


def _definitions(session: Session, version_ids: Sequence[int]) -> dict[int, Definition]:
    return {version: definitions.definition(session, version) for version in version_ids}


def _versions(
    session: Session, asked: Round, answered: Mapping[int, Definition]
) -> tuple[Definition, ...]:
    """Return the newest version of the form and those that were answered, newest first."""
    newest = definitions.newest(session, asked.form_definition_id)
    current = definitions.definition(session, newest.digest)
    return tuple(dict.fromkeys((current, *answered.values())))
