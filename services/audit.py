"""The log: every act is an entry that seals all the entries before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.proof import chain_head, entry_digest

SYSTEM = "system"


def plain(facts: Any) -> dict[str, Any]:
    """Return a dataclass as JSON values, as an entry keeps what there was before and after."""
    return {part.name: plain_value(getattr(facts, part.name)) for part in fields(facts)}


def changed(before: Any, after: Any) -> dict[str, dict[str, Any]]:
    """Return as `before` and `after` the fields in which two dataclasses of one kind differ."""
    old, new = plain(before), plain(after)
    names = [name for name in old if old[name] != new[name]]
    return {
        "before": {name: old[name] for name in names},
        "after": {name: new[name] for name in names},
    }


def plain_value(value: Any) -> Any:
    """Return a value as JSON: dates and moments as ISO texts."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return [plain_value(part) for part in value] if isinstance(value, tuple) else value


def note(
    session: Session, now: datetime, actor: str, act: str, subject: str, **details: object
) -> None:
    """Append an entry: `actor` is an e-mail address, "unit:CODE" or SYSTEM. Never about feedback.

    `details` are JSON values. Until the transaction ends nobody else appends, so it is noted last.
    """
    previous = chain_head(session, lock=True)
    session.add(
        AuditEntry(
            at=now,
            actor=actor,
            act=act,
            subject=subject,
            details=details,
            previous=previous,
            digest=entry_digest(previous, now, actor, act, subject, details),
        )
    )
    session.flush()
