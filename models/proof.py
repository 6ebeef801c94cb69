"""What proves that nothing was changed: the digest of a report and the chain of the log.

Digests are SHA-256 in hexadecimal, over canonical JSON in UTF-8 (sorted names, no spaces).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from forms.tree import canonical_json
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Round
from models.form import FormVersion
from models.response import Response, Revision
from models.unit import Unit

# Any number, so long as nothing else of the database locks it.
CHAIN_LOCK = text("SELECT pg_advisory_xact_lock(46021)")


@dataclass(frozen=True, slots=True)
class Record:
    """What the log seals: all its fields."""

    def digest(self) -> str:
        """Return the digest of the record."""
        return digest_of(asdict(self))


@dataclass(frozen=True, slots=True)
class SentRecord(Record):
    """Everything that a receipt stands for.

    `answers` and `explanations` are canonical JSON texts as they are stored, `form` is the digest
    of the form version, `submitted_at` an ISO text in UTC.
    """

    receipt: str
    campaign: str
    round: str
    unit: str
    unit_name: str
    number: int
    form: str
    answers: str
    explanations: str
    author: str
    reason: str
    submitted_at: str
    late: bool


@dataclass(frozen=True, slots=True)
class DecisionRecord(Record):
    """Everything that was decided on the revision with this receipt; see models.response.Decision.

    `deadline` and `at` are ISO texts in UTC, `deadline` blank when there is none.
    """

    receipt: str
    kind: str
    note: str
    reasons: Mapping[str, str]
    deadline: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class ExtensionRecord(Record):
    """Everything about a later due time; see models.response.Extension. Times as ISO texts."""

    campaign: str
    round: str
    unit: str
    due_at: str
    reason: str
    actor: str
    at: str


def digest_of(value: Any) -> str:
    """Return the digest of a JSON value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def moment_text(moment: datetime) -> str:
    """Return a moment as digests see it: ISO text in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def entry_digest(
    previous: str, at: datetime, actor: str, act: str, subject: str, details: Mapping[str, Any]
) -> str:
    """Return the digest of an entry of the log that follows the one with digest `previous`."""
    return digest_of([previous, moment_text(at), actor, act, subject, details])


def chain_head(session: Session, *, lock: bool = False) -> str:
    """Return the digest of the newest entry of the log, blank when there is none.

    With `lock`, nobody else appends to the log until the transaction ends; on SQLite a transaction
    that writes is alone anyway.
    """
    if lock and session.get_bind().dialect.name == "postgresql":
        session.execute(CHAIN_LOCK)
    newest = select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)
    return session.scalar(newest) or ""


def sent_records() -> Select[*tuple[Any, ...]]:
    """Return the query of every revision in order: its id, its stored digest, then its record.

    `sent_record` makes a SentRecord of the rest of a row.
    """
    return (
        select(
            Revision.id,
            Revision.digest,
            Revision.receipt_code,
            Campaign.code,
            Round.code,
            Unit.code,
            Assignment.unit_name,
            Revision.number,
            FormVersion.digest,
            Revision.answers,
            Revision.explanations,
            Revision.author,
            Revision.reason,
            Revision.submitted_at,
            Revision.late,
        )
        .join(Revision.response)
        .join(Response.assignment)
        .join(Assignment.unit)
        .join(Assignment.round)
        .join(Round.campaign)
        .join(FormVersion, FormVersion.id == Revision.form_version_id)
        .order_by(Revision.id)
    )


def sent_record(*columns: Any) -> SentRecord:
    """Return the record of a row of `sent_records`, without its id and digest."""
    names = [field.name for field in fields(SentRecord)]
    record = dict(zip(names, columns, strict=True))
    return SentRecord(**{**record, "submitted_at": moment_text(record["submitted_at"])})
