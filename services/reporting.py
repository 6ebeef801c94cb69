"""What a unit does: open its link, keep a draft, send a report and find its receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from language.codes import RECEIPT_FIRST, is_valid, new_code, normalise_code
from models import progress
from models.campaign import CLOSED, STANDING, Assignment, Round
from models.form import FormVersion
from models.problems import Problem
from models.proof import SentRecord, moment_text
from models.queries import (
    FoundLink,
    LinkedCampaign,
    LinkedDecision,
    LinkedRound,
    LinkedUnit,
    find_link,
)
from models.response import Attachment, Draft, Redaction, Response, Revision
from services import audit
from services.states import (
    Act,
    Facts,
    Stage,
    State,
    Times,
    Timing,
    after,
    assignment_state,
    later,
    stage_of,
    timing,
)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a link opens. Public when it has no `assignment_id`, and then no unit and no state.

    `form_version_id` and `digest` are the newest version of the round's form; `standing_code` is
    this unit's link to the campaign's standing round, `extended_to` its own later due time,
    `decision` what the board decided on its newest revision.
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
    stage: Stage = "none"
    extended_to: datetime | None = None
    decision: LinkedDecision | None = None
    cards_only: bool = False

    def timing(self, now: datetime) -> Timing:
        """Return whether a report may be sent through this link now, and whether it is late."""
        returned = self.decision if self.stage == "returned" else None
        return timing(
            Times(
                self.round.due_at,
                self.round.closes_at,
                self.round.late_allowed,
                self.extended_to,
                returned is not None,
                returned.deadline if returned else None,
                self.round.opens_at,
                self.campaign.archived_at is not None,
                self.unit is not None and self.unit.withdrawn_at is not None,
            ),
            now,
        )

    def is_open(self, now: datetime) -> bool:
        """Tell whether a report may be sent through this link now."""
        return self.timing(now).is_open


@dataclass(frozen=True, slots=True)
class Sending:
    """A report that is being sent.

    `answers` and `explanations` are canonical JSON. `instance` is the id of the opened form,
    `base_revision` the number of the revision it was opened on, 0 for none. An officer who sends
    for a unit is the `author`, with a `reason`.
    """

    form_version_id: int
    answers: str
    instance: str
    base_revision: int
    explanations: str = "{}"
    author: str = ""
    reason: str = ""

    @property
    def act(self) -> Act:
        """What is done to the report: a unit sends it, an officer corrects it."""
        return "correct" if self.author else "send"


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
    """A revision as it was sent; see models.response.Revision."""

    receipt_code: str
    number: int
    submitted_at: datetime
    late: bool
    form_version_id: int
    answers: str
    response_id: int
    explanations: str
    author: str
    reason: str
    digest: str
    # The questions whose answers were erased when their time had come.
    erased: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class PreviousReport:
    """What a unit sent last in an earlier round; `answers` is canonical JSON."""

    round_title: str
    form_version_id: int
    answers: str


# --- opening --------------------------------------------------------------------------------------


def open_link(session: Session, code: str, now: datetime) -> OpenLink:
    """Return what the link `code` opens, closed rounds included.

    Raises Problem `link_mistyped`, `link_unknown` or `link_revoked`.
    """
    found = _find_link(session, code)
    if found.revoked_at is not None:
        raise Problem("link_revoked", board=found.campaign.board_name)
    return _opened(found, normalise_code(code), now)


def former_link(session: Session, code: str, now: datetime) -> OpenLink:
    """Return what a link opens, or opened before it was revoked.

    Only to show somebody what they have just typed. Raises Problem as `open_link` does.
    """
    return _opened(_find_link(session, code), normalise_code(code), now)


def _find_link(session: Session, code: str) -> FoundLink:
    code = normalise_code(code)
    if not is_valid(code):
        raise Problem("link_mistyped")
    found = find_link(session, code)
    if found is None:
        raise Problem("link_unknown")
    return found


def _opened(found: FoundLink, code: str, now: datetime) -> OpenLink:
    stage = _stage(found)
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
        stage=stage,
        extended_to=found.extended_to,
        decision=found.decision,
        cards_only=found.cards_only,
    )


def _stage(found: FoundLink) -> Stage:
    """Return the stage of the one report of a link; in a standing round there are many."""
    sent = found.first_sent_at is not None and found.round.kind != STANDING
    return stage_of(sent, found.decision.kind if found.decision else None)


def _state(found: FoundLink, now: datetime) -> State:
    due_at = later(found.round.due_at, found.extended_to)
    return assignment_state(Facts(found.first_sent_at, found.has_draft, due_at, now))


def is_open(asked: Round, now: datetime) -> bool:
    """Tell whether a report may be sent to a round now, by a unit without an own due time."""
    times = Times(
        asked.due_at,
        asked.closes_at,
        asked.late_allowed,
        opens_at=asked.opens_at,
        archived=asked.campaign.archived_at is not None,
    )
    return timing(times, now).is_open


# --- sending --------------------------------------------------------------------------------------


def submit(session: Session, link: OpenLink, sending: Sending, now: datetime) -> Receipt:
    """Send a report: append a revision, note it in the log, return the receipt.

    The draft goes when it was the unit that sent. Sending the same opened form again returns the
    same receipt, whatever has happened since. Raises Problem `stale_revision` (with `newest`) when
    somebody has sent since the form was opened, `report_accepted`, `link_revoked`, or what
    services.states.timing refuses with.
    """
    link = lock_link(session, link, now)
    earlier = sent_from(session, link, sending.instance)
    if earlier:
        return _repeated(earlier)
    after(link.stage, sending.act)
    if not sending.author:
        _refuse_closed(link, now)
    newest = last_revision(session, link)
    number = newest.number if newest else 0
    if number != sending.base_revision and link.round.kind != STANDING:
        raise Problem("stale_revision", newest=number)
    revision = _add_revision(session, link, sending, newest, now)
    if not sending.author:
        # What a unit is typing while an officer corrects its report stays.
        session.execute(delete(Draft).where(Draft.assignment_id == link.assignment_id))
    progress.keep(session, link.assignment_id)
    return Receipt(revision.receipt_code, revision.number, now, revision.late)


def _add_revision(
    session: Session, link: OpenLink, sending: Sending, newest: SentRevision | None, now: datetime
) -> Revision:
    record = _record(session, link, sending, newest.number + 1 if newest else 1, now)
    revision = Revision(
        response_id=newest.response_id if newest else _add_response(session, link, now),
        number=record.number,
        form_version_id=sending.form_version_id,
        answers=record.answers,
        explanations=record.explanations,
        author=record.author,
        reason=record.reason,
        digest=record.digest(),
        instance=_instance_key(link, sending.instance),
        receipt_code=record.receipt,
        submitted_at=now,
        late=record.late,
    )
    session.add(revision)
    session.flush()
    _note_sending(session, record, _files(session, link, record.answers), now)
    return revision


def _files(session: Session, link: OpenLink, answers: str) -> dict[str, str]:
    """Return the SHA-256 of each kept file that the answers name, by its id."""
    kept = select(Attachment.id, Attachment.sha256).where(
        Attachment.assignment_id == link.assignment_id
    )
    return {id_: sha256 for id_, sha256 in session.execute(kept) if id_ in answers}


def _record(
    session: Session, link: OpenLink, sending: Sending, number: int, now: datetime
) -> SentRecord:
    unit = assigned_unit(link)
    form = session.get_one(FormVersion, sending.form_version_id)
    return SentRecord(
        receipt=new_code(RECEIPT_FIRST),
        campaign=link.campaign.code,
        round=link.round.code,
        unit=unit.code,
        unit_name=unit.name,
        number=number,
        form=form.digest,
        answers=sending.answers,
        explanations=sending.explanations,
        author=sending.author or unit_actor(link),
        reason=sending.reason,
        submitted_at=moment_text(now),
        late=link.timing(now).late,
    )


def _repeated(sent: SentRevision) -> Receipt:
    return Receipt(sent.receipt_code, sent.number, sent.submitted_at, sent.late, repeated=True)


def lock_link(session: Session, link: OpenLink, now: datetime) -> OpenLink:
    """Return what a link opens, as it is while its assignment is locked until the commit.

    Its draft is locked, too. Raises Problem `link_unknown` or `link_revoked`.
    """
    assigned = select(Assignment.id).where(Assignment.id == link.assignment_id)
    session.execute(assigned.with_for_update())
    draft = select(Draft.id).where(Draft.assignment_id == link.assignment_id)
    session.execute(draft.with_for_update())
    return open_link(session, link.code, now)


def _refuse_closed(link: OpenLink, now: datetime) -> None:
    problem = link.timing(now).problem
    if problem:
        raise Problem(problem, **refusal_details(link))


def refusal_details(link: OpenLink) -> dict[str, object]:
    """Return what the sentence needs that says why nothing may be sent through a link."""
    return {
        "board": link.campaign.board_name,
        "due_at": link.round.due_at,
        "closes_at": link.round.closes_at,
        "opens_at": link.round.opens_at,
    }


def _add_response(session: Session, link: OpenLink, now: datetime) -> int:
    response = Response(assignment_id=link.assignment_id, created_at=now)
    session.add(response)
    session.flush()
    return response.id


def _note_sending(
    session: Session, record: SentRecord, files: Mapping[str, str], now: datetime
) -> None:
    audit.note(
        session,
        now,
        record.author,
        "report.corrected" if record.reason else "report.sent",
        f"round:{record.campaign}/{record.round}",
        unit=record.unit,
        revision=record.number,
        receipt=record.receipt,
        digest=record.digest(),
        files=files,
    )


def assigned_unit(link: OpenLink) -> LinkedUnit:
    """Return the unit behind a link. Raises Problem when the link is a public one."""
    if link.unit is None:
        raise Problem("link_unknown")
    return link.unit


def unit_actor(link: OpenLink) -> str:
    """Return how the log names the unit behind a link."""
    return f"unit:{assigned_unit(link).code}"


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


def revision(session: Session, link: OpenLink, number: int) -> SentRevision | None:
    """Return a revision of a link's report by its number; None in a standing round."""
    if link.round.kind == STANDING:
        return None
    return _find(session, link, Revision.number == number)


