"""A unit collects from the units below it: asks them, sees them arrive, takes over their sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from forms.answers import answers_of
from forms.tree import Definition, Question
from models.campaign import CLOSED, Assignment, Round
from models.problems import Problem
from models.queries import newest_link, opening
from models.response import CollectedSum, Response, Revision
from models.unit import Unit
from services import audit, definitions
from services.campaigns import add_groups, ask_unit
from services.reporting import OpenLink, assigned_unit, refusal_details, unit_actor
from services.states import Facts, State, assignment_state, later

NUMBERS = frozenset({"integer", "decimal"})
# What a unit may do with those below it although nothing can be sent yet.
BEFORE_OPENING = frozenset({None, "round_not_open"})


@dataclass(frozen=True, slots=True)
class Child:
    """A unit below, asked in the same round; its link only when the unit above has asked it."""

    code: str
    name: str
    state: State
    sent_at: datetime | None
    link_code: str | None


@dataclass(frozen=True, slots=True)
class Children:
    """The units below one: those asked in the round, and the names of those that could be."""

    asked: tuple[Child, ...]
    others: tuple[str, ...]

    @property
    def sent(self) -> int:
        """How many have sent."""
        return sum(child.sent_at is not None for child in self.asked)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a question over the units below; see models.response.CollectedSum."""

    question: str
    total: str
    answered: int
    asked: int
    reason: str = ""

    @property
    def value(self) -> int | Decimal:
        """The sum as a number."""
        number = Decimal(self.total)
        return int(number) if number == number.to_integral_value() else number

    def differs(self, answer: Any) -> bool:
        """Tell whether an answer, canonical and blank when there is none, says something else."""
        return answer in (None, "") or Decimal(str(answer)) != Decimal(self.total)


# --- looking --------------------------------------------------------------------------------------


def has_children(session: Session, link: OpenLink, today: date) -> bool:
    """Tell whether any unit stands below the one of a link to a round of reports."""
    if link.unit is None or link.round.kind != CLOSED:
        return False
    below = exists().where(Unit.parent_code == link.unit.code, _is_valid(today))
    return bool(session.scalar(select(below)))


def children(session: Session, link: OpenLink, now: datetime, today: date) -> Children:
    """Return the units below the one of a link. Raises Problem `children_unknown`."""
    unit = assigned_unit(link)
    if not has_children(session, link, today):
        raise Problem("children_unknown", board=link.campaign.board_name)
    rows = session.execute(
        select(
            Unit.code,
            Assignment.unit_name,
            Assignment.first_sent_at,
            Assignment.has_draft,
            Assignment.sent_at,
            Assignment.asked_by,
            newest_link(),
            func.coalesce(Assignment.due_at, Round.due_at),
            Assignment.extended_to,
        )
        .join(Assignment.unit)
        .join(Assignment.round)
        .where(
            Unit.parent_code == unit.code,
            Assignment.round_id == link.round.id,
            Assignment.withdrawn_at.is_(None),
        )
        .order_by(Unit.position, Unit.id)
    )
    asked = tuple(_child(tuple(row), unit.code, now) for row in rows)
    return Children(asked, tuple(found.name for found in _others(session, link, today)))


def _child(row: tuple[Any, ...], parent: str, now: datetime) -> Child:
    code, name, first_sent_at, has_draft, sent_at, asked_by, link_code, due_at, extended_to = row
    facts = Facts(first_sent_at, has_draft, later(due_at, extended_to), now)
    shown = link_code if asked_by == parent else None
    return Child(code, name, assignment_state(facts), sent_at, shown)


def _others(session: Session, link: OpenLink, today: date) -> Sequence[Unit]:
    """Return the units below that are not asked in the round, nor were."""
    asked = select(Assignment.unit_id).where(Assignment.round_id == link.round.id)
    return session.scalars(
        select(Unit)
        .where(
            Unit.parent_code == assigned_unit(link).code, Unit.id.not_in(asked), _is_valid(today)
        )
        .order_by(Unit.position, Unit.id)
    ).all()


def _is_valid(today: date) -> ColumnElement[bool]:
    begun = or_(Unit.valid_from.is_(None), Unit.valid_from <= today)
    return begun & or_(Unit.valid_to.is_(None), Unit.valid_to >= today)


# --- asking ---------------------------------------------------------------------------------------


