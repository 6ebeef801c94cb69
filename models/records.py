"""Named reads for the data of a round: every response, one after the other, in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.campaign import Assignment, Link
from models.feedback import Feedback
from models.response import Response, Revision
from models.unit import Unit

# So many rows are held at once.
BATCH = 500


class StoredReport(NamedTuple):
    """The newest revision of a response; `answers` is canonical JSON, moments are aware."""

    receipt: str
    unit: str
    unit_name: str
    group: str
    level: str
    required: bool
    counted: bool
    number: int
    first_sent_at: datetime
    sent_at: datetime
    late: bool
    decided: str | None
    form_version_id: int
    answers: str


class StoredFeedback(NamedTuple):
    """One participant's feedback: through which link and on which day; `answers` is JSON."""

    link: str
    sent_on: date
    form_version_id: int
    answers: str


def reports(session: Session, round_id: int) -> Iterator[StoredReport]:
    """Yield the newest revision of every response to a round, in official order of the units."""
    newer = aliased(Revision)
    newest = select(func.max(newer.number)).where(newer.response_id == Response.id)
    first = select(func.min(newer.submitted_at)).where(newer.response_id == Response.id)
    # Late is what its first sending was.
    late = select(newer.late).where(newer.response_id == Response.id, newer.number == 1)
    statement = (
        select(
            Revision.receipt_code,
            Unit.code,
            Assignment.unit_name,
            Assignment.group_code,
            Unit.level,
            Assignment.required,
            Assignment.counted,
            Revision.number,
            first.correlate(Response).scalar_subquery(),
            Revision.submitted_at,
            late.correlate(Response).scalar_subquery(),
            Assignment.decided,
            Revision.form_version_id,
            Revision.answers,
        )
        .join(Revision.response)
        .join(Response.assignment)
        .join(Assignment.unit)
        .where(
            Assignment.round_id == round_id,
            Revision.number == newest.correlate(Response).scalar_subquery(),
        )
        .order_by(Unit.position, Response.id)
        .execution_options(yield_per=BATCH)
    )
    return (StoredReport._make(row) for row in session.execute(statement))


def feedback(session: Session, round_id: int) -> Iterator[StoredFeedback]:
    """Yield the feedback of a round by link, in no telling order: that of its random ids.

    Link by link, it is read as it is kept: all of it would have to be sorted on the disk first.
    """
    links = select(Link.code, Link.label).where(Link.round_id == round_id).order_by(Link.code)
    for code, label in session.execute(links).all():
        statement = (
            select(Feedback.sent_on, Feedback.form_version_id, Feedback.answers)
            .where(Feedback.link_code == code)
            .order_by(Feedback.id)
            .execution_options(yield_per=BATCH)
        )
        for row in session.execute(statement):
            yield StoredFeedback(label, *row)


def report_versions(session: Session, round_id: int) -> tuple[int, ...]:
    """Return the ids of the form versions that the reports of a round answer, newest first."""
    rows = session.scalars(
        select(Revision.form_version_id)
        .distinct()
        .join(Revision.response)
        .join(Response.assignment)
        .where(Assignment.round_id == round_id)
    )
    return tuple(sorted(rows, reverse=True))


def count_reports(session: Session, round_id: int) -> int:
    """Return how many responses there are to a round."""
    counted = select(func.count()).select_from(Response).join(Response.assignment)
    return session.scalar(counted.where(Assignment.round_id == round_id)) or 0


def count_feedback(session: Session, round_id: int) -> int:
    """Return how much feedback there is to a round."""
    counted = select(func.count()).select_from(Feedback)
    linked = counted.join(Link, Link.code == Feedback.link_code)
    return session.scalar(linked.where(Link.round_id == round_id)) or 0


def feedback_versions(session: Session, round_id: int) -> tuple[int, ...]:
    """Return the ids of the form versions that the feedback of a round answers, newest first."""
    rows = session.scalars(
        select(Feedback.form_version_id)
        .distinct()
        .join(Link, Link.code == Feedback.link_code)
        .where(Link.round_id == round_id)
    )
    return tuple(sorted(rows, reverse=True))
