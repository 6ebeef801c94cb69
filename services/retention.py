"""How long it is known whom to telephone and write to, and erasing that when its time has come.

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

from sqlalchemy import Select, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from forms.contacts import answered, contact_questions, input_question, without
from language.dates import local
from models.campaign import Assignment, Campaign, Round
from models.letter import UNADDRESSED, WAITING, Letter
from models.problems import Problem
from models.proof import sent_record, sent_records
from models.response import Draft, Redaction, Response, Revision
from models.unit import Contact
from services import audit, definitions

# So many reports are changed at once: others want to write, too.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: rows of contacts, addresses of letters, and from how many reports.

    `more` when there is something left for the next time.
    """

    contacts: int
    letters: int
    drafts: int
    reports: int
    more: bool = False


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
    contacts = _erase_contacts(session, today)
    letters = _erase_addresses(session, asked)
    drafts = _erase_from_drafts(session, asked)
    reports, more = _erase_from_reports(session, asked, now, batch)
    counts = {"contacts": contacts, "letters": letters, "drafts": drafts, "reports": reports}
    if any(counts.values()):
        audit.note(session, now, audit.SYSTEM, "retention.erased", "contacts", **counts)
    return Erased(contacts, letters, drafts, reports, more)


def _erase_contacts(session: Session, today: date) -> int:
    """Erase contacts whose own day is over, or whose unit is only in campaigns that are due."""
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
    ids = session.scalars(select(Contact.id).where(or_(Contact.keep_until < today, only_due))).all()
    session.execute(delete(Contact).where(Contact.id.in_(ids)))
    return len(ids)


def _erase_addresses(session: Session, asked: Select[Any]) -> int:
    """Erase to whom letters went; one that still waits is not sent any more."""
    of_them = and_(Letter.assignment_id.in_(asked), Letter.to != "")
    ids = session.scalars(select(Letter.id).where(of_them)).all()
    session.execute(
        update(Letter).where(Letter.id.in_(ids), Letter.state == WAITING).values(state=UNADDRESSED)
    )
    session.execute(update(Letter).where(Letter.id.in_(ids)).values(to="", problem=""))
    return len(ids)


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
