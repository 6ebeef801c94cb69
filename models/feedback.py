"""Anonymous feedback."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Feedback(Base):
    """One participant's answers, and nothing that could tell who gave them.

    The id is random and the rows have no other order: on SQLite without a row number, which would
    tell the order of arrival. Only the local date is kept.
    """

    __tablename__ = "feedback"
    __table_args__ = ({"sqlite_with_rowid": False},)

    # The key of both keeps the feedback of a link together without an index of its own.
    link_code: Mapped[str] = mapped_column(ForeignKey("link.code"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    answers: Mapped[str]
    sent_on: Mapped[date]
