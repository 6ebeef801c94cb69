"""What a file is: told by what is in it, whatever it is called.

Only what offices send each other is known. A file of any other type, a program above all, is
unknown, and so is one that only pretends.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import SEEK_END
from pathlib import PurePosixPath
from typing import IO, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from forms import drawing
from forms.formats.compound import SIGNATURE as OLE
from forms.formats.compound import CompoundError, root_names
from forms.formats.xlsx import ZIP_FAILURES

Why = Literal["unknown", "macros", "password", "pixels"]


class ContentError(ValueError):
    """A file that cannot be taken, and why: `why` is one of `Why`."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Content:
    """A type of file: its media type and how its name may end, the usual ending first."""

    media_type: str
    endings: tuple[str, ...]

    def allows(self, accept: Iterable[str]) -> bool:
        """Return whether a question that takes these endings takes this type; all when none."""
        wanted = {ending.lower() for ending in accept}
        return not wanted or bool(wanted.intersection(self.endings))

    def named(self, name: str) -> str:
        """Return the name with an ending that says what the file is.

        Another type's ending goes; any other, which may be a part of the name, stays before it.
        """
        ending = PurePosixPath(name).suffix.lower()
        if ending in self.endings:
            return name
        return (name[: -len(ending)] if ending in ENDINGS else name) + self.endings[0]


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
PDF = Content("application/pdf", (".pdf",))
JPEG = Content("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))
PNG = Content("image/png", (".png",))
# By the type that the archive states of its main part (ECMA-376 part 1, 11 to 13) or of itself
# (OpenDocument 1.3 part 2, 3.3).
_BY_MAIN_PART: Mapping[str, Content] = {
    f"{media_type}.main+xml": Content(media_type, (ending,))
    for media_type, ending in (
        (f"{_OFFICE}wordprocessingml.document", ".docx"),
        (f"{_OFFICE}spreadsheetml.sheet", ".xlsx"),
        (f"{_OFFICE}presentationml.presentation", ".pptx"),
    )
}
_BY_STATEMENT: Mapping[str, Content] = {
    f"{_OPEN}{kind}": Content(f"{_OPEN}{kind}", (ending,))
    for kind, ending in (("text", ".odt"), ("spreadsheet", ".ods"), ("presentation", ".odp"))
}
# By a stream at the root of a compound file.
_BY_STREAM: Mapping[str, Content] = {
    "WordDocument": Content("application/msword", (".doc",)),
    "Workbook": Content("application/vnd.ms-excel", (".xls",)),
    "Book": Content("application/vnd.ms-excel", (".xls",)),
}
CONTENTS: tuple[Content, ...] = tuple(
    dict.fromkeys(
        (PDF, *_BY_MAIN_PART.values(), *_BY_STATEMENT.values(), *_BY_STREAM.values(), JPEG, PNG)
    )
)
# The usual ending of every type that can be kept, and every ending that means one.
USUAL_ENDINGS = tuple(content.endings[0] for content in CONTENTS)
ENDINGS = frozenset(ending for content in CONTENTS for ending in content.endings)
PICTURES = (JPEG, PNG)


def content_of(file: IO[bytes]) -> Content:
    """Return what a file is; it is read here and there. Raises ContentError."""
    file.seek(0)
    beginning = file.read(max(map(len, _READERS)))
    for signature, read in _READERS.items():
        if beginning.startswith(signature):
            return read(file)
    raise ContentError("unknown")


# --- archives: .docx, .xlsx, .pptx, .odt, .ods, .odp ----------------------------------------------

# The end of an archive, APPNOTE 4.3.16: where it stands at the latest, and the place in it of the
# number of entries and of the size of the directory. zipfile takes a millisecond for 40 entries.
_END = b"PK\x05\x06"
_END_BYTES, _FARTHEST_END = 22, 22 + 65_535
_ENTRIES_AT = struct.Struct("<10xHI")
MOST_PARTS = 10_000
LARGEST_DIRECTORY_BYTES = 1024 * 1024
LARGEST_STATEMENT_BYTES = 1024 * 1024
_ENCRYPTED = 0x1
_TYPES, _STATEMENT = "[Content_Types].xml", "mimetype"
_STATED = re.compile(rb"""\bContentType\s*=\s*["']([^"']+)["']""")
_MACRO_TYPE = re.compile("macroenabled|vbaproject", re.IGNORECASE)
_MACRO_PART = re.compile(r"(^|/)vbaproject\.bin$|(^|/)macrosheets/|^(basic|scripts)/.")


def _archive(file: IO[bytes]) -> Content:
    _check_directory(file)
    try:
        with ZipFile(file) as archive:
            return _archived(archive)
    except ContentError:
        raise
    except ZIP_FAILURES as error:
        raise ContentError("unknown") from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuse an archive whose directory is larger than an office file's, before it is read."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - _FARTHEST_END))
    tail = file.read(_FARTHEST_END)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ContentError("unknown")
    count, directory_bytes = _ENTRIES_AT.unpack_from(tail, at)
    if count > MOST_PARTS or directory_bytes > LARGEST_DIRECTORY_BYTES:
        raise ContentError("unknown")


def _archived(archive: ZipFile) -> Content:
    parts = {info.filename.replace("\\", "/"): info for info in archive.infolist()}
    if any(_MACRO_PART.search(name.lower()) for name in parts):
        raise ContentError("macros")
    if _TYPES in parts:
        return _office_document(_read(archive, parts[_TYPES]))
    if _STATEMENT in parts:
        return _known(_BY_STATEMENT, [_read(archive, parts[_STATEMENT]).decode("ascii").strip()])
    raise ContentError("unknown")


def _read(archive: ZipFile, info: ZipInfo) -> bytes:
    """Return a small part. bzip2 and LZMA take memory before they give a byte; nobody uses them."""
    plain = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    if info.flag_bits & _ENCRYPTED or not plain or info.file_size > LARGEST_STATEMENT_BYTES:
        raise ContentError("unknown")
    return archive.read(info)


def _office_document(types: bytes) -> Content:
    stated = [found.decode("ascii") for found in _STATED.findall(types)]
    if any(map(_MACRO_TYPE.search, stated)):
        raise ContentError("macros")
    return _known(_BY_MAIN_PART, stated)


def _known(table: Mapping[str, Content], names: Iterable[str]) -> Content:
    """Return the one type that the names tell; a file that is two things at once is unknown."""
    found = {table[name] for name in names if name in table}
    if len(found) != 1:
        raise ContentError("unknown")
    return found.pop()


# --- compound files: .doc, .xls -------------------------------------------------------------------

_MACRO_STORAGES = frozenset({"Macros", "_VBA_PROJECT_CUR"})


def _compound(file: IO[bytes]) -> Content:
    try:
        names = root_names(file)
    except CompoundError as error:
        raise ContentError("unknown") from error
    if "EncryptedPackage" in names:
        raise ContentError("password")
    if names & _MACRO_STORAGES:
        raise ContentError("macros")
    return _known(_BY_STREAM, names)


# --- pictures -------------------------------------------------------------------------------------


def _picture(content: Content) -> Callable[[IO[bytes]], Content]:
    def read(file: IO[bytes]) -> Content:
        try:
            drawing.check(file)
        except drawing.PictureError as error:
            raise ContentError("pixels" if error.too_large else "unknown") from error
        return content

    return read


# How a file of each type begins, and what looks further into it.
_READERS: Mapping[bytes, Callable[[IO[bytes]], Content]] = {
    b"%PDF-": lambda _: PDF,
    b"PK\x03\x04": _archive,
    OLE: _compound,
    b"\xff\xd8\xff": _picture(JPEG),
    b"\x89PNG\r\n\x1a\n": _picture(PNG),
}
