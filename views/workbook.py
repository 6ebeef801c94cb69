"""The consolidated workbook of a campaign, as the board and the command line give it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from exports.chosen import filter_of
from exports.rounds import Consolidation
from exports.tables import build_sheets
from exports.wording import words_of
from exports.workbook import Document, write_workbook
from language.dates import local

# Hands sheets on, one by one.
Watch = Callable[[Iterator[Any]], Iterable[Any]]
NOTHING_SENT = datetime(2000, 1, 1, tzinfo=UTC)
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_workbook(consolidation: Consolidation, watch: Watch = iter) -> bytes:
    """Return the workbook; the same consolidation always gives the same bytes.

    Every sheet goes through `watch` twice: when it is built, and when it is written.
    """
    document = Document(
        title=consolidation.title,
        author=consolidation.board_name,
        created=newest_sending(consolidation),
        subject=consolidation.subject,
        company=consolidation.parent_body,
    )
    return write_workbook(watch(iter(build_sheets(consolidation, watch))), document)


def newest_sending(consolidation: Consolidation) -> datetime:
    """Return when a report was last sent or corrected: the same answers give the same bytes."""
    moments = (response.newest_at for asked in consolidation.rounds for response in asked.responses)
    return max(filter(None, moments), default=NOTHING_SENT)


def workbook_name(consolidation: Consolidation) -> str:
    """Return the file name that a person sees: whether it is of all, and the day of export."""
    words = words_of(consolidation.language)
    title = consolidation.title + (words["filtered"] if filter_of(consolidation, words) else "")
    return words["file_name"].format(title=title, day=local(consolidation.exported_at))
