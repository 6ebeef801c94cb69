"""Named reads of forms: their versions, who uses them, and what was answered to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.campaign import Round
from models.form import (
    FormDefinition,
    FormFile,
    FormVersion,
    FormVersionFile,
    UploadedFile,
    UploadedForm,
)
from models.queries import newest_version, retired_versions
from models.response import Response, Revision


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of a form; the one `in_use` is what new answers are given to."""

    id: int
    form_definition_id: int
    form_id: str
    number: int
    version: str
    digest: str
    source_name: str
    published_at: datetime
    retired: bool
    in_use: bool


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A form that is not published yet, without its bytes."""

    id: int
    source_name: str
    form_id: str
    title: str
    error_count: int
    uploaded_by: str
    uploaded_at: datetime


def versions(session: Session, form_definition_id: int | None = None) -> tuple[StoredVersion, ...]:
    """Return the versions of one form, or of all, by form and the newest first."""
    number = newest_version(FormVersion.form_definition_id)
    statement = (
        select(
            FormVersion.id,
            FormVersion.form_definition_id,
            FormDefinition.form_id,
            FormVersion.number,
            FormVersion.version,
            FormVersion.digest,
            FormVersion.source_name,
            FormVersion.published_at,
            FormVersion.id.in_(retired_versions()),
            FormVersion.number == number,
        )
        .join(FormVersion.form_definition)
        .order_by(FormDefinition.form_id, FormVersion.number.desc())
    )
    if form_definition_id is not None:
        statement = statement.where(FormVersion.form_definition_id == form_definition_id)
    return tuple(StoredVersion(*tuple(row)) for row in session.execute(statement))


def uploads(session: Session) -> tuple[StoredUpload, ...]:
    """Return the forms that are not published yet, the newest first."""
    rows = session.execute(
        select(
            UploadedForm.id,
            UploadedForm.source_name,
            UploadedForm.form_id,
            UploadedForm.title,
            UploadedForm.error_count,
            UploadedForm.uploaded_by,
            UploadedForm.uploaded_at,
        ).order_by(UploadedForm.uploaded_at.desc(), UploadedForm.id.desc())
    )
    return tuple(StoredUpload(*row) for row in rows)


def rounds_asking(session: Session, form_id: str) -> tuple[Round, ...]:
    """Return the rounds that ask a form, each with its campaign."""
    statement = (
        select(Round)
        .join(Round.form_definition)
        .join(Round.campaign)
        .options(joinedload(Round.campaign))
        .where(FormDefinition.form_id == form_id)
        .order_by(Round.campaign_id, Round.position)
    )
    return tuple(session.scalars(statement))


def version_files(session: Session, version_id: int) -> Mapping[str, bytes]:
    """Return the files beside a version, by name."""
    rows = session.execute(
        select(FormVersionFile.name, FormFile.content)
        .join(FormFile, FormFile.sha256 == FormVersionFile.sha256)
        .where(FormVersionFile.form_version_id == version_id)
        .order_by(FormVersionFile.name)
    )
    return dict(rows.all())


def file_by_digest(session: Session, sha256: str) -> tuple[str, bytes] | None:
    """Return the media type and bytes of a file beside any form, published or not."""
    for table in (FormFile, UploadedFile):
        row = session.execute(
            select(table.media_type, table.content).where(table.sha256 == sha256).limit(1)
        ).one_or_none()
        if row:
            return row.media_type, row.content
    return None


# --- what was answered ----------------------------------------------------------------------------


def report_answers(session: Session, form_definition_id: int) -> Iterator[str]:
    """Yield the newest answers of every report to any version of a form, as canonical JSON."""
    newer = aliased(Revision)
    newest = (
        select(func.max(newer.number))
        .where(newer.response_id == Response.id)
        .correlate(Response)
        .scalar_subquery()
    )
    return session.scalars(
        select(Revision.answers)
        .join(Revision.response)
        .join(FormVersion, FormVersion.id == Revision.form_version_id)
        .where(
            FormVersion.form_definition_id == form_definition_id,
            Revision.number == newest,
        )
    ).yield_per(500)
