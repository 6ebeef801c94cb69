"""Letters to units: written with the act that they tell of, delivered afterwards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.campaign import Assignment, Round
from models.database import Base, Key, Moment

# How far a letter is. WAITING: to be delivered, not before `next_try_at`.
WAITING = "waiting"
SENDING = "sending"
SENT = "sent"
# Written into a folder, where no mail server is set up.
FILED = "filed"
# The unit has no e-mail address.
UNADDRESSED = "unaddressed"
# The mail server has refused the address for good.
REFUSED = "refused"
# Tried for days, then given up.
FAILED = "failed"
# Handed over when the process ended; whether the server has taken it, nobody can tell.
UNKNOWN = "unknown"
# No longer wanted: somebody has cancelled it, or the report has arrived.
CANCELLED = "cancelled"
# Sent, and returned to the board's mailbox.
BOUNCED = "bounced"


class LetterBatch(Base):
    """Letters of one kind that were sent together to the units of a round.

    `instance` is that of the page they were sent from, or names the day of a scheduled reminder:
    no batch is sent twice. `actor` is an e-mail address or "system".
    """

    __tablename__ = "letter_batch"

    id: Mapped[Key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    instance: Mapped[str] = mapped_column(String(64), unique=True)
    actor: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    round: Mapped[Round] = relationship()


class Letter(Base):
    """A letter to a unit, in Vietnamese, as plain text and as HTML.

    `kind` names the act it tells of, as the log does, or what it is for. `tries` counts how often
    it was begun to be delivered, the last time at `tried_at`; `problem` says why that failed, blank
    when it did not. A letter of a batch has a `key`, of batch, assignment and address: it is
    written once.
    """

    __tablename__ = "letter"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(32))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("letter_batch.id"), index=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    # Quoted: a reserved word in SQL.
    to: Mapped[str] = mapped_column("to", quote=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(default="")
    assignment: Mapped[Assignment] = relationship()


class LetterTemplate(Base):
    """How a campaign words its letters of one kind, in place of the shipped wording."""

    __tablename__ = "letter_template"
    __table_args__ = (UniqueConstraint("campaign_id", "kind"),)

    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str]
    body: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str]


class ReminderRun(Base):
    """A day on which the scheduled reminders of a round were written: never twice."""

    __tablename__ = "reminder_run"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class FailingAddress(Base):
    """An e-mail address, in small letters, that letters do not reach, and why, since when."""

    __tablename__ = "failing_address"

    address: Mapped[str] = mapped_column(primary_key=True)
    problem: Mapped[str]
    since: Mapped[datetime] = mapped_column(Moment)
