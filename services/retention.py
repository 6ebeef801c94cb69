"""How long it is known whom to telephone and write to, and erasing that when its time has come.

A letter that is still to be delivered keeps its address, and the contact it goes to is kept with
it, until it is settled; that takes three days at most.

A report is history, and its digest is in the log. So what is erased from one is noted: the revision
keeps the digest of what was sent, `redaction` holds that of what is left, and an entry of the log
holds both. services.verification takes a report as it is left only when that entry is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from forms.contacts import answered, contact_questions, input_question, without
from language.dates import local
from models.campaign import Assignment, Campaign, Round
from models.letter import SENDING, WAITING, FailingAddress, Letter
from models.problems import Problem
from models.proof import sent_record, sent_records
from models.response import Draft, Redaction, Response, Revision
from models.unit import Contact, Unit
from services import audit, definitions
from services.letters import REPORTED, WITHDRAWN

# So many reports are changed at once: others want to write, too.
BATCH = 500
# Letters that are still to be delivered.
UNDER_WAY = (WAITING, SENDING)
# What is said of a letter without telling of an address; all else a mail server has said.
OWN_PROBLEMS = (REPORTED, WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: rows of contacts, addresses of letters, and from how many reports.

    `failing` are addresses that were known to fail. `more` when there is something left for the
    next time.
    """

    contacts: int
    letters: int
    drafts: int
    reports: int
    more: bool = False
    failing: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A campaign and until when its contacts are kept, None for ever; how many it has."""

    code: str
    title: str
    until: date | None
    contacts: int


def kept_contacts(session: Session) -> tuple[Kept, ...]:
    """Return for each campaign how long its contacts are kept."""
    count = (
        select(func.count(Contact.id.distinct()))
        .join(Assignment, Assignment.unit_id == Contact.unit_id)
        .join(Round, Round.id == Assignment.round_id)
        .where(Round.campaign_id == Campaign.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Campaign.code, Campaign.title, Campaign.contacts_until, count).order_by(
            Campaign.position
        )
    )
    return tuple(Kept(*row) for row in rows)


def keep_until(
    session: Session, campaign_code: str, until: date | None, actor: str, now: datetime
) -> None:
    """Say until the end of which day the contacts of a campaign are kept; None for ever.

    Raises Problem `campaign_unknown`, or `retention_past` for a day that is over: what is erased is
    gone, and nobody should do that by a slip.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
    if campaign is None:
        raise Problem("campaign_unknown", campaign=campaign_code)
    if until is not None and until < local(now).date():
        raise Problem("retention_past")
    before, campaign.contacts_until = campaign.contacts_until, until
    session.flush()
    if before != until:
        audit.note(
            session,
            now,
            actor,
            "retention.set",
            f"campaign:{campaign_code}",
            before={"until": before.isoformat() if before else ""},
            after={"until": until.isoformat() if until else ""},
        )


# --- erasing --------------------------------------------------------------------------------------


def erase_due(session: Session, now: datetime, batch: int = BATCH) -> Erased:
    """Erase whatever has been kept long enough, and note it; from at most `batch` reports."""
    today = local(now).date()
    due = Campaign.contacts_until < today
    asked = select(Assignment.id).join(Assignment.round).join(Round.campaign).where(due)
    gone = _erase_contacts(session, today)
    letters = _erase_addresses(session, Letter.assignment_id.in_(asked))
    letters += sum(_erase_addresses(session, _written_to(*contact)) for contact in gone)
    contacts, failing = len(gone), _erase_failing(session)
    drafts = _erase_from_drafts(session, asked)
    reports, more = _erase_from_reports(session, asked, now, batch)
    counts = {
        "contacts": contacts,
        "letters": letters,
        "drafts": drafts,
        "reports": reports,
        "failing": failing,
    }
    if any(counts.values()):
        audit.note(session, now, audit.SYSTEM, "retention.erased", "contacts", **counts)
    return Erased(contacts, letters, drafts, reports, more, failing)


def _erase_contacts(session: Session, today: date) -> Sequence[tuple[int, str]]:
    """Erase contacts whose own day is over, or whose unit is only in campaigns that are due.

    Return of each its unit and its address.
    """
    campaigns = (
        select(Campaign.id)
        .join(Round, Round.campaign_id == Campaign.id)
        .join(Assignment, Assignment.round_id == Round.id)
        .where(Assignment.unit_id == Contact.unit_id)
    )
    kept = campaigns.where(or_(Campaign.contacts_until.is_(None), Campaign.contacts_until >= today))
    only_due = and_(
        Contact.keep_until.is_(None), exists(campaigns.correlate(Contact)), ~exists(kept)
    )
    under_way = exists().where(
        Letter.state.in_(UNDER_WAY),
        Letter.assignment_id == Assignment.id,
        Assignment.unit_id == Contact.unit_id,
        func.lower(Letter.to) == func.lower(Contact.email),
    )
    gone = session.execute(
        delete(Contact)
        .where(or_(Contact.keep_until < today, only_due), ~under_way)
        .returning(Contact.unit_id, Contact.email)
        .execution_options(synchronize_session=False)
    )
    return [(unit_id, email) for unit_id, email in gone]


