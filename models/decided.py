"""Named reads of what the board decided: on a report, and over its whole history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.campaign import Assignment, Campaign, Round
from models.queries import due_at, newest_link, newest_revision_id
from models.response import Decision, Extension, Response, Revision
from models.unit import Unit


@dataclass(frozen=True, slots=True)
class AssignedReport:
    """The report that a unit owes in a round, and how far it is.

    `revision_id`, `number`, `receipt` and `sent_at` are those of its newest revision (None, 0 and
    blank before anything is sent), `decided` what was decided on that one; `link_code` is the
    newest link that opens it, `email` the address of the unit, blank when it has none.
    """

    assignment_id: int
    campaign: str
    board_name: str
    round: str
    round_title: str
    round_kind: str
    due_at: datetime | None
    unit: str
    unit_name: str
    email: str
    link_code: str | None
    extended_to: datetime | None
    revision_id: int | None
    number: int
    receipt: str
    sent_at: datetime | None
    decided: str | None


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision on revision `number`; see models.response.Decision."""

    number: int
    kind: str
    note: str
    reasons: Mapping[str, str]
    deadline: datetime | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MadeExtension:
    """A later due time; see models.response.Extension."""

    due_at: datetime
    reason: str
    actor: str
    at: datetime


def assigned_report(session: Session, assignment_id: int) -> AssignedReport:
    """Return the report of an assignment as it stands."""
    row = session.execute(
        select(
            Assignment.id,
            Campaign.code,
            Campaign.board_name,
            Round.code,
            Round.title,
            Round.kind,
            due_at(),
            Unit.code,
            Assignment.unit_name,
            Unit.email,
            newest_link(),
            Assignment.extended_to,
            Revision.id,
            func.coalesce(Revision.number, 0),
            func.coalesce(Revision.receipt_code, ""),
            Revision.submitted_at,
            Assignment.decided,
        )
        .select_from(Assignment)
        .join(Assignment.round)
        .join(Round.campaign)
        .join(Assignment.unit)
        .outerjoin(Revision, Revision.id == newest_revision_id())
        .where(Assignment.id == assignment_id)
    ).one()
    return AssignedReport(*tuple(row))


def decisions(session: Session, assignment_id: int) -> tuple[MadeDecision, ...]:
    """Return everything that was decided on the revisions of an assignment, oldest first."""
    rows = session.execute(
        select(
            Revision.number,
            Decision.kind,
            Decision.note,
            Decision.reasons,
            Decision.deadline,
            Decision.actor,
            Decision.at,
        )
        .join(Decision.revision)
        .join(Revision.response)
        .where(Response.assignment_id == assignment_id)
        .order_by(Decision.id)
    )
    return tuple(MadeDecision(*row) for row in rows)


def extensions(session: Session, assignment_id: int) -> tuple[MadeExtension, ...]:
    """Return every later due time that an assignment was given, oldest first."""
    rows = session.execute(
        select(Extension.due_at, Extension.reason, Extension.actor, Extension.at)
        .where(Extension.assignment_id == assignment_id)
        .order_by(Extension.id)
    )
    return tuple(MadeExtension(*row) for row in rows)
