"""Form versions: publishing them and having them at hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from forms.compile import Compiled, compile_form
from forms.findings import Finding, FormErrors
from forms.pictures import picture_type
from forms.tree import Definition, canonical_json, definition_from_json, definition_to_json
from language.files import shown_name
from models import published
from models.campaign import PUBLIC
from models.form import FormDefinition, FormFile, FormVersion, FormVersionFile
from models.problems import Problem
from models.queries import newest_version
from services import audit

# The bytes of the files beside a form, by name.
Files = Mapping[str, bytes]
NO_FILES: Files = MappingProxyType({})
CSV = "text/csv"
# What a form says of its version is shown beside its number, and may be cut.
LONGEST_VERSION = 64
# Definitions never change, and there are few: every one that was asked for stays at hand.
_known: dict[str, Definition] = {}
# So are the reasons why they are not anonymous.
_identifying: dict[str, tuple[Finding, ...]] = {}


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """A published form version; `number` counts the versions of its form from 1."""

    id: int
    form_definition_id: int
    form_id: str
    number: int
    digest: str


def publish(
    session: Session,
    source: bytes,
    file_name: str,
    now: datetime,
    actor: str = audit.SYSTEM,
    files: Files = NO_FILES,
) -> PublishedForm:
    """Compile and publish an XLSForm; one that was published before is the version it became then.

    Raises forms.findings.FormErrors when it cannot be published, or Problem `form_not_anonymous`.
    """
    # Beside other files the same bytes may be another form.
    alone = FormVersion.id.not_in(select(FormVersionFile.form_version_id))
    same_bytes = FormVersion.source_digest == hashlib.sha256(source).hexdigest()
    same_source = _published(session, same_bytes & alone)
    if same_source and not files:
        return same_source
    compiled = compile_form(source, file_name, files)
    return publish_compiled(session, compiled, source, file_name, now, actor, files)


def publish_compiled(
    session: Session,
    compiled: Compiled,
    source: bytes,
    file_name: str,
    now: datetime,
    actor: str = audit.SYSTEM,
    files: Files = NO_FILES,
) -> PublishedForm:
    """Publish what was compiled of `source` and `files`; the same form is the version it became.

    Raises Problem `form_not_anonymous` when a public round would ask what tells who answers.
    """
    definition = compiled.definition
    same_form = same_version(session, definition)
    if same_form:
        return same_form
    if is_public(session, definition.form_id):
        refuse_identifying(compiled.identifying)
    version = FormVersion(
        form_definition_id=_known_or_new(session, definition.form_id),
        version=definition.version[:LONGEST_VERSION],
        digest=definition.digest,
        definition=canonical_json(definition_to_json(definition)),
        source=source,
        source_digest=hashlib.sha256(source).hexdigest(),
        source_name=shown_name(file_name),
        published_at=now,
    )
    version.number = _next_number(session, version.form_definition_id)
    session.add(version)
    session.flush()
    _keep_files(session, version.id, files)
    audit.note(session, now, actor, "form.published", definition.form_id, number=version.number)
    return PublishedForm(
        version.id,
        version.form_definition_id,
        definition.form_id,
        version.number,
        version.digest,
    )


# --- anonymity ------------------------------------------------------------------------------------


def is_public(session: Session, form_id: str) -> bool:
    """Tell whether a round asks the form of people who were promised anonymity."""
    return any(asked.kind == PUBLIC for asked in published.rounds_asking(session, form_id))


def identifying(session: Session, version_id: int) -> tuple[Finding, ...]:
    """Return why a version must not be asked in a public round.

    It is compiled for that, once: do it before the database is locked. Raises Problem
    `form_errors` for a version that can no longer be compiled.
    """
    digest = _digest(session, version_id)
    if digest not in _identifying:
        _identifying[digest] = _compile_again(session, version_id).identifying
    return _identifying[digest]


def refuse_identifying(findings: tuple[Finding, ...]) -> None:
    """Raise Problem `form_not_anonymous` when there are reasons to."""
    if findings:
        raise Problem("form_not_anonymous", cells=", ".join(found.place for found in findings))


def _compile_again(session: Session, version_id: int) -> Compiled:
    version = session.get_one(FormVersion, version_id)
    files = published.version_files(session, version_id)
    try:
        return compile_form(version.source, version.source_name, files)
    except FormErrors as found:
        raise Problem("form_errors") from found


# --- finding --------------------------------------------------------------------------------------


def definition(session: Session, version: int | str) -> Definition:
    """Return the definition of a form version, given its id or its digest.

    Raises Problem `form_unknown`. By digest it costs no query once it is known.
    """
    digest = _digest(session, version) if isinstance(version, int) else version
    return _known.get(digest) or _known.setdefault(digest, _read(session, digest))


def at_hand(digest: str) -> Definition | None:
    """Return a form version without asking the database, when it was asked for before."""
    return _known.get(digest)


def newest(session: Session, form_definition_id: int) -> PublishedForm:
    """Return the version of a form that is in use. Raises Problem `form_unknown`."""
    found = _published(
        session,
        (FormVersion.form_definition_id == form_definition_id)
        & (FormVersion.number == newest_version(form_definition_id)),
    )
    if found is None:
        raise Problem("form_unknown")
    return found


def form_definition_id(session: Session, form_id: str) -> int | None:
    """Return the id of the form that is called `form_id`, when it was ever published."""
    return session.scalar(select(FormDefinition.id).where(FormDefinition.form_id == form_id))


def same_version(session: Session, definition: Definition) -> PublishedForm | None:
    """Return the version that is this very form, when there is one."""
    return _published(session, FormVersion.digest == definition.digest)


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


def _known_or_new(session: Session, form_id: str) -> int:
    found = form_definition_id(session, form_id)
    if found is not None:
        return found
    added = FormDefinition(form_id=form_id)
    session.add(added)
    session.flush()
    return added.id


def media_type(content: bytes) -> str:
    """Return what a file beside a form is, by its first bytes: a picture, or else a CSV file."""
    return picture_type(content) or CSV


def _keep_files(session: Session, version_id: int, files: Files) -> None:
    """Keep the files beside a version; what is there already is not stored twice."""
    for name, content in files.items():
        sha256 = hashlib.sha256(content).hexdigest()
        if session.get(FormFile, sha256) is None:
            kind = media_type(content)
            session.add(FormFile(sha256=sha256, media_type=kind, content=content))
            session.flush()
        session.add(FormVersionFile(form_version_id=version_id, name=name, sha256=sha256))
    session.flush()


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
