"""Forms on their way: uploaded, checked, corrected, edited, and at last published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from exports.form_workbook import write_form_sheets
from exports.workbook import Document
from exports.xlsform import form_sheets
from forms.findings import Finding, FormErrors
from forms.text_sheets import TextSheets, read_text_sheets
from forms.tree import Definition
from language.files import shown_name
from models import published
from models.campaign import PUBLIC, Round
from models.form import FormVersion, UploadedFile, UploadedForm
from models.problems import Problem
from models.published import StoredUpload
from services import audit, definitions
from services.definitions import Files, PublishedForm

LONGEST_CODE = 128
Edit = Callable[[TextSheets], TextSheets]


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that is not published yet, with the files beside it.

    `written` says that the editor wrote it; `form_version_id` names the version it began from.
    """

    id: int
    source: bytes
    source_name: str
    files: Files
    written: bool
    form_version_id: int | None
    uploaded_by: str
    uploaded_at: datetime

    @property
    def digest(self) -> str:
        """Return what changes whenever the file does."""
        return hashlib.sha256(self.source).hexdigest()


@dataclass(frozen=True, slots=True)
class Checked:
    """A form as it was understood: without a definition there are errors.

    `identifying`: why it cannot be published where people were promised anonymity.
    """

    definition: Definition | None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    identifying: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """What publishing a form would do: of which form it becomes which version, asked where.

    `same` is the version that is this very form already.
    """

    form_definition_id: int | None
    number: int
    rounds: tuple[Round, ...]
    same: PublishedForm | None

    @property
    def is_public(self) -> bool:
        """Whether people answer the form anonymously."""
        return any(asked.kind == PUBLIC for asked in self.rounds)


def check(upload: Upload) -> Checked:
    """Read a form with the files beside it, as publishing it will."""
    return _check(upload.source, upload.source_name, tuple(sorted(upload.files.items())))


@lru_cache(maxsize=16)
def _check(source: bytes, source_name: str, files: tuple[tuple[str, bytes], ...]) -> Checked:
    try:
        compiled = definitions.compile_source(source, source_name, dict(files))
    except FormErrors as found:
        return Checked(None, found.errors)
    return Checked(compiled.definition, (), compiled.warnings, compiled.identifying)


# --- finding --------------------------------------------------------------------------------------


def waiting(session: Session) -> tuple[StoredUpload, ...]:
    """Return the forms that are not published yet, the newest first."""
    return published.uploads(session)


def find(session: Session, upload_id: int) -> Upload:
    """Return an uploaded form. Raises Problem `upload_unknown`."""
    row = _row(session, upload_id)
    files = session.execute(
        select(UploadedFile.name, UploadedFile.content)
        .where(UploadedFile.uploaded_form_id == upload_id)
        .order_by(UploadedFile.name)
    )
    return Upload(
        id=row.id,
        source=row.source,
        source_name=row.source_name,
        files=dict(files.all()),
        written=row.written,
        form_version_id=row.form_version_id,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
    )


def _row(session: Session, upload_id: int) -> UploadedForm:
    row = session.get(UploadedForm, upload_id)
    if row is None:
        raise Problem("upload_unknown")
    return row


def destination(session: Session, definition: Definition) -> Destination:
    """Return what publishing a form would do."""
    form_definition_id = definitions.form_definition_id(session, definition.form_id)
    rounds = published.rounds_asking(session, definition.form_id)
    known = published.versions(session, form_definition_id) if form_definition_id else ()
    return Destination(
        form_definition_id=form_definition_id,
        number=max((version.number for version in known), default=0) + 1,
        rounds=rounds,
        same=definitions.same_version(session, definition),
    )


# --- storing --------------------------------------------------------------------------------------


def upload(
    session: Session, source: bytes, file_name: str, files: Files, now: datetime, actor: str
) -> int:
    """Keep an uploaded form, right or wrong, and return its id."""
    row = UploadedForm(uploaded_by=actor, uploaded_at=now)
    _put(session, row, source, shown_name(file_name), files)
    audit.note(session, now, actor, "form.uploaded", row.form_id or row.source_name)
    return row.id


def replace_files(
    session: Session,
    upload_id: int,
    form: tuple[str, bytes] | None,
    files: Files,
    now: datetime,
    actor: str,
) -> None:
    """Put a corrected form file, or more files beside it, in the place of the ones before.

    A file that is called like one before takes its place; the others stay.
    """
    before, row = find(session, upload_id), _row(session, upload_id)
    name, source = form or (before.source_name, before.source)
    row.uploaded_by, row.uploaded_at = actor, now
    row.written = before.written and form is None
    _put(session, row, source, shown_name(name), {**before.files, **files})
    audit.note(session, now, actor, "form.replaced", row.form_id or row.source_name)


def remove_file(session: Session, upload_id: int, name: str, now: datetime, actor: str) -> None:
    """Take away a file beside an uploaded form."""
    before, row = find(session, upload_id), _row(session, upload_id)
    files = {n: content for n, content in before.files.items() if n != name}
    _put(session, row, before.source, before.source_name, files)
    audit.note(session, now, actor, "form.file_removed", row.form_id or row.source_name)