def ask_children(session: Session, link: OpenLink, reason: str, now: datetime, today: date) -> int:
    """Ask every unit below that is not asked yet: invited, not counted; return how many are now.

    `reason` is what is said of it once the round has opened. Raises Problem `children_unknown`, or
    what services.states.timing refuses with, but for a round that is not open yet.
    """
    problem = link.timing(now).problem
    if problem not in BEFORE_OPENING:
        raise Problem(str(problem), **refusal_details(link))
    if not has_children(session, link, today):
        raise Problem("children_unknown", board=link.campaign.board_name)
    asked = session.get_one(Round, link.round.id, with_for_update=True)
    opened = opening(session, asked.id)
    done = _others(session, link, today)
    for unit in done:
        assignment = ask_unit(session, asked, unit, now, required=False, counted=False)
        assignment.asked_by = assigned_unit(link).code
        assignment.added_reason = reason if opened is not None and opened < now else ""
    session.flush()
    if done:
        add_groups(session, asked.campaign, done)
        subject = f"round:{link.campaign.code}/{link.round.code}"
        codes = [unit.code for unit in done]
        audit.note(session, now, unit_actor(link), "units.asked", subject, units=codes)
    return len(done)


# --- sums -----------------------------------------------------------------------------------------


def collect(session: Session, link: OpenLink, definition: Definition) -> tuple[Sum, ...]:
    """Return the sums of what the units below have answered, by question, in order of the form.

    Of each its newest report counts, whatever version of the form it was given to; a question that
    none of them has answered has no sum.
    """
    reports = list(_reports(session, link))
    asked = _count_asked(session, link)
    found = ((question, _numbers(question, reports)) for question in summed(definition))
    return tuple(
        Sum(question.name, str(sum(numbers, Decimal(0))), len(numbers), asked)
        for question, numbers in found
        if numbers
    )


def summed(definition: Definition) -> tuple[Question, ...]:
    """Return the questions that can be summed up: numbers that people type, asked once."""
    return tuple(
        question
        for question in definition.single_questions
        if question.type in NUMBERS and question.labels and not question.read_only
    )


def _numbers(question: Question, reports: Iterable[Mapping[str, Any]]) -> list[Decimal]:
    given = (report.get(question.name, "") for report in reports)
    return [Decimal(str(answer)) for answer in given if isinstance(answer, int | float | Decimal)]


def _reports(session: Session, link: OpenLink) -> Iterator[Mapping[str, Any]]:
    """Yield the answers of the newest report of each unit below."""
    newest = (
        select(func.max(Revision.id))
        .join(Revision.response)
        .where(Response.assignment_id == Assignment.id)
        .correlate(Assignment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Revision.form_version_id, Revision.answers)
        .join(Revision.response)
        .join(Response.assignment)
        .join(Assignment.unit)
        .where(*_below(link), Revision.id == newest)
    )
    for version_id, answers in rows:
        digest = definitions.definition(session, version_id).digest
        yield answers_of(digest, answers).data


def _count_asked(session: Session, link: OpenLink) -> int:
    count = select(func.count()).select_from(Assignment).join(Assignment.unit)
    return session.scalar(count.where(*_below(link))) or 0


def _below(link: OpenLink) -> tuple[ColumnElement[bool], ...]:
    return (
        Unit.parent_code == assigned_unit(link).code,
        Assignment.round_id == link.round.id,
        Assignment.withdrawn_at.is_(None),
    )


def sums(session: Session, assignment_id: int) -> tuple[Sum, ...]:
    """Return the sums that a unit has taken over."""
    found = session.execute(
        select(
            CollectedSum.question,
            CollectedSum.total,
            CollectedSum.answered,
            CollectedSum.asked,
            CollectedSum.reason,
        )
        .where(CollectedSum.assignment_id == assignment_id)
        .order_by(CollectedSum.id)
    )
    return tuple(Sum(*row) for row in found)


def take_over(session: Session, assignment_id: int, taken: Iterable[Sum], now: datetime) -> None:
    """Keep the sums that a unit takes over, in place of what it took over of these questions."""
    for one in taken:
        session.execute(_of_question(assignment_id, one.question))
        session.add(
            CollectedSum(
                assignment_id=assignment_id,
                question=one.question,
                total=one.total,
                answered=one.answered,
                asked=one.asked,
                at=now,
            )
        )
    session.flush()


def explain(session: Session, assignment_id: int, reasons: Mapping[str, str]) -> None:
    """Keep why a unit answers something else than a sum that it took over, by question."""
    found = session.scalars(select(CollectedSum).where(CollectedSum.assignment_id == assignment_id))
    for one in found:
        one.reason = reasons.get(one.question, one.reason)
    session.flush()


def _of_question(assignment_id: int, question: str) -> Any:
    return delete(CollectedSum).where(
        CollectedSum.assignment_id == assignment_id, CollectedSum.question == question
    )
