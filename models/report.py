"""Templates of Word reports that the board has made its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Key, Moment


class ReportTemplate(Base):
    """A template as it was uploaded, byte for byte; the newest that was not retired is in use.

    `sha256` is that of its bytes, `shown_name` what the file was called.
    """

    __tablename__ = "report_template"

    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    shown_name: Mapped[str] = mapped_column(String(150))
    source: Mapped[bytes]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    uploaded_by: Mapped[str]
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
