"""Form versions: publishing them and having them at hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from forms.compile import compile_form
from forms.tree import Definition, canonical_json, definition_from_json, definition_to_json
from language.files import shown_name
from models.form import FormDefinition, FormVersion
from models.problems import Problem
from services import audit

# Definitions never change, and there are few: every one that was asked for stays at hand.
_known: dict[str, Definition] = {}


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """A published form version; `number` counts the versions of its form from 1."""

    id: int
    form_definition_id: int
    form_id: str
    number: int
    digest: str


def publish(
    session: Session, source: bytes, file_name: str, now: datetime, actor: str = audit.SYSTEM
) -> PublishedForm:
    """Publish an XLSForm; one that was published before is the version it became then.

    Raises forms.findings.FormErrors when it cannot be published.
    """
    source_digest = hashlib.sha256(source).hexdigest()
    same_source = _published(session, FormVersion.source_digest == source_digest)
    if same_source:
        return same_source
    definition = compile_form(source, file_name).definition
    same_form = _published(session, FormVersion.digest == definition.digest)
    if same_form:
        return same_form
    version = FormVersion(
        form_definition_id=_form_definition_id(session, definition.form_id),
        version=definition.version,
        digest=definition.digest,
        definition=canonical_json(definition_to_json(definition)),
        source=source,
        source_digest=source_digest,
        source_name=shown_name(file_name),
        published_at=now,
    )
    version.number = _next_number(session, version.form_definition_id)
    session.add(version)
    session.flush()
    audit.note(session, now, actor, "form.published", definition.form_id, number=version.number)
    return PublishedForm(
        version.id,
        version.form_definition_id,
        definition.form_id,
        version.number,
        version.digest,
    )


def definition(session: Session, version: int | str) -> Definition:
    """Return the definition of a form version, given its id or its digest.

    Raises Problem `form_unknown`. By digest it costs no query once it is known.
    """
    digest = _digest(session, version) if isinstance(version, int) else version
    return _known.get(digest) or _known.setdefault(digest, _read(session, digest))


def newest(session: Session, form_definition_id: int) -> PublishedForm:
    """Return the newest version of a form. Raises Problem `form_unknown` when there is none."""
    found = _published(session, FormVersion.form_definition_id == form_definition_id)
    if found is None:
        raise Problem("form_unknown")
    return found


def _published(session: Session, condition: ColumnElement[bool]) -> PublishedForm | None:
    """Return the newest of the versions that `condition` selects."""
    row = session.execute(
        select(
            FormVersion.id,
            FormVersion.form_definition_id,
            FormDefinition.form_id,
            FormVersion.number,
            FormVersion.digest,
        )
        .join(FormVersion.form_definition)
        .where(condition)
        .order_by(FormVersion.number.desc())
        .limit(1)
    ).one_or_none()
    return PublishedForm(*row) if row else None


def _form_definition_id(session: Session, form_id: str) -> int:
    found = session.scalar(select(FormDefinition.id).where(FormDefinition.form_id == form_id))
    if found is not None:
        return found
    added = FormDefinition(form_id=form_id)
    session.add(added)
    session.flush()
    return added.id


def _next_number(session: Session, form_definition_id: int) -> int:
    newest_number = session.scalar(
        select(func.max(FormVersion.number)).where(
            FormVersion.form_definition_id == form_definition_id
        )
    )
    return (newest_number or 0) + 1


def _digest(session: Session, version_id: int) -> str:
    digest = session.scalar(select(FormVersion.digest).where(FormVersion.id == version_id))
    if digest is None:
        raise Problem("form_unknown")
    return digest


def _read(session: Session, digest: str) -> Definition:
    text = session.scalar(select(FormVersion.definition).where(FormVersion.digest == digest))
    if text is None:
        raise Problem("form_unknown")
    return definition_from_json(json.loads(text))
