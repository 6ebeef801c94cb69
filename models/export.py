"""Exports that are made in the background and kept for a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.campaign import Campaign, Round
from models.database import Base, Moment

WAITING = "waiting"
WORKING = "working"
DONE = "done"
CANCELLED = "cancelled"
FAILED = "failed"


class Export(Base):
    """The data of a round, or the consolidated workbook of a campaign, on its way into a file.

    A workbook is of no round. `options` are those of services.exporting.Wanted, and `request` the
    digest by which the same wish is known. `rows` of about `rows_expected` are written, or steps
    done; `beat_at` tells that somebody still works at it. `file_name` is how it is called when it
    is downloaded, `sha256` that of its bytes.
    """

    __tablename__ = "export"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    request: Mapped[str] = mapped_column(String(64), index=True)
    actor: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    beat_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_expected: Mapped[int] = mapped_column(BigInteger, default=0)
    file_name: Mapped[str] = mapped_column(default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    campaign: Mapped[Campaign] = relationship()
    round: Mapped[Round | None] = relationship()
