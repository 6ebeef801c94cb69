"""The figures of a report beside those of the round before and of its group; and what is odd."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from exports.unusual import Figures as UnitFigures
from exports.unusual import typed_figures, unusual
from forms.answers import KEPT_NUMBER
from forms.explanations import Oddity, sent_oddities
from forms.tree import Definition, Question
from language.numbers import percent
from language.text import fold
from models.campaign import Assignment
from models.response import RETURNED, Response, Revision
from models.unit import Unit
from services import definitions, reporting
from services.reporting import SentRevision

NUMBERS = frozenset({"integer", "decimal", "range", "calculate"})
PAGE_ODDITIES = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """What the other units of a group reported, `units` of them."""

    units: int
    least: Decimal
    median: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a report, the one of the round before, and what its group reported."""

    question: Question
    value: Decimal | None
    before: Decimal | None
    group: Spread | None

    @property
    def change(self) -> Decimal | None:
        """Return by how much it has changed since the round before."""
        if self.value is None or self.before is None:
            return None
        return self.value - self.before

    @property
    def change_percent(self) -> Decimal | None:
        """Return the change in percent of the round before; None where that was 0."""
        if self.change is None or not self.before:
            return None
        share = percent(abs(self.change), abs(self.before))
        return share if share is None or self.change >= 0 else -share

    @property
    def is_outside(self) -> bool:
        """Whether it is less or more than any other unit of the group has reported."""
        if self.group is None or self.value is None:
            return False
        return not self.group.least <= self.value <= self.group.most


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a report; `before` is the title of the round before, if there is one."""

    definition: Definition
    before: str
    figures: tuple[Figure, ...]


def figures(session: Session, assignment_id: int, sent: SentRevision) -> Figures:
    """Return the numbers of a report, each beside the round before and its group.

    The group is the other units of the same group that have sent in the same round; what was sent
    stays when a unit is withdrawn, as in the totals of the workbook.
    """
    definition = definitions.definition(session, sent.form_version_id)
    before = reporting.report_before(session, assignment_id)
    earlier = json.loads(before.answers) if before else {}
    answers = json.loads(sent.answers)
    others = [json.loads(text) for text in session.scalars(_others(assignment_id))]
    found = (
        Figure(
            question,
            number(answers.get(question.name)),
            number(earlier.get(question.name)),
            _spread(question.name, others),
        )
        for question in _numeric(definition)
    )
    return Figures(
        definition,
        before.round_title if before else "",
        tuple(one for one in found if one.value is not None or one.before is not None),
    )


def _numeric(definition: Definition) -> Iterator[Question]:
    return (q for q in definition.single_questions if q.type in NUMBERS and q.labels)


def number(answer: Any) -> Decimal | None:
    """Return a kept answer as a number, None when it is none."""
    text = str(answer)
    return Decimal(text) if KEPT_NUMBER.fullmatch(text) else None


def _spread(name: str, others: Sequence[Mapping[str, Any]]) -> Spread | None:
    values = sorted(value for a in others if (value := number(a.get(name))) is not None)
    if not values:
        return None
    return Spread(len(values), values[0], statistics.median(values), values[-1])


def _others(assignment_id: int) -> Select[str]:
    own, newer = aliased(Assignment), aliased(Revision)
    newest = (
        select(func.max(newer.number))
        .where(newer.response_id == Response.id)
        .correlate(Response)
        .scalar_subquery()
    )
    return (
        select(Revision.answers)
        .join(Response, Response.id == Revision.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .join(own, own.round_id == Assignment.round_id)
        .where(
            own.id == assignment_id,
            own.group_code == Assignment.group_code,
            Assignment.id != assignment_id,
            Revision.number == newest,
        )
    )


# --- what is odd ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportOddities:
    """A report and everything that the checks of its form and statistics find odd in it.

    One that is `returned` is not in the workbook, unless that is asked for.
    """

    unit_code: str
    unit_name: str
    group_code: str
    receipt: str
    oddities: tuple[Oddity, ...]
    definition: Definition
    returned: bool = False


@dataclass(frozen=True, slots=True)
class OddityPage:
    """One page of reports with something odd; `warnings` and what follows count all pages.

    `returned` are the warnings of reports that were returned: the workbook leaves them out.
    """

    reports: tuple[ReportOddities, ...]
    found: int
    warnings: int
    unexplained: int
    returned: int
    number: int
    pages: int


def odd_reports(
    session: Session,
    round_id: int,
    text: str,
    number: int,
    *,
    unexplained: bool = False,
    language: str = "vi",
) -> OddityPage:
    """Return page `number`, from 1, of the reports of a round with something odd.

    In official order; `text` is looked for in the names of units and in the warnings, without
    accents. With `unexplained`, only what wants a reason and has none. What statistics find is said
    in `language`; as in the workbook, reports that were returned are not among the figures.
    """
    words = fold(text).split()
    reports = [
        report
        for report in _odd(session, round_id, language, unexplained=unexplained)
        if all(word in _searched(report) for word in words)
    ]
    pages = max((len(reports) - 1) // PAGE_ODDITIES + 1, 1)
    number = min(max(number, 1), pages)
    every = [found for report in reports for found in report.oddities]
    return OddityPage(
        tuple(reports[(number - 1) * PAGE_ODDITIES : number * PAGE_ODDITIES]),
        len(reports),
        len(every),
        sum(found.is_unexplained for found in every),
        sum(len(report.oddities) for report in reports if report.returned),
        number,
        pages,
    )


def _searched(report: ReportOddities) -> str:
    said = (f"{found.message} {found.text}" for found in report.oddities)
    return fold(" ".join((report.unit_code, report.unit_name, *said)))


def _odd(
    session: Session, round_id: int, language: str, *, unexplained: bool
) -> Iterator[ReportOddities]:
    rows = session.execute(_newest(round_id)).all()
    found = _unusual(session, round_id, rows, language)
    for row in rows:
        definition = definitions.definition(session, row.form_version_id)
        checked = sent_oddities(definition, row.explanations)
        every = (*checked, *found.get(row.code, ()))
        kept = tuple(one for one in every if one.is_unexplained or not unexplained)
        if kept:
            yield ReportOddities(
                row.code,
                row.unit_name,
                row.group_code,
                row.receipt_code,
                kept,
                definition,
                row.decided == RETURNED,
            )


# What statistics found lately: by round and language, and of which reports.
_Found = Mapping[str, tuple[Oddity, ...]]
_KNOWN: dict[tuple[int, str], tuple[Sequence[Any], _Found]] = {}


def _unusual(session: Session, round_id: int, rows: Sequence[Any], language: str) -> _Found:
    """Return what statistics find in the reports that count; looked at anew when one changes.

    Those are the same as in the workbook: neither returned nor of a unit that was withdrawn. A
    revision never changes, and its receipt is no other's.
    """
    counted = [row for row in rows if row.decided != RETURNED and row.withdrawn_at is None]
    told_by = [(row.code, row.unit_name, row.group_code, row.receipt_code) for row in counted]
    known = _KNOWN.get((round_id, language))
    if known is None or known[0] != told_by:
        answers: dict[str, str] = dict(session.execute(_answers(round_id)).all())
        figures = [_typed(session, row, answers[row.receipt_code]) for row in counted]
        known = _KNOWN[round_id, language] = (told_by, unusual(figures, language))
    return known[1]


def _typed(session: Session, row: Any, answers: str) -> UnitFigures:
    definition = definitions.definition(session, row.form_version_id)
    values = typed_figures(definition, json.loads(answers))
    return UnitFigures(row.code, row.unit_name, row.group_code, values)


def _answers(round_id: int) -> Select[str, str]:
    """Select the answers of every revision of a round by its receipt."""
    return (
        select(Revision.receipt_code, Revision.answers)
        .join(Response, Response.id == Revision.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .where(Assignment.round_id == round_id)
    )


def _newest(round_id: int) -> Select[str, str, str, str | None, datetime | None, str, int, str]:
    """Select the newest revision of every report of a round, in official order."""
    newer = aliased(Revision)
    newest = (
        select(func.max(newer.number))
        .where(newer.response_id == Response.id)
        .correlate(Response)
        .scalar_subquery()
    )
    return (
        select(
            Unit.code,
            Assignment.unit_name,
            Assignment.group_code,
            Assignment.decided,
            Assignment.withdrawn_at,
            Revision.receipt_code,
            Revision.form_version_id,
            Revision.explanations,
        )
        .join(Response, Response.id == Revision.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .join(Assignment.unit)
        .where(
            Assignment.round_id == round_id,
            Revision.number == newest,
        )
        .order_by(Unit.position)
    )
