"""The log: who did what, when; each entry seals the one before. Never anything about feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import AppendOnly, Base, Key, Moment


class AuditEntry(Base, AppendOnly):
    """One act. `actor` is an account's e-mail address, "unit:CODE" or "system".

    `digest` is that of `models.proof.entry_digest`, over the entry and the digest `previous` of the
    entry before it, blank for the first one.
    """

    __tablename__ = "audit_entry"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), index=True, unique=True)
