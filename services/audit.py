"""The log: every act is an entry that seals all the entries before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.proof import chain_head, entry_digest

SYSTEM = "system"


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
