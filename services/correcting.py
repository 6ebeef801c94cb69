"""What the board decides on a report: accept it, return it, give it more time, correct it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import decided, progress
from models.campaign import CLOSED, Assignment
from models.decided import AssignedReport, MadeDecision, MadeExtension
from models.problems import Problem
from models.proof import DecisionRecord, ExtensionRecord, moment_text
from models.response import ACCEPTED, RETURNED, Decision, Extension
from services import audit, reporting
from services.reporting import OpenLink, Receipt, Sending
from services.states import Act, Stage, after, later, stage_of


@dataclass(frozen=True, slots=True)
class Return:
    """Why a report goes back: as a whole, and by input; and until when it is to come again."""

    note: str
    reasons: Mapping[str, str]
    deadline: datetime | None


# --- deciding -------------------------------------------------------------------------------------


def accept(session: Session, assignment_id: int, seen: int, actor: str, now: datetime) -> bool:
    """Accept revision number `seen` of a report; tell whether anything was done.

    It is not when the same person has done just this already. Raises Problem `stale_revision` (with
    `newest`) when the unit has sent since, `report_accepted` or `report_missing`.
    """
    return _decide(session, assignment_id, seen, ACCEPTED, Return("", {}, None), actor, now)


def return_for_correction(
    session: Session,
    assignment_id: int,
    seen: int,
    returned: Return,
    actor: str,
    now: datetime,
) -> bool:
    """Return revision number `seen` of a report to its unit. Tells and raises as `accept` does."""
    return _decide(session, assignment_id, seen, RETURNED, returned, actor, now)


# The act of the table of stages that a decision is.
ACTS: Mapping[str, Act] = {ACCEPTED: "accept", RETURNED: "return"}


def _decide(
    session: Session,
    assignment_id: int,
    seen: int,
    kind: str,
    why: Return,
    actor: str,
    now: datetime,
) -> bool:
    report = _lock(session, assignment_id)
    if report.number != seen:
        raise Problem("stale_revision", newest=report.number)
    made = MadeDecision(seen, kind, why.note, dict(why.reasons), why.deadline, actor, now)
    if _repeats(made, decided.decisions(session, assignment_id)):
        return False
    after(stage(report), ACTS[kind])
    session.add(
        Decision(
            revision_id=report.revision_id,
            kind=kind,
            note=made.note,
            reasons=made.reasons,
            deadline=made.deadline,
            actor=actor,
            at=now,
        )
    )
    progress.keep(session, assignment_id)
    record = decision_record(report.receipt, made)
    _note(
        session,
        report,
        actor,
        f"report.{kind}",
        now,
        revision=seen,
        receipt=report.receipt,
        digest=record.digest(),
    )
    return True


def _repeats(made: MadeDecision, earlier: tuple[MadeDecision, ...]) -> bool:
    """Tell whether the newest decision is this very one: a button that was pressed twice."""
    return bool(earlier) and _said(made) == _said(earlier[-1])


def _said(made: MadeDecision) -> dict[str, object]:
    return {**asdict(made), "at": None}


def extend(
    session: Session,
    assignment_id: int,
    due_at: datetime,
    reason: str,
    actor: str,
    now: datetime,
) -> bool:
    """Give a unit another due time of its own; tell whether it is a new one.

    Raises Problem `round_unknown` in a round that is not of reports, and `extension_earlier` when
    something was sent and the due time in force is a later one: nobody becomes late by a decision.
    """
    report = _lock(session, assignment_id)
    if report.round_kind != CLOSED:
        raise Problem("round_unknown", round=report.round)
    made = MadeExtension(due_at, reason, actor, now)
    earlier = decided.extensions(session, assignment_id)
    if earlier and _given(earlier[-1]) == _given(made):
        return False
    in_force = later(report.due_at, report.extended_to)
    if report.number and in_force and due_at < in_force:
        raise Problem("extension_earlier", due_at=in_force)
    session.add(
        Extension(assignment_id=assignment_id, due_at=due_at, reason=reason, actor=actor, at=now)
    )
    progress.keep(session, assignment_id)
    digest = extension_record(report, made).digest()
    due = moment_text(due_at)
    _note(session, report, actor, "report.extended", now, due_at=due, digest=digest)
    return True


def _given(made: MadeExtension) -> tuple[datetime, str, str]:
    return made.due_at, made.reason, made.actor


def correct(session: Session, link: OpenLink, sending: Sending, now: datetime) -> Receipt:
    """Correct a report on behalf of its unit; `sending` names the officer and the reason.

    The draft of the unit stays. Raises Problem as services.reporting.submit does, but never because
    of the time. Raises ValueError without an author or a reason.
    """
    if not (sending.author and sending.reason):
        raise ValueError("a correction needs an author and a reason")
    return reporting.submit(session, link, sending, now)


# --- looking --------------------------------------------------------------------------------------


def find(session: Session, assignment_id: int) -> AssignedReport:
    """Return the report of an assignment as it stands."""
    return decided.assigned_report(session, assignment_id)


def stage(report: AssignedReport) -> Stage:
    """Return how far a report is; what was sent to a standing round is not decided on."""
    return stage_of(report.number > 0 and report.round_kind == CLOSED, report.decided)


def newest_decision(session: Session, assignment_id: int) -> MadeDecision | None:
    """Return what was decided last, on whichever revision."""
    return next(reversed(decided.decisions(session, assignment_id)), None)


def decision_record(receipt: str, made: MadeDecision) -> DecisionRecord:
    """Return what the log seals of a decision."""
    deadline = moment_text(made.deadline) if made.deadline else ""
    return DecisionRecord(
        receipt, made.kind, made.note, made.reasons, deadline, made.actor, moment_text(made.at)
    )


def extension_record(report: AssignedReport, made: MadeExtension) -> ExtensionRecord:
    """Return what the log seals of an extension."""
    return ExtensionRecord(
        report.campaign,
        report.round,
        report.unit,
        moment_text(made.due_at),
        made.reason,
        made.actor,
        moment_text(made.at),
    )


def _lock(session: Session, assignment_id: int) -> AssignedReport:
    """Return a report as it stands while its assignment is locked until the commit."""
    session.execute(select(Assignment.id).where(Assignment.id == assignment_id).with_for_update())
    return decided.assigned_report(session, assignment_id)


def _note(
    session: Session,
    report: AssignedReport,
    actor: str,
    act: str,
    now: datetime,
    **details: object,
) -> None:
    subject = f"round:{report.campaign}/{report.round}"
    audit.note(session, now, actor, act, subject, unit=report.unit, **details)
