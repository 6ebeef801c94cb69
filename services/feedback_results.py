"""What the feedback to a round says, as far as it is counted: by question, group and link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON as JSON_TYPE
from sqlalchemy import ColumnElement, Float, Select, case, cast, func, literal_column, select
from sqlalchemy.orm import Session

from exports.distributions import FeedbackGroups, Tally
from exports.feedback import COUNTED, CountedFeedback, told_apart
from exports.values import with_vanished
from forms.tree import Definition, Question
from language.numbers import round_half_up
from language.text import fold
from models import following
from models.audit import AuditEntry
from models.campaign import CLOSED, Assignment, Round
from models.following import FollowedRound
from models.response import Response, Revision
from services import definitions
from services.feedback_counts import RoundCounts, round_counts

MEAN_PLACES = 2
# A number of a report that says how many took part.
ATTENDANCE = "attendance"
# What stands between the parts of a label.
SEPARATORS = re.compile(r"[,;:()]|\s[-–—]\s")
# Fewer levels are no scale.
LEAST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Feedback counted by the choices of a question; None for what is not shown.

    `untold` people are counted, but it must not be known which of these choices they made.
    """

    question: Question
    counts: Mapping[str, int | None]
    untold: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a group of people answered to a question; `choice` is what the group has in common.

    `mean` is that of a scale or of numbers, where there is one.
    """

    choice: str
    answered: int
    choices: Mapping[str, int]
    mean: Decimal | None


@dataclass(frozen=True, slots=True)
class Result:
    """What everybody answered to a question, and the same by group."""

    question: Question
    whole: Part
    parts: tuple[Part, ...]

    @property
    def is_scale(self) -> bool:
        """Whether the choices are levels that have a mean."""
        return is_scale(self.question)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many took part, as so many units have reported in a round."""

    round_title: str
    units: int
    persons: int


@dataclass(frozen=True, slots=True)
class LinkCount:
    """A public link that opens; `reported` is what the unit named in its label reported."""

    code: str
    label: str
    count: int | None
    reported: int | None


@dataclass(frozen=True, slots=True)
class FeedbackResults:
    """Everything the board may know of the feedback to a round.

    `total` people are counted; a few more are waiting for enough that are like them. `revoked`
    came through links that open no more, and of `untold` it must not be known through which.
    `by` is the question whose choices the groups of `results` have in common, if any.
    """

    total: int
    links: tuple[LinkCount, ...]
    revoked: int
    untold: int
    breakdowns: tuple[Breakdown, ...]
    results: tuple[Result, ...]
    by: Question | None
    attendance: tuple[Attendance, ...]

    @property
    def reported(self) -> int:
        """Return how many took part, as reported in all rounds together."""
        return sum(attendance.persons for attendance in self.attendance)


def results(session: Session, asked: FollowedRound, by: str = "") -> FeedbackResults:
    """Return what the feedback to a round says; the groups have the answer to `by` in common."""
    definition = definitions.definition(session, asked.form_version_id)
    counts = round_counts(session, asked.id)
    versions = [definitions.definition(session, version) for version in counts.versions]
    told = [definition.question(name) for name in told_apart(definition)]
    breakdowns = tuple(_breakdown(counts, question, versions) for question in told)
    chosen = next((b.question for b in breakdowns if b.question.name == by), None)
    links = following.public_links(session, asked.id)
    asking = tuple(_asking(session, asked))
    names = {part for label in links.values() for part in _parts_of(label)}
    return FeedbackResults(
        total=counts.total,
        links=tuple(_links(links, counts, _by_unit(session, asking, names))),
        revoked=_revoked(links, counts),
        untold=counts.by_link.get(None, 0),
        breakdowns=breakdowns,
        results=tuple(_results(counts, definition, versions, chosen)),
        by=chosen,
        attendance=tuple(_by_round(session, asking)),
    )


# --- groups ---------------------------------------------------------------------------------------


def _breakdown(
    counts: RoundCounts, question: Question, versions: Sequence[Definition]
) -> Breakdown:
    found: dict[str, int] = {}
    untold = 0
    for group in counts.groups:
        label = group.labels.get(question.name)
        if label is None:
            untold += group.count
        else:
            found[label] = found.get(label, 0) + group.count
    whole = with_vanished(question, versions, [name for name in found if name])
    names = [*whole.choice_names, *([""] if "" in found else [])]
    return Breakdown(whole, {name: found.get(name) for name in names}, untold)


def _results(
    counts: RoundCounts,
    definition: Definition,
    versions: Sequence[Definition],
    by: Question | None,
) -> Iterator[Result]:
    told = told_apart(definition)
    for question in definition.single_questions:
        if question.type not in COUNTED or question.name in told:
            continue
        whole = FeedbackGroups(counts.groups).tally(question)
        shown = with_vanished(question, versions, whole.choices)
        parts = _parts(counts.groups, shown, by) if by else ()
        yield Result(shown, _part("", shown, whole), tuple(parts))


def _parts(groups: Sequence[CountedFeedback], question: Question, by: Question) -> Iterator[Part]:
    """Yield what each group that is shown answered."""
    for name in (*by.choice_names, ""):
        members = [group for group in groups if group.labels.get(by.name) == name]
        tally = FeedbackGroups(members).tally(question)
        if tally.answered:
            yield _part(name, question, tally)


