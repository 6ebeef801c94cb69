"""What units write: drafts, responses with their revisions, and attachments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.campaign import Assignment
from models.database import AppendOnly, Base, Key, Moment


class Draft(Base):
    """What a unit has typed and not sent, errors and gaps included.

    `values` holds every input's raw strings by input name; `base_revision` is the number of the
    revision the typing began from, 0 for none.
    """

    __tablename__ = "draft"

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), unique=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    # Quoted: a reserved word in SQL.
    values: Mapped[dict[str, list[str]]] = mapped_column("values", JSON, quote=True)
    base_revision: Mapped[int]
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

    `answers` is canonical JSON. `instance` marks the opened form it was sent from, so that a
    repeated sending is known. `receipt_code` is what the unit keeps.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("response_id", "number"),)

    id: Mapped[Key]
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    number: Mapped[int]
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    answers: Mapped[str]
    instance: Mapped[str] = mapped_column(String(64), unique=True)
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    late: Mapped[bool]
    response: Mapped[Response] = relationship()


class Attachment(Base):
    """A file sent with a report; its bytes are in the files folder under the name `id`.

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