def count_revisions(session: Session, link: OpenLink) -> int:
    """Return how many revisions a link has sent: the number of the newest, but for standing rounds.

    There the count tells whether anything was sent since a form was opened.
    """
    sent = select(func.count()).select_from(Revision).join(Revision.response)
    return session.scalar(sent.where(Response.assignment_id == link.assignment_id)) or 0


def previous_report(session: Session, link: OpenLink) -> PreviousReport | None:
    """Return what the same unit sent last in an earlier round of the campaign, if anything."""
    return report_before(session, link.assignment_id)


def report_before(session: Session, assignment_id: int | None) -> PreviousReport | None:
    """Return what the unit of an assignment sent last in an earlier round of the campaign."""
    own = (
        select(Assignment.unit_id, Round.campaign_id, Round.position)
        .join(Assignment.round)
        .where(Assignment.id == assignment_id)
        .subquery()
    )
    row = session.execute(
        select(Round.title, Revision.form_version_id, Revision.answers)
        .join(Revision.response)
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
    return PreviousReport(*row) if row else None


def receipt(session: Session, link: OpenLink, code: str) -> SentRevision:
    """Return the revision behind a receipt of a link's unit. Raises Problem `receipt_unknown`."""
    sent = _find(session, link, Revision.receipt_code == normalise_code(code))
    if sent is None:
        raise Problem("receipt_unknown")
    return sent


def earlier_receipt(session: Session, link: OpenLink, instance: str) -> str | None:
    """Return the receipt code of an opened form that has been sent before, or None."""
    sent = sent_from(session, link, instance)
    return sent.receipt_code if sent else None


def sent_from(session: Session, link: OpenLink, instance: str) -> SentRevision | None:
    """Return what was sent from an opened form, or None."""
    return _find(session, link, Revision.instance == _instance_key(link, instance))


def _find(session: Session, link: OpenLink, condition: ColumnElement[bool]) -> SentRevision | None:
    row = session.execute(_revisions(link.assignment_id).where(condition)).one_or_none()
    return SentRevision(*row) if row else None


def _revisions(assignment_id: int | None) -> Select[*tuple[Any, ...]]:
    return _sent().where(Response.assignment_id == assignment_id).order_by(Revision.id.desc())


def _sent() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Revision.receipt_code,
            Revision.number,
            Revision.submitted_at,
            Revision.late,
            Revision.form_version_id,
            Revision.answers,
            Revision.response_id,
            Revision.explanations,
            Revision.author,
            Revision.reason,
            Revision.digest,
            Redaction.names,
        )
        .join(Revision.response)
        .outerjoin(Redaction, Redaction.revision_id == Revision.id)
    )
