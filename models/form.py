"""Form definitions and their published versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import AppendOnly, Base, Key, Moment


class FormDefinition(Base):
    """A form over all its versions, known by its XLSForm `form_id`."""

    __tablename__ = "form_definition"

    id: Mapped[Key]
    form_id: Mapped[str] = mapped_column(String(128), unique=True)


class FormVersion(Base, AppendOnly):
    """A form as it was published.

    `definition` is the canonical JSON of the tree, `digest` its SHA-256; `source` the file it was
    compiled from, byte for byte, and `source_digest` the SHA-256 of that.
    """

    __tablename__ = "form_version"
    __table_args__ = (UniqueConstraint("form_definition_id", "number"),)

    id: Mapped[Key]
    form_definition_id: Mapped[int] = mapped_column(ForeignKey("form_definition.id"))
    number: Mapped[int]
    version: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    definition: Mapped[str]
    source: Mapped[bytes]
    source_digest: Mapped[str] = mapped_column(String(64), index=True)
    source_name: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(Moment)
    form_definition: Mapped[FormDefinition] = relationship()
