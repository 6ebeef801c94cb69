"""Reading the log: who did what, when, and what was there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from language.dates import end_of_day
from models.audit import AuditEntry
from models.proof import chain_head
from services import audit

PAGE = 100
# An export holds no more than a sheet of Excel, with room for its head.
MOST_EXPORTED = 1_000_000
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; blank parts say nothing. Days are local, both inclusive.

    `act` is an act, or the beginning of several with a final dot ("report.").
    """

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    def as_details(self) -> dict[str, str]:
        """Return the parts that say something, as JSON."""
        parts = {
            "actor": self.actor,
            "act": self.act,
            "subject": self.subject,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: text for name, text in parts.items() if text}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the log; see models.audit.AuditEntry."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries that were found, the newest first; `head` is that of the whole log.

    `older` is the id below which the next page begins, None on the last one.
    """

    entries: Sequence[LogEntry]
    found: int
    older: int | None
    head: str


def read(session: Session, sought: Sought, below: int | None = None) -> LogPage:
    """Return a page of the entries that are looked for, those with ids below `below` if given."""
    conditions = _conditions(sought)
    found = select(func.count()).select_from(AuditEntry).where(*conditions)
    rest = [*conditions, AuditEntry.id < below] if below is not None else conditions
    rows = session.scalars(
        select(AuditEntry).where(*rest).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
    ).all()
    shown = [_entry(row) for row in rows[:PAGE]]
    older = shown[-1].id if len(rows) > PAGE else None
    return LogPage(shown, session.scalar(found) or 0, older, chain_head(session))


def everything(session: Session, sought: Sought) -> Iterator[LogEntry]:
    """Yield the entries that are looked for, the oldest first, at most MOST_EXPORTED."""
    rows = session.scalars(
        select(AuditEntry)
        .where(*_conditions(sought))
        .order_by(AuditEntry.id)
        .limit(MOST_EXPORTED)
        .execution_options(yield_per=BATCH)
    )
    yield from map(_entry, rows)


def note_export(session: Session, sought: Sought, actor: str, now: datetime, sha256: str) -> None:
    """Note who took which part of the log."""
    audit.note(
        session, now, actor, "log.exported", "log", sought=sought.as_details(), sha256=sha256
    )


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    conditions = []
    if sought.actor:
        conditions.append(AuditEntry.actor.icontains(sought.actor, autoescape=True))
    if sought.act.endswith("."):
        conditions.append(AuditEntry.act.startswith(sought.act, autoescape=True))
    elif sought.act:
        conditions.append(AuditEntry.act == sought.act)
    if sought.subject:
        conditions.append(AuditEntry.subject.icontains(sought.subject, autoescape=True))
    if sought.since:
        # The day begins when the one before ends.
        conditions.append(AuditEntry.at > end_of_day(sought.since - timedelta(days=1)))
    if sought.until:
        conditions.append(AuditEntry.at <= end_of_day(sought.until))
    return conditions


def _entry(row: AuditEntry) -> LogEntry:
    return LogEntry(row.id, row.at, row.actor, row.act, row.subject, row.details, row.digest)