def _part(choice: str, question: Question, tally: Tally) -> Part:
    return Part(choice, tally.answered, tally.choices, _mean(question, tally))


def _mean(question: Question, tally: Tally) -> Decimal | None:
    if not tally.answered:
        return None
    if question.type in ("integer", "decimal", "range"):
        return round_half_up(tally.total / tally.answered, MEAN_PLACES)
    if not is_scale(question):
        return None
    levels = {int(name): count for name, count in tally.choices.items() if name.isdecimal()}
    total = sum(level * count for level, count in levels.items())
    counted = sum(levels.values())
    return round_half_up(Decimal(total) / counted, MEAN_PLACES) if counted else None


def is_scale(question: Question) -> bool:
    """Tell whether the choices of a question are levels: their names are numbers."""
    names = [name for name in question.choice_names if name.isdecimal()]
    return question.type == "select_one" and len(names) >= LEAST_LEVELS


# --- links ----------------------------------------------------------------------------------------


def _links(
    links: Mapping[str, str], counts: RoundCounts, reported: Mapping[str, int]
) -> Iterator[LinkCount]:
    for code, label in links.items():
        named = [reported[part] for part in _parts_of(label) if part in reported]
        yield LinkCount(code, label, counts.by_link.get(code), named[-1] if named else None)


def _parts_of(label: str) -> list[str]:
    """Return the parts of a label that may be the name of a unit, folded."""
    return [fold(part) for part in (label, *SEPARATORS.split(label)) if fold(part)]


def _revoked(links: Mapping[str, str], counts: RoundCounts) -> int:
    known = {code: count for code, count in counts.by_link.items() if code is not None}
    return sum(count for code, count in known.items() if code not in links)


# --- attendance -----------------------------------------------------------------------------------

# How a database reads a number out of canonical JSON.
NUMBER: Mapping[str, Callable[[str], ColumnElement[float]]] = {
    "sqlite": lambda name: cast(func.json_extract(Revision.answers, f'$."{name}"'), Float),
    "postgresql": lambda name: _as_number(cast(Revision.answers, JSON_TYPE)[name].as_string()),
}


def _as_number(text: ColumnElement[str]) -> ColumnElement[float]:
    """Return a text as a number where it is one: PostgreSQL refuses any other."""
    number = cast(text, Float)
    return case((text.regexp_match(r"^-?[0-9]+(\.[0-9]+)?$"), number), else_=literal_column("0.0"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A round whose form asks how many took part, and the questions that do."""

    id: int
    title: str
    questions: tuple[str, ...]


def _asking(session: Session, asked: FollowedRound) -> Iterator[_Asked]:
    """Yield the rounds of the same campaign in which units report how many took part."""
    campaign = select(Round.campaign_id).where(Round.id == asked.id).scalar_subquery()
    rounds = session.scalars(
        select(Round)
        .where(Round.campaign_id == campaign, Round.kind == CLOSED)
        .order_by(Round.position)
    )
    for reported in rounds.all():
        newest = definitions.newest(session, reported.form_definition_id)
        definition = definitions.definition(session, newest.digest)
        names = [q.name for q in definition.single_questions if ATTENDANCE in q.appearance]
        if names:
            yield _Asked(reported.id, reported.title, tuple(names))


# What units reported, by database and round, and the newest entry of the log at that time: every
# report and every change of who is counted is an entry there.
_added_up: dict[tuple[str, int], tuple[int, Attendance]] = {}


def _by_round(session: Session, asking: Iterable[_Asked]) -> Iterator[Attendance]:
    """Yield what the units whose figures are added up reported, by round."""
    newest = session.scalar(select(func.max(AuditEntry.id))) or 0
    for asked in asking:
        key = (str(session.get_bind().engine.url), asked.id)
        known, attendance = _added_up.get(key, (-1, None))
        if attendance is None or known != newest:
            attendance = _add_up(session, asked)
            _added_up[key] = (newest, attendance)
        if attendance.units:
            yield attendance


def _add_up(session: Session, asked: _Asked) -> Attendance:
    statement = _reported(asked, func.count(), func.sum(_persons(session, asked)))
    units, persons = session.execute(statement.where(Assignment.counted)).one()
    return Attendance(asked.title, units, int(persons or 0))


def _by_unit(session: Session, asking: Iterable[_Asked], names: Iterable[str]) -> Mapping[str, int]:
    """Return what the units with these folded names reported, in all rounds together."""
    wanted = tuple(names)
    found: dict[str, int] = {}
    for asked in asking:
        statement = _reported(asked, Assignment.search, _persons(session, asked))
        rows = session.execute(statement.where(Assignment.search.in_(wanted)))
        for name, persons in rows:
            found[name] = found.get(name, 0) + int(persons)
    return found


def _persons(session: Session, asked: _Asked) -> ColumnElement[float]:
    number = NUMBER[session.get_bind().dialect.name]
    persons: ColumnElement[float] = literal_column("0.0")
    for name in asked.questions:
        persons = persons + func.coalesce(number(name), 0.0)
    return persons


def _reported(asked: _Asked, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Revision)
        .join(Response, Response.id == Revision.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .where(
            Assignment.round_id == asked.id,
            Assignment.withdrawn_at.is_(None),
            # The newest: a unit has one report here.
            Revision.number == Assignment.revisions,
        )
    )
