"""Files that units send along: their bytes on the disk by digest, a row for each in the database.

The bytes of a file are durable before its row is written, and are copied while no lock is held.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EDQUOT, ENOSPC
from io import SEEK_END
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms import drawing
from forms.contents import PICTURES, USUAL_ENDINGS, Content, ContentError, content_of
from language.files import shown_name
from models.campaign import Assignment
from models.material import MaterialFile
from models.problems import Problem
from models.response import Attachment

# An id is made of what it stands for, so that answers that name it prove the file, too. In older
# rows it is a random number.
ID = re.compile("[0-9a-fx][0-9a-f]{31}")
PROVING, ID_SIGNS = "x", 32
OLD_ID = re.compile("[0-9a-f]{32}")
MOST_FILES = 5
LARGEST_BYTES = 20 * 1024 * 1024
# Ten times what a question takes: files that were replaced stay, for a receipt may name them.
LARGEST_TOTAL_BYTES = 10 * MOST_FILES * LARGEST_BYTES
CHUNK_BYTES = 256 * 1024
# Where a file is while it comes in, and how long one that a crash left may have been in use.
INCOMING = "incoming"
LEFT_BEHIND = timedelta(days=1)
FULL = frozenset({ENOSPC, EDQUOT})
PICTURE_TYPES = frozenset(content.media_type for content in PICTURES)
# Why a file cannot be taken -> the code of the Problem.
REFUSALS = {
    "unknown": "file_type",
    "macros": "file_macros",
    "password": "file_password",
    "pixels": "picture_too_large",
}

# The file is not there; it is another one; or the row speaks of another file than its id.
Damage = Literal["missing", "altered", "row"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file."""

    id: str
    question: str
    shown_name: str
    size_bytes: int
    content_type: str
    sha256: str

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown, drawn anew."""
        return self.content_type in PICTURE_TYPES


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent for a question; `accept` holds the endings that the question takes."""

    question: str
    name: str
    accept: tuple[str, ...]
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file whose bytes are durable, and which has no row yet."""

    question: str
    shown_name: str
    size_bytes: int
    content_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that is not what was kept: `damage` says how."""

    kept: Kept
    assignment_id: int
    damage: Damage


# --- taking in ------------------------------------------------------------------------------------


def store(folder: Path, upload: Upload, room: int = LARGEST_TOTAL_BYTES) -> Stored:
    """Put the bytes of a file on the disk for good; there once, they are not kept twice.

    To be called outside of a transaction; `room` is how many bytes more the unit may send. Raises
    Problem `file_empty`, `file_too_large` over 20 MB, `attachments_full`, `disk_full`, and for what
    is in it `file_type`, `file_macros`, `file_password` and `picture_too_large`. Nothing is then
    left on the disk.
    """
    size = upload.stream.seek(0, SEEK_END)
    _check_size(size, room)
    content = _checked(upload)
    return Stored(
        question=upload.question,
        shown_name=shown_name(content.named(upload.name)),
        size_bytes=size,
        content_type=content.media_type,
        sha256=_write(folder, upload.stream),
    )


def keep(session: Session, assignment_id: int, stored: Stored, now: datetime) -> Kept:
    """Write the row of a stored file; the same file of the same question has one row."""
    # Two requests with the same file come one after the other.
    session.execute(select(Assignment.id).where(Assignment.id == assignment_id).with_for_update())
    id_ = _proving_id(assignment_id, stored.question, stored.sha256, stored.shown_name)
    row = session.get(Attachment, id_)
    if row is None:
        row = Attachment(
            id=id_,
            assignment_id=assignment_id,
            question=stored.question,
            shown_name=stored.shown_name,
            size_bytes=stored.size_bytes,
            content_type=stored.content_type,
            sha256=stored.sha256,
            stored_at=now,
        )
        session.add(row)
        session.flush()
    return _kept(row)


def _proving_id(assignment_id: int, *texts: str) -> str:
    whole = "\n".join((str(assignment_id), *texts))
    return PROVING + hashlib.sha256(whole.encode()).hexdigest()[: ID_SIGNS - len(PROVING)]


def room_bytes(session: Session, assignment_id: int) -> int:
    """Return how many bytes more an assignment may send."""
    total = select(func.coalesce(func.sum(Attachment.size_bytes), 0))
    kept = session.scalar(total.where(Attachment.assignment_id == assignment_id)) or 0
    return LARGEST_TOTAL_BYTES - int(kept)


