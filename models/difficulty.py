"""What the board does about the difficulties that units report."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Moment

# How far a difficulty is; one without a row is NEW.
NEW, HANDLED, FORWARDED, ANSWERED, CLOSED = "new", "handled", "forwarded", "answered", "closed"


class Difficulty(Base):
    """How far the board is with a response to a standing round.

    `category` is the name of a choice of the form, blank while the unit's own counts. `answer` is
    what the unit was told last, by letter and beside its receipt.
    """

    __tablename__ = "difficulty"

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(128), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(String(16), default=NEW)
    note: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
