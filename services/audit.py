"""The audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.audit import AuditEntry

SYSTEM = "system"


def note(
    session: Session, now: datetime, actor: str, act: str, subject: str, **details: object
) -> None:
    """Add an entry: `actor` is an e-mail address, "unit:CODE" or SYSTEM. Never about feedback."""
    session.add(AuditEntry(at=now, actor=actor, act=act, subject=subject, details=details))
