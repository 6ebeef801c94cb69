"""What units write, and what the board decides on it: drafts, revisions, decisions, attachments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.campaign import Assignment
from models.database import AppendOnly, Base, Key, Moment

# What the board decides on a revision.
ACCEPTED = "accepted"
RETURNED = "returned"


class CollectedSum(Base):
    """What a unit took over from those below it: the sum of their answers to a question.

    `total` is the sum as canonical text, of the newest answers of `answered` units among `asked`.
    `reason` says why the unit answers something else, blank when it was not asked or does not.
    """

    __tablename__ = "collected_sum"
    __table_args__ = (UniqueConstraint("assignment_id", "question"),)

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    question: Mapped[str]
    total: Mapped[str]
    answered: Mapped[int]
    asked: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(Moment)


class Draft(Base):
    """What a unit has typed and not sent, errors and gaps included.

    `values` holds every input's raw strings by input name; `base_revision` is the number of the
    revision the typing began from, 0 for none. `number` counts the savings, and `changed` holds for
    each input the number of the one that changed it last and the opened form it came from.
    """

    __tablename__ = "draft"

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), unique=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    # Quoted: a reserved word in SQL.
    values: Mapped[dict[str, list[str]]] = mapped_column("values", JSON, quote=True)
    base_revision: Mapped[int]
    number: Mapped[int] = mapped_column(default=1)
    changed: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict)
    saved_at: Mapped[datetime] = mapped_column(Moment)


class Response(Base):
    """What a unit sent in a round; in a standing round a unit may have many."""

    __tablename__ = "response"

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    assignment: Mapped[Assignment] = relationship()


class Revision(Base, AppendOnly):
    """One sending of a response; the newest one counts.

    `answers` is canonical JSON, and so are `explanations`: what the unit says to the checks of the
    form, by the name of the check. `instance` marks the opened form it was sent from, so that a
    repeated sending is known. `receipt_code` is what the unit keeps. `author` is written as in the
    log; an officer who sends for a unit gives a `reason`. `digest` is that of models.proof.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("response_id", "number"),)

    id: Mapped[Key]
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    number: Mapped[int]
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    answers: Mapped[str]
    explanations: Mapped[str] = mapped_column(default="{}")
    author: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(String(64))
    instance: Mapped[str] = mapped_column(String(64), unique=True)
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    late: Mapped[bool]
    response: Mapped[Response] = relationship()


class Redaction(Base, AppendOnly):
    """What was erased from a revision when its time had come.

    `names` are the questions whose answers are gone; `digest` is that of the record that is left.
    The revision keeps its own digest, of the record as it was sent. See services.retention.
    """

    __tablename__ = "redaction"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    names: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


class Decision(Base, AppendOnly):
    """What the board decided on a revision; the newest one counts.

    kind ACCEPTED, or RETURNED: then `note` says why as a whole, `reasons` by question, and
    `deadline` until when it is to come back, if that was said.
    """

    __tablename__ = "decision"

    id: Mapped[Key]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(default="")
    reasons: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    deadline: Mapped[datetime | None] = mapped_column(Moment)
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    revision: Mapped[Revision] = relationship()


class Extension(Base, AppendOnly):
    """A later due time of one unit, with the reason; the newest one counts."""

    __tablename__ = "extension"

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    due_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)


class Attachment(Base):
    """A file sent with a report; its bytes are in the files folder, named by their digest.

    A file that was replaced keeps its row: a revision may speak of it.
    """

    __tablename__ = "attachment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    question: Mapped[str] = mapped_column(String(128))
    shown_name: Mapped[str] = mapped_column(String(150))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(128))
    sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime] = mapped_column(Moment)