def discard(session: Session, upload_id: int, now: datetime, actor: str) -> None:
    """Throw an uploaded form away."""
    row = _row(session, upload_id)
    audit.note(session, now, actor, "form.discarded", row.form_id or row.source_name)
    _delete(session, row)


def _put(
    session: Session, row: UploadedForm, source: bytes, source_name: str, files: Files
) -> None:
    """Store the bytes, and how they read now."""
    checked = _check(source, source_name, tuple(sorted(files.items())))
    definition = checked.definition
    row.source, row.source_name = source, source_name
    row.error_count = len(checked.errors)
    if definition:
        row.form_id = definition.form_id[:LONGEST_CODE]
        row.title = definition.title.text(definition.default_language)
    else:
        row.form_id, row.title = row.form_id or "", row.title or ""
    session.add(row)
    session.flush()
    session.execute(delete(UploadedFile).where(UploadedFile.uploaded_form_id == row.id))
    session.add_all(_file(row.id, name, content) for name, content in files.items())
    session.flush()


def _file(upload_id: int, name: str, content: bytes) -> UploadedFile:
    return UploadedFile(
        uploaded_form_id=upload_id,
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=definitions.media_type(content),
        content=content,
    )


def _delete(session: Session, row: UploadedForm) -> None:
    session.execute(delete(UploadedFile).where(UploadedFile.uploaded_form_id == row.id))
    session.delete(row)
    session.flush()


# --- publishing -----------------------------------------------------------------------------------


def publish(session: Session, upload_id: int, now: datetime, actor: str) -> PublishedForm:
    """Publish an uploaded form as the newest version; the rounds that ask it use it from now on.

    Raises Problem `form_errors`, `form_published` when it is a version already, or
    `form_not_anonymous` when a public round would ask what tells who answers.
    """
    found = find(session, upload_id)
    target = destination(session, _right(found))
    if target.same:
        raise Problem("form_published", number=target.same.number)
    identifying = check(found).identifying
    if identifying and target.is_public:
        raise Problem("form_not_anonymous", cells=", ".join(place.place for place in identifying))
    version = definitions.publish(session, found.source, found.source_name, now, actor, found.files)
    _delete(session, _row(session, upload_id))
    return version


def _right(found: Upload) -> Definition:
    definition = check(found).definition
    if definition is None:
        raise Problem("form_errors")
    return definition


# --- editing --------------------------------------------------------------------------------------


def begin_edit(session: Session, version_id: int, now: datetime, actor: str) -> int:
    """Make an upload of a published version, to be edited; return its id."""
    definition = definitions.definition(session, version_id)
    version = session.get_one(FormVersion, version_id)
    row = UploadedForm(uploaded_by=actor, uploaded_at=now, written=True, form_version_id=version.id)
    source = xlsx(definition, version.published_at)
    files = published.version_files(session, version_id)
    _put(session, row, source, shown_name(f"{definition.form_id}.xlsx"), files)
    audit.note(session, now, actor, "form.edit_begun", row.form_id, number=version.number)
    return row.id


def sheets_of(found: Upload) -> TextSheets:
    """Return the sheets of an upload, as the editor sees them.

    Raises Problem `form_errors` for a form that the editor did not write and that has errors: it
    may be anything.
    """
    if found.written:
        return read_text_sheets(found.source, found.source_name)
    return form_sheets(_right(found))


def edit(
    session: Session, upload_id: int, digest: str, act: Edit, now: datetime, actor: str
) -> None:
    """Change the sheets of an upload, right or wrong.

    Raises Problem `upload_changed` when it is no longer the one whose digest was seen.
    """
    found, row = find(session, upload_id), _row(session, upload_id)
    if found.digest != digest:
        raise Problem("upload_changed")
    before = sheets_of(found)
    after = act(before)
    name = shown_name(f"{found.source_name.rpartition('.')[0] or found.source_name}.xlsx")
    row.written, row.uploaded_by, row.uploaded_at = True, actor, now
    source = write(without_guide(after), row.title, found.uploaded_at)
    _put(session, row, source, name, found.files)
    audit.note(session, now, actor, "form.edited", row.form_id or row.source_name)


def starter(path: Path) -> Definition:
    """Return the form to begin with."""
    return definitions.compile_source(path.read_bytes(), path.name).definition


def xlsx(definition: Definition, created: datetime, language: str = "vi") -> bytes:
    """Return a form as an Excel file; reading it gives the same form again."""
    title = definition.title.text(definition.default_language)
    return write(form_sheets(definition), title, created, language)


def without_guide(sheets: TextSheets) -> TextSheets:
    """Return the sheets that say what the form is; the help sheet is written anew."""
    return {name: sheet for name, sheet in sheets.items() if name in SHEETS}


SHEETS: Mapping[str, int] = {"survey": 0, "choices": 1, "settings": 2, "tables": 3, "checks": 4}


def write(sheets: TextSheets, title: str, created: datetime, language: str = "vi") -> bytes:
    """Return the workbook of a form; the same sheets give the same bytes."""
    return write_form_sheets(sheets, Document(title, "", created), language)
