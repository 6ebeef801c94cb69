"""Form definitions, their published versions, and forms that are not published yet."""

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


class FormVersionAct(Base, AppendOnly):
    """A version was retired (`retired`), or is in use again; the last act on it counts."""

    __tablename__ = "form_version_act"

    id: Mapped[Key]
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"), index=True)
    retired: Mapped[bool]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)


class FormFile(Base, AppendOnly):
    """The bytes of a file that stands beside a published form, known by their SHA-256.

    `media_type` is what the first bytes say it is, never what its name says.
    """

    __tablename__ = "form_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]


class FormVersionFile(Base, AppendOnly):
    """What a published form version calls a file beside it."""

    __tablename__ = "form_version_file"

    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(150), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("form_file.sha256"))


class UploadedForm(Base):
    """A form that is not published yet, right or wrong; it goes when it is published.

    `form_id`, `title` and `error_count` say how it was read when it was stored. `written` says
    that the editor wrote `source`; `form_version_id` names the version that it began from.
    """

    __tablename__ = "uploaded_form"

    id: Mapped[Key]
    source: Mapped[bytes]
    source_name: Mapped[str]
    written: Mapped[bool] = mapped_column(default=False)
    form_version_id: Mapped[int | None] = mapped_column(ForeignKey("form_version.id"))
    form_id: Mapped[str] = mapped_column(String(128))
    title: Mapped[str]
    error_count: Mapped[int]
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(Moment)


class UploadedFile(Base):
    """A file beside a form that is not published yet."""

    __tablename__ = "uploaded_file"

    uploaded_form_id: Mapped[int] = mapped_column(ForeignKey("uploaded_form.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(150), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]
