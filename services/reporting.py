"""What a unit does: open its link, keep a draft, send a report and find its receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session

from language.codes import RECEIPT_FIRST, is_valid, new_code, normalise_code
from models.campaign import CLOSED, STANDING, Assignment, Link, Round
from models.problems import Problem
from models.queries import (
    FoundLink,
    LinkedCampaign,
    LinkedRound,
    LinkedUnit,
    find_link,
)
from models.response import Draft, Response, Revision
from services import audit
from services.states import Facts, State, assignment_state, is_after


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a link opens. Public when it has no `assignment_id`, and then no unit and no state.

    `form_version_id` and `digest` are the newest version of the round's form; `standing_code` is
    this unit's link to the campaign's standing round.
    """

    code: str
    round: LinkedRound
    campaign: LinkedCampaign
    form_version_id: int
    digest: str
    assignment_id: int | None = None
    unit: LinkedUnit | None = None
    standing_code: str | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft: every input's raw strings, and the number of the revision it began from."""

    form_version_id: int
    values: Mapping[str, list[str]]
    base_revision: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a unit gets for a report: its code, and which revision was sent when.

    `repeated` when the same opened form had been sent before and nothing was stored now.
    """

    code: str
    number: int
    submitted_at: datetime
    late: bool
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SentRevision:
    """A revision as it was sent; `answers` is its canonical JSON."""

    receipt_code: str
    number: int
    submitted_at: datetime
    late: bool
    form_version_id: int
    answers: str
    response_id: int


# --- opening --------------------------------------------------------------------------------------


def open_link(session: Session, code: str, now: datetime) -> OpenLink:
    """Return what the link `code` opens, closed rounds included.

    Raises Problem `link_mistyped`, `link_unknown` or `link_revoked`.
    """
    code = normalise_code(code)
    if not is_valid(code):
        raise Problem("link_mistyped")
    found = find_link(session, code)
    if found is None:
        raise Problem("link_unknown")
    if found.revoked_at is not None:
        raise Problem("link_revoked", board=found.campaign.board_name)
    return OpenLink(
        code=code,
        round=found.round,
        campaign=found.campaign,
        form_version_id=found.form_version_id,
        digest=found.digest,
        assignment_id=found.assignment_id,
        unit=found.unit,
        standing_code=found.standing_code,
        state=_state(found, now) if found.unit else None,
    )


def _state(found: FoundLink, now: datetime) -> State:
    return assignment_state(Facts(found.first_sent_at, found.has_draft, found.round.due_at, now))


def is_open(asked: LinkedRound | Round, now: datetime) -> bool:
    """Tell whether a report may be sent to a round now."""
    return refusal(asked, now) is None


def refusal(asked: LinkedRound | Round, now: datetime) -> str | None:
    """Return the code of the Problem with sending to a round now, or None."""
    if is_after(now, asked.closes_at):
        return "round_closed"
    if is_after(now, asked.due_at) and not asked.late_allowed:
        return "late_refused"
    return None


# --- drafts ---------------------------------------------------------------------------------------


def draft_of(session: Session, assignment_id: int) -> SavedDraft | None:
    """Return the draft of an assignment."""
    row = session.scalar(select(Draft).where(Draft.assignment_id == assignment_id))
    if row is None:
        return None
    return SavedDraft(row.form_version_id, row.values, row.base_revision, row.saved_at)


def save_draft(
    session: Session,
    link: OpenLink,
    version_id: int,
    values: Mapping[str, list[str]],
    base_revision: int,
    now: datetime,
) -> None:
    """Keep what a unit has typed so far in place of its draft. Raises Problem as `submit` does."""
    assigned = _lock_assignment(session, link)
    _refuse_closed(assigned.round, now)
    draft = session.scalar(select(Draft).where(Draft.assignment_id == assigned.id))
    if draft is None:
        draft = Draft(assignment_id=assigned.id)
        session.add(draft)
    draft.form_version_id = version_id
    draft.values = dict(values)
    draft.base_revision = base_revision
    draft.saved_at = now
    session.flush()


# --- sending --------------------------------------------------------------------------------------


def submit(
    session: Session,
    link: OpenLink,
    version_id: int,
    answers_json: str,
    instance: str,
    base_revision: int,
    now: datetime,
) -> Receipt:
    """Send a report: append a revision and an audit entry, clear the draft, return the receipt.

    `instance` is the id of the opened form: sending it again returns the same receipt, whatever
    has happened since. `base_revision` is the number of the revision the form was opened on, 0 for
    none. Raises Problem `stale_revision` (with `newest`) when somebody has sent since,
    `round_closed`, `late_refused` or `link_revoked`.
    """
    assigned = _lock_assignment(session, link)
    earlier = _sent_instance(session, link, instance)
    if earlier:
        return _repeated(earlier)
    _refuse_closed(assigned.round, now)
    standing = link.round.kind == STANDING
    newest = None if standing else last_revision(session, link)
    number = newest.number if newest else 0
    if number != base_revision and not standing:
        raise Problem("stale_revision", newest=number)
    revision = Revision(
        response_id=newest.response_id if newest else _add_response(session, assigned.id, now),
        number=number + 1,
        form_version_id=version_id,
        answers=answers_json,
        instance=_instance_key(link, instance),
        receipt_code=new_code(RECEIPT_FIRST),
        submitted_at=now,
        late=is_after(now, link.round.due_at),
    )
    session.add(revision)
    session.execute(delete(Draft).where(Draft.assignment_id == assigned.id))
    _note_sending(session, link, revision)
    session.flush()
    return Receipt(revision.receipt_code, revision.number, now, revision.late)


def _repeated(sent: SentRevision) -> Receipt:
    return Receipt(sent.receipt_code, sent.number, sent.submitted_at, sent.late, repeated=True)


def _lock_assignment(session: Session, link: OpenLink) -> Assignment:
    """Return the assignment of a link, locked until the commit. Raises Problem `link_revoked`."""
    row = session.execute(
        select(Assignment, Link.revoked_at)
        .join(Link, Link.assignment_id == Assignment.id)
        .where(Link.code == link.code)
        .with_for_update(of=Assignment)
    ).one_or_none()
    if row is None:
        raise Problem("link_unknown")
    assigned, revoked_at = row
    if revoked_at is not None:
        raise Problem("link_revoked", board=link.campaign.board_name)
    return assigned


def _refuse_closed(asked: Round, now: datetime) -> None:
    problem = refusal(asked, now)
    if problem:
        raise Problem(problem, due_at=asked.due_at, closes_at=asked.closes_at)


def _add_response(session: Session, assignment_id: int, now: datetime) -> int:
    response = Response(assignment_id=assignment_id, created_at=now)
    session.add(response)
    session.flush()
    return response.id


def _note_sending(session: Session, link: OpenLink, revision: Revision) -> None:
    audit.note(
        session,
        revision.submitted_at,
        f"unit:{link.unit.code if link.unit else ''}",
        "report.sent",
        f"round:{link.campaign.code}/{link.round.code}",
        revision=revision.number,
        receipt=revision.receipt_code,
    )


def _instance_key(link: OpenLink, instance: str) -> str:
    """Return how an instance is stored: of one length, and never that of another assignment."""
    return hashlib.sha256(f"{link.assignment_id}:{instance}".encode()).hexdigest()


# --- what was sent --------------------------------------------------------------------------------


def revisions(session: Session, assignment_id: int) -> tuple[SentRevision, ...]:
    """Return everything an assignment has sent, newest first."""
    rows = session.execute(_revisions(assignment_id))
    return tuple(SentRevision(*row) for row in rows)


def last_revision(session: Session, link: OpenLink) -> SentRevision | None:
    """Return the newest revision a link has sent; always None in a standing round.

    There every sending is a response of its own, and a form opens empty.
    """
    if link.assignment_id is None or link.round.kind == STANDING:
        return None
    row = session.execute(_revisions(link.assignment_id).limit(1)).one_or_none()
    return SentRevision(*row) if row else None


def previous_report(session: Session, link: OpenLink) -> SentRevision | None:
    """Return what the same unit sent last in an earlier round of the campaign, if anything."""
    own = (
        select(Assignment.unit_id, Round.campaign_id, Round.position)
        .join(Assignment.round)
        .where(Assignment.id == link.assignment_id)
        .subquery()
    )
    row = session.execute(
        _sent()
        .join(Response.assignment)
        .join(Assignment.round)
        .join(own, own.c.unit_id == Assignment.unit_id)
        .where(
            Round.campaign_id == own.c.campaign_id,
            Round.position < own.c.position,
            Round.kind == CLOSED,
        )
        .order_by(Round.position.desc(), Revision.id.desc())
        .limit(1)
    ).one_or_none()
    return SentRevision(*row) if row else None


def receipt(session: Session, link: OpenLink, code: str) -> SentRevision:
    """Return the revision behind a receipt of a link's unit. Raises Problem `receipt_unknown`."""
    sent = _find(session, link, Revision.receipt_code == normalise_code(code))
    if sent is None:
        raise Problem("receipt_unknown")
    return sent


def earlier_receipt(session: Session, link: OpenLink, instance: str) -> str | None:
    """Return the receipt code of an opened form that has been sent before, or None."""
    sent = _sent_instance(session, link, instance)
    return sent.receipt_code if sent else None


def _sent_instance(session: Session, link: OpenLink, instance: str) -> SentRevision | None:
    return _find(session, link, Revision.instance == _instance_key(link, instance))


def _find(session: Session, link: OpenLink, condition: ColumnElement[bool]) -> SentRevision | None:
    row = session.execute(_revisions(link.assignment_id).where(condition)).one_or_none()
    return SentRevision(*row) if row else None


def _revisions(assignment_id: int | None) -> Select[*tuple[Any, ...]]:
    return _sent().where(Response.assignment_id == assignment_id).order_by(Revision.id.desc())


def _sent() -> Select[*tuple[Any, ...]]:
    return select(
        Revision.receipt_code,
        Revision.number,
        Revision.submitted_at,
        Revision.late,
        Revision.form_version_id,
        Revision.answers,
        Revision.response_id,
    ).join(Revision.response)
