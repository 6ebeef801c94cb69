"""Letters to units: written with the act that they tell of, delivered afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Key, Moment

# How far a letter is. One that is being sent for long was left behind by a process that ended.
WAITING = "waiting"
SENDING = "sending"
SENT = "sent"
# Written into a folder, where no mail server is set up.
FILED = "filed"
# The unit has no e-mail address.
UNADDRESSED = "unaddressed"


class Letter(Base):
    """A letter to a unit, in Vietnamese, as plain text and as HTML.

    `kind` names the act it tells of, as the log does. `tries` counts how often it was begun to be
    delivered, the last time at `tried_at`; `problem` says why that failed, blank when it did not.
    """

    __tablename__ = "letter"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(32))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    # Quoted: a reserved word in SQL.
    to: Mapped[str] = mapped_column("to", quote=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(default="")
