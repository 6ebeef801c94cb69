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
from forms.compile import Compiled, compile_form
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
    title: str = ""

    @property
    def digest(self) -> str:
        """Return what changes whenever the form file or a file beside it does."""
        parts = [self.source_name.encode(), self.source]
        for name, content in sorted(self.files.items()):
            parts += [name.encode(), content]
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Checked:
    """A form as it was understood: `compiled`, or else the errors."""

    compiled: Compiled | None
    errors: tuple[Finding, ...] = ()

    @property
    def definition(self) -> Definition | None:
        """The form, when it can be published."""
        return self.compiled.definition if self.compiled else None

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What was noticed on the way."""
        return self.compiled.warnings if self.compiled else ()

    @property
    def identifying(self) -> tuple[Finding, ...]:
        """Why it cannot be published where people were promised anonymity."""
        return self.compiled.identifying if self.compiled else ()


@dataclass(frozen=True, slots=True)
class Content:
    """What an upload is to hold, and how it reads.

    It is made before the database is locked: reading a long form takes seconds.
    """

    source: bytes
    source_name: str
    files: Files
    written: bool
    checked: Checked


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


def compiled(upload: Upload) -> Compiled:
    """Return a form that can be published. Raises Problem `form_errors` when it has errors."""
    found = check(upload).compiled
    if found is None:
        raise Problem("form_errors")
    return found


@lru_cache(maxsize=16)
def _check(source: bytes, source_name: str, files: tuple[tuple[str, bytes], ...]) -> Checked:
    try:
        return Checked(compile_form(source, source_name, dict(files)))
    except FormErrors as found:
        return Checked(None, found.errors)


# --- finding --------------------------------------------------------------------------------------


def waiting(session: Session) -> tuple[StoredUpload, ...]:
    """Return the forms that are not published yet, the newest first."""
    return published.uploads(session)


def find(session: Session, upload_id: int) -> Upload:
    """Return an uploaded form. Raises Problem `upload_unknown`."""
    return _upload(session, _row(session, upload_id))


def find_seen(session: Session, upload_id: int, digest: str) -> Upload:
    """Return an uploaded form that is still the one that was seen.

    Raises Problem `upload_unknown`, or `upload_changed` when its digest is another one.
    """
    found = find(session, upload_id)
    if found.digest != digest:
        raise Problem("upload_changed")
    return found


def _upload(session: Session, row: UploadedForm) -> Upload:
    files = session.execute(
        select(UploadedFile.name, UploadedFile.content)
        .where(UploadedFile.uploaded_form_id == row.id)
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
        title=row.title,
    )


def _row(session: Session, upload_id: int, *, lock: bool = False) -> UploadedForm:
    # Read anew, once nobody else can change it any more.
    row = session.get(UploadedForm, upload_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise Problem("upload_unknown")
    return row


def _unchanged(session: Session, found: Upload) -> UploadedForm:
    """Return the row of an upload, for writing. Raises Problem `upload_changed`."""
    row = _row(session, found.id, lock=True)
    if _upload(session, row).digest != found.digest:
        raise Problem("upload_changed")
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


# --- making ---------------------------------------------------------------------------------------


def prepare(source: bytes, file_name: str, files: Files, *, written: bool = False) -> Content:
    """Read a form, right or wrong, to be stored; `written` says that the editor wrote it."""
    name = shown_name(file_name)
    checked = _check(source, name, tuple(sorted(files.items())))
    return Content(source, name, files, written, checked)


def with_files(found: Upload, form: tuple[str, bytes] | None, files: Files) -> Content:
    """Return an upload with a corrected form file, or more files beside it.

    A file that is called like one before takes its place; the others stay.
    """
    name, source = form or (found.source_name, found.source)
    written = found.written and form is None
    return prepare(source, name, {**found.files, **files}, written=written)


def without_file(found: Upload, name: str) -> Content:
    """Return an upload without a file beside it."""
    files = {n: content for n, content in found.files.items() if n != name}
    return prepare(found.source, found.source_name, files, written=found.written)


def edited(found: Upload, act: Edit) -> Content:
    """Return an upload with its sheets changed, right or wrong."""
    after = act(sheets_of(found))
    name = f"{found.source_name.rpartition('.')[0] or found.source_name}.xlsx"
    source = write(without_guide(after), found.title, found.uploaded_at)
    return prepare(source, name, found.files, written=True)


def copy_of(session: Session, version_id: int) -> Content:
    """Return a published version as the editor writes it."""
    definition = definitions.definition(session, version_id)
    version = session.get_one(FormVersion, version_id)
    source = xlsx(definition, version.published_at)
    files = published.version_files(session, version_id)
    return prepare(source, f"{definition.form_id}.xlsx", files, written=True)


# --- storing --------------------------------------------------------------------------------------


def upload(session: Session, content: Content, now: datetime, actor: str) -> int:
    """Keep an uploaded form, right or wrong, and return its id."""
    row = UploadedForm()
    _put(session, row, content, now, actor)
    audit.note(session, now, actor, "form.uploaded", row.form_id or row.source_name)
    return row.id


def begin_edit(
    session: Session, version_id: int, content: Content, now: datetime, actor: str
) -> int:
    """Keep a copy of a published version, to be edited; return its id."""
    number = session.get_one(FormVersion, version_id).number
    row = UploadedForm(form_version_id=version_id)
    _put(session, row, content, now, actor)
    audit.note(session, now, actor, "form.edit_begun", row.form_id, number=number)
    return row.id


def replace(
    session: Session, found: Upload, content: Content, act: str, now: datetime, actor: str
) -> None:
    """Put something else in the place of an upload; `act` is what the audit log calls it.

    Raises Problem `upload_changed` when it is no longer what was found.
    """
    row = _unchanged(session, found)
    _put(session, row, content, now, actor)
    audit.note(session, now, actor, act, row.form_id or row.source_name)


def discard(session: Session, found: Upload, now: datetime, actor: str) -> None:
    """Throw an uploaded form away. Raises Problem `upload_changed`."""
    row = _unchanged(session, found)
    audit.note(session, now, actor, "form.discarded", row.form_id or row.source_name)
    _delete(session, row)


def _put(session: Session, row: UploadedForm, content: Content, now: datetime, actor: str) -> None:
    """Store the bytes, and how they read now."""
    definition = content.checked.definition
    row.source, row.source_name, row.written = content.source, content.source_name, content.written
    row.uploaded_by, row.uploaded_at = actor, now
    row.error_count = len(content.checked.errors)
    if definition:
        row.form_id = definition.form_id[:LONGEST_CODE]
        row.title = definition.title.text(definition.default_language)
    else:
        row.form_id, row.title = row.form_id or "", row.title or ""
    session.add(row)
    session.flush()
    session.execute(delete(UploadedFile).where(UploadedFile.uploaded_form_id == row.id))
    session.add_all(_file(row.id, name, held) for name, held in content.files.items())
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


def publish(
    session: Session, found: Upload, compiled: Compiled, now: datetime, actor: str
) -> PublishedForm:
    """Publish what was compiled of an upload; the rounds that ask it use it from now on.

    Raises Problem `upload_changed` when the upload is no longer what was found, `form_published`
    when it is a version already, or `form_not_anonymous` when a public round would ask what tells
    who answers.
    """
    row = _unchanged(session, found)
    same = definitions.same_version(session, compiled.definition)
    if same:
        raise Problem("form_published", number=same.number)
    version = definitions.publish_compiled(
        session, compiled, found.source, found.source_name, now, actor, found.files
    )
    _delete(session, row)
    return version


# --- editing --------------------------------------------------------------------------------------


def sheets_of(found: Upload) -> TextSheets:
    """Return the sheets of an upload, as the editor sees them.

    Raises Problem `form_errors` for a form that the editor did not write and that has errors: it
    may be anything.
    """
    if found.written:
        return read_text_sheets(found.source, found.source_name)
    return form_sheets(compiled(found).definition)


def starter(path: Path) -> Definition:
    """Return the form to begin with."""
    return compile_form(path.read_bytes(), path.name).definition


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
