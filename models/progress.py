"""How far each assignment is, kept beside it: lists and counts read it without looking further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from models.campaign import Assignment
from models.queries import decision_id, extended_to, first_sent_at
from models.response import Decision, Draft, Response, Revision


def keep(session: Session, assignment_id: int | None) -> None:
    """Keep the progress of an assignment, if there is one, after anything that changes it."""
    session.flush()
    session.execute(
        update(Assignment)
        .where(Assignment.id == assignment_id)
        .values(_progress())
        .execution_options(synchronize_session=False)
    )


def mistaken(session: Session) -> tuple[int, ...]:
    """Return the ids of the assignments whose progress is not what it should be."""
    wrong = (
        getattr(Assignment, name).is_distinct_from(value) for name, value in _progress().items()
    )
    return tuple(session.scalars(select(Assignment.id).where(or_(*wrong)).order_by(Assignment.id)))


def _progress() -> Mapping[str, Any]:
    """Return each column of the progress, and what it is computed from."""
    return {
        "has_draft": exists().where(Draft.assignment_id == Assignment.id).correlate(Assignment),
        "first_sent_at": first_sent_at(),
        "sent_at": _of_revisions(func.max(Revision.submitted_at)),
        "revisions": _of_revisions(func.count()),
        "decided": select(Decision.kind).where(Decision.id == decision_id()).scalar_subquery(),
        "extended_to": extended_to(),
    }


def _of_revisions(value: Any) -> Any:
    return (
        select(value)
        .select_from(Revision)
        .join(Response, Revision.response_id == Response.id)
        .where(Response.assignment_id == Assignment.id)
        .correlate(Assignment)
        .scalar_subquery()
    )