def _check_size(size: int, room: int) -> None:
    if not size:
        raise Problem("file_empty")
    if size > LARGEST_BYTES:
        raise Problem("file_too_large", limit_mb=LARGEST_BYTES // 1024**2)
    if size > room:
        raise Problem("attachments_full")


def _checked(upload: Upload) -> Content:
    accepted = ", ".join(upload.accept or USUAL_ENDINGS)
    try:
        content = content_of(upload.stream)
    except ContentError as error:
        raise Problem(REFUSALS[error.why], accept=accepted) from error
    if not content.allows(upload.accept):
        raise Problem("file_type", accept=accepted)
    return content


# --- finding --------------------------------------------------------------------------------------


def find(session: Session, assignment_id: int, ids: Iterable[str]) -> Mapping[str, Kept]:
    """Return the kept files of an assignment among `ids`, by id; ids may come from an address."""
    wanted = [id_ for id_ in ids if ID.fullmatch(id_)]
    statement = select(Attachment).where(
        Attachment.assignment_id == assignment_id, Attachment.id.in_(wanted)
    )
    return {row.id: _kept(row) for row in session.scalars(statement)}


def find_one(session: Session, assignment_id: int, id_: str) -> Kept:
    """Return a kept file of an assignment. Raises Problem `attachment_unknown`."""
    found = find(session, assignment_id, [id_])
    if id_ not in found:
        raise Problem("attachment_unknown")
    return found[id_]


def path_of(folder: Path, kept: Kept) -> Path:
    """Return where the bytes of a file are. Raises Problem `attachment_lost` when they are not.

    Only their number is looked at; `damaged` reads them.
    """
    path = _place(folder, kept.sha256)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Problem("attachment_lost") from error
    if size != kept.size_bytes:
        raise Problem("attachment_lost")
    return path


def redrawn(folder: Path, kept: Kept) -> bytes:
    """Return a kept picture drawn anew, as `drawing.MEDIA_TYPE`: what came is never shown itself.

    Raises Problem `attachment_lost`, and `attachment_unknown` when it is not to be drawn.
    """
    if not kept.is_picture:
        raise Problem("attachment_unknown")
    try:
        with path_of(folder, kept).open("rb") as file:
            return drawing.redrawn(file)
    except drawing.PictureError as error:
        raise Problem("attachment_unknown") from error


def _kept(row: Attachment) -> Kept:
    return Kept(row.id, row.question, row.shown_name, row.size_bytes, row.content_type, row.sha256)


# --- looking after the folder ---------------------------------------------------------------------


def damaged(session: Session, folder: Path) -> Iterator[Damaged]:
    """Yield every row whose file is missing or altered; each file is read once."""
    known: dict[str, Damage | None] = {}
    rows = select(Attachment).order_by(Attachment.id).execution_options(yield_per=500)
    for row in session.scalars(rows):
        if row.sha256 not in known:
            known[row.sha256] = _damage(_place(folder, row.sha256), row.sha256)
        damage = known[row.sha256] or ("row" if _is_changed(row) else None)
        if damage:
            yield Damaged(_kept(row), row.assignment_id, damage)


def damage_of(folder: Path, sha256: str) -> Damage | None:
    """Return what is wrong with the file of this digest, if anything; it is read whole."""
    return _damage(_place(folder, sha256), sha256)


def _is_changed(row: Attachment) -> bool:
    expected = _proving_id(row.assignment_id, row.question, row.sha256, row.shown_name)
    return row.id.startswith(PROVING) and row.id != expected


def unnamed(session: Session, folder: Path) -> Iterator[Path]:
    """Yield every file in the folder that no row names, such as a crash may leave; no harm."""
    named = {
        *session.scalars(select(Attachment.sha256)),
        *session.scalars(select(MaterialFile.sha256)),
    }
    for path in sorted(folder.rglob("*")):
        in_place = path.name in named and path == _place(folder, path.name)
        if path.is_file() and path.parent.name != INCOMING and not in_place:
            yield path


def tidy(session: Session, folder: Path, now: datetime) -> None:
    """Put the folder in order before anybody is served.

    What a crash left half written goes, and files of older installations, named by the id of their
    row, move to where their digest says. One that is not what its row says stays where it is.
    """
    for path in (folder / INCOMING).glob("*"):
        with suppress(FileNotFoundError):
            written_at = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
            if written_at < now - LEFT_BEHIND:
                path.unlink()
    for path in filter(_is_old, list(folder.glob("*"))):
        row = session.get(Attachment, path.name)
        if row and _damage(path, row.sha256) is None:
            _move(path, _place(folder, row.sha256))


def _is_old(path: Path) -> bool:
    return OLD_ID.fullmatch(path.name) is not None


def _damage(path: Path, sha256: str) -> Damage | None:
    try:
        with path.open("rb") as file:
            return None if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else "altered"
    except OSError:
        return "missing"


# --- the disk -------------------------------------------------------------------------------------


def _place(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def _write(folder: Path, stream: IO[bytes]) -> str:
    """Write a file under its SHA-256, which is returned."""
    with _told_when_full(), _incoming(folder) as file:
        digest = hashlib.sha256()
        stream.seek(0)
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        # Also over one that is there: it may have been damaged since.
        _move(Path(file.name), _place(folder, digest.hexdigest()))
    return digest.hexdigest()


@contextmanager
def _incoming(folder: Path) -> Iterator[IO[bytes]]:
    """Open a file that is gone at the end, unless it was moved away."""
    make_folder(folder / INCOMING)
    with NamedTemporaryFile(dir=folder / INCOMING, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


@contextmanager
def _told_when_full() -> Iterator[None]:
    """Raise Problem `disk_full` when there is no room."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise Problem("disk_full") from error


def is_full(error: OSError) -> bool:
    """Return whether the disk, or what one may have of it, is full."""
    return error.errno in FULL


def _move(path: Path, place: Path) -> None:
    """Move a durable file for good: the folders it is in are durable, too."""
    make_folder(place.parent)
    path.replace(place)
    _sync(place.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and what it stands in, for good."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
