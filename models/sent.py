"""Named reads for the consolidation: everything that was sent to a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Subquery, and_, func, select
from sqlalchemy.orm import Session, aliased

from models.campaign import Assignment
from models.queries import added_later, due_at, opening, successor_name, was_asked
from models.response import RETURNED, Decision, Response, Revision
from models.unit import Unit


@dataclass(frozen=True, slots=True)
class SentReport:
    """A unit asked in a round, with its newest revision; without one when it has sent nothing.

    `name`, `required` and `counted` are as they were when the unit was asked; `answers` and
    `explanations` are canonical JSON, `due_at` its deadline, `extended_to` a later one, `decided`
    what was decided on the newest revision, whose number is `revision`, and `returns` how often the
    report was returned. `added_later` ones were added after the round had opened; of one that was
    withdrawn, `successor_name` is that of the directory. `asked_by` is the unit above, if it did.
    """

    code: str
    name: str
    short_name: str
    group_code: str
    level: str
    required: bool
    counted: bool
    has_draft: bool
    first_sent_at: datetime | None
    newest_sent_at: datetime | None
    form_version_id: int | None
    answers: str | None
    explanations: str | None
    due_at: datetime | None
    extended_to: datetime | None
    decided: str | None
    revision: int | None
    returns: int
    response_id: int | None
    added_later: bool
    withdrawn_at: datetime | None
    withdrawn_reason: str
    successor_name: str | None
    asked_by: str


def reports(session: Session, round_id: int) -> tuple[SentReport, ...]:
    """Return every unit asked in a round, in official order; a unit is there once a response."""
    sendings, opened = _sendings(), opening(session, round_id)
    rows = session.execute(
        select(
            Unit.code,
            Assignment.unit_name,
            Unit.short_name,
            Assignment.group_code,
            Unit.level,
            Assignment.required,
            Assignment.counted,
            Assignment.has_draft,
            sendings.c.first_sent_at,
            Revision.submitted_at,
            Revision.form_version_id,
            Revision.answers,
            Revision.explanations,
            due_at(),
            Assignment.extended_to,
            Assignment.decided,
            Revision.number,
            _returns(),
            Response.id,
            added_later(opened),
            Assignment.withdrawn_at,
            Assignment.withdrawn_reason,
            successor_name(),
            Assignment.asked_by,
        )
        .select_from(Assignment)
        .join(Assignment.unit)
        .join(Assignment.round)
        .outerjoin(Response, Response.assignment_id == Assignment.id)
        .outerjoin(sendings, sendings.c.response_id == Response.id)
        .outerjoin(
            Revision,
            and_(Revision.response_id == Response.id, Revision.number == sendings.c.newest),
        )
        .where(Assignment.round_id == round_id, was_asked(opened))
        .order_by(Unit.position, Response.id)
    )
    return tuple(SentReport(*row) for row in rows)


def _returns() -> ScalarSelect[int]:
    """How often a report of an assignment was returned."""
    returned, of, by = aliased(Decision), aliased(Revision), aliased(Response)
    return (
        select(func.count())
        .select_from(returned)
        .join(of, of.id == returned.revision_id)
        .join(by, by.id == of.response_id)
        .where(by.assignment_id == Assignment.id, returned.kind == RETURNED)
        .correlate(Assignment)
        .scalar_subquery()
    )


def _sendings() -> Subquery[Any]:
    """For each response: when it was first sent, and the number of its newest revision."""
    return (
        select(
            Revision.response_id,
            func.min(Revision.submitted_at).label("first_sent_at"),
            func.max(Revision.number).label("newest"),
        )
        .group_by(Revision.response_id)
        .subquery()
    )