def _written_to(unit_id: int, email: str) -> ColumnElement[bool]:
    """Tell of a letter whether it went to an address of a unit that is no longer one of its."""
    units = select(Assignment.id).where(Assignment.unit_id == unit_id)
    still = or_(
        _is_of_unit(email, Unit.id == unit_id), _is_of_contact(email, Contact.unit_id == unit_id)
    )
    return and_(Letter.assignment_id.in_(units), func.lower(Letter.to) == func.lower(email), ~still)


def _erase_addresses(session: Session, of_them: ColumnElement[bool]) -> int:
    """Erase to whom letters went, unless they are still under way, and what servers said of it."""
    own = case((Letter.problem.in_(OWN_PROBLEMS), Letter.problem), else_="")
    erased = session.execute(
        update(Letter)
        .where(of_them, Letter.to != "", Letter.state.not_in(UNDER_WAY))
        # The key is made of the address.
        .values(to="", problem=own, key=None)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    return len(erased.all())


def _erase_failing(session: Session) -> int:
    """Erase the addresses that fail and are nobody's any more, nor that of a letter."""
    address = FailingAddress.address
    used = (
        _is_of_unit(address),
        _is_of_contact(address),
        exists().where(func.lower(Letter.to) == address),
    )
    erased = session.execute(
        delete(FailingAddress)
        .where(~or_(*used))
        .returning(address)
        .execution_options(synchronize_session=False)
    )
    return len(erased.all())


def _is_of_unit(address: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(func.lower(Unit.email) == func.lower(address), *which)


def _is_of_contact(address: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(func.lower(Contact.email) == func.lower(address), *which)


def addressed(session: Session, letter_ids: Sequence[int]) -> frozenset[int]:
    """Return those of some letters that still have an address; a file is kept of no others."""
    rows = session.scalars(select(Letter.id).where(Letter.id.in_(letter_ids), Letter.to != ""))
    return frozenset(rows)


def _erase_from_drafts(session: Session, asked: Select[Any]) -> int:
    erased = 0
    for draft in session.scalars(select(Draft).where(Draft.assignment_id.in_(asked))):
        names = contact_questions(definitions.definition(session, draft.form_version_id))
        gone = [name for name in draft.values if input_question(name) in names]
        if any(any(draft.values[name]) for name in gone):
            draft.values = {n: texts for n, texts in draft.values.items() if n not in gone}
            draft.changed = {n: change for n, change in draft.changed.items() if n not in gone}
            erased += 1
    session.flush()
    return erased


def _erase_from_reports(
    session: Session, asked: Select[Any], now: datetime, batch: int
) -> tuple[int, bool]:
    """Return from how many reports something was erased, and whether there are more."""
    rows = session.execute(
        sent_records()
        .add_columns(Revision.form_version_id)
        .where(Response.assignment_id.in_(asked))
        .where(~exists().where(Redaction.revision_id == Revision.id))
    )
    due = list(islice((row for row in rows if _due_names(session, row)), batch + 1))
    for row in due[:batch]:
        _redact(session, row, now)
    return len(due[:batch]), len(due) > batch


def _due_names(session: Session, row: Sequence[Any]) -> tuple[str, ...]:
    """Return what is to be erased from a report: a row of `sent_records` and its form version."""
    names = contact_questions(definitions.definition(session, row[-1]))
    return answered(sent_record(*row[2:-1]).answers, names)


def _redact(session: Session, row: Sequence[Any], now: datetime) -> None:
    """Erase answers from a report, below the ORM, which rightly refuses to change history."""
    record, names = sent_record(*row[2:-1]), _due_names(session, row)
    left = replace(record, answers=without(record.answers, frozenset(names)))
    revisions = cast("Table", Revision.__table__)
    session.execute(update(revisions).where(revisions.c.id == row[0]).values(answers=left.answers))
    session.add(Redaction(revision_id=row[0], names=list(names), digest=left.digest(), at=now))
    audit.note(
        session,
        now,
        audit.SYSTEM,
        "report.erased",
        f"round:{record.campaign}/{record.round}",
        unit=record.unit,
        receipt=record.receipt,
        names=list(names),
        digest=row[1],
        left=left.digest(),
    )
