"""The files within a .docx: read with limits, refused when one could do more than be printed.

A template is opened by the office's Word and by LibreOffice on the server. So nothing in it may
run, be loaded from elsewhere, or be read from a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from posixpath import normpath
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from exports.word_xml import W

LARGEST_TEMPLATE = 2 * 1024 * 1024
LARGEST_UNPACKED, MOST_FILES = 20 * 1024 * 1024, 200
MAIN = "word/document.xml"
CONTENT_TYPES = "[Content_Types].xml"
OLD_WORD = b"\xd0\xcf\x11\xe0"
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# The same time for every file: the same document gives the same bytes.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 1
# What a document may be made of, by the last word of the kind of a relationship.
_KINDS = frozenset(
    {
        *("officeDocument", "styles", "settings", "webSettings", "fontTable", "theme"),
        *("numbering", "header", "footer", "footnotes", "endnotes", "image", "customXml"),
        *("customXmlProps", "core-properties", "extended-properties", "custom-properties"),
        *("thumbnail", "stylesWithEffects", "people", "commentsExtended", "commentsIds"),
        *("comments", "commentsExtensible", "classificationlabels"),
    }
)
_PICTURES = re.compile(r"\.(png|jpe?g|gif)$", re.IGNORECASE)
# Fields that look at nothing but the document itself.
_FIELDS = frozenset(
    {
        *("PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "TOC", "REF", "PAGEREF", "STYLEREF"),
        *("SEQ", "DATE", "TIME", "TITLE", "AUTHOR", "SUBJECT", "="),
    }
)
_POINTING = frozenset({"src", "href"})
_FORBIDDEN_ELEMENTS = frozenset(
    f"{{{W}}}{name}" for name in ("altChunk", "subDoc", "object", "control", "mailMerge")
)

Files = dict[str, bytes]
# An element of lxml, which has no types.
Element = Any


class UnsafeFile(Exception):
    """A file is no .docx that may be used: `code` says why, `words` what in it is at fault."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


def read_package(source: bytes) -> Files:
    """Return the files of a template by name. Raises UnsafeFile."""
    if len(source) > LARGEST_TEMPLATE:
        raise UnsafeFile("too_large", str(LARGEST_TEMPLATE // 1024**2))
    if source.startswith(OLD_WORD):
        raise UnsafeFile("old_word")
    files = unpack(source)
    if MAIN not in files or CONTENT_TYPES not in files:
        raise UnsafeFile("no_document")
    for check in (_check_types, _check_relationships, _check_markup):
        check(files)
    return files


def write_package(files: Mapping[str, bytes]) -> bytes:
    """Return files as a .docx; the same files always give the same bytes."""
    output = BytesIO()
    first = (CONTENT_TYPES, "_rels/.rels")
    names = (*first, *(name for name in sorted(files) if name not in first))
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(ZipInfo(name, FIXED_TIME), files[name], ZIP_DEFLATED)
    return output.getvalue()


def parse(content: bytes) -> Element:
    """Return the root of an XML file. Raises UnsafeFile, also for one that declares entities."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeFile("unreadable") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeFile("unreadable")
    return root


def serialise(root: Element) -> bytes:
    """Return an XML file."""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


# --- unpacking ------------------------------------------------------------------------------------


def unpack(source: bytes) -> Files:
    """Return the files of an archive by name. Raises UnsafeFile when they are too many."""
    try:
        with ZipFile(BytesIO(source)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            return {entry.filename: _read(archive, entry) for entry in entries}
    except (BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise UnsafeFile("no_document") from error


def _check_entries(entries: list[ZipInfo]) -> None:
    """Refuse what would unpack to more than a document is. Raises UnsafeFile."""
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(e.file_size for e in entries) > LARGEST_UNPACKED:
        raise UnsafeFile("too_much")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise UnsafeFile("old_word")
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise UnsafeFile("no_document")
    if len({name.lower() for name in names}) < len(names) or any(map(_leads_out, names)):
        raise UnsafeFile("no_document")


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "..")) or "\\" in name or normpath(name) != name


def _read(archive: ZipFile, entry: ZipInfo) -> bytes:
    """Return a file, no more of it than it says it has."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise UnsafeFile("too_much")
    return content


# --- what is in it --------------------------------------------------------------------------------


def _check_types(files: Files) -> None:
    """Refuse macros, and what is no document: a template of Word, a book. Raises UnsafeFile."""
    text = files[CONTENT_TYPES].decode("utf-8", "replace").lower()
    if "macroenabled" in text or "vbaproject" in text or "activex" in text:
        raise UnsafeFile("macros")
    types = {element.get("ContentType", "") for element in parse(files[CONTENT_TYPES]).iter()}
    if DOCUMENT_TYPE not in types:
        raise UnsafeFile("no_document")


def _check_relationships(files: Files) -> None:
    """Refuse what leads out of the file, or to a part that documents need not have."""
    for name in filter(lambda name: name.endswith(".rels"), files):
        for relationship in parse(files[name]).iter(RELATIONSHIP):
            _check_relationship(relationship)


def _check_relationship(relationship: Element) -> None:
    kind = str(relationship.get("Type", "")).rpartition("/")[2]
    target = str(relationship.get("Target", ""))
    if relationship.get("TargetMode", "Internal") != "Internal":
        raise UnsafeFile("external", target)
    if kind not in _KINDS:
        raise UnsafeFile("macros" if "vba" in kind.lower() else "part", kind)
    if kind in ("image", "thumbnail") and not _PICTURES.search(target):
        raise UnsafeFile("picture", target)


def _check_markup(files: Files) -> None:
    for name in filter(lambda name: name.endswith(".xml") and name != CONTENT_TYPES, files):
        root = parse(files[name])
        for check in _CHECKS:
            for words in check(root):
                raise UnsafeFile("external", words)


def _elements(root: Element) -> Iterator[str]:
    for element in root.iter(*_FORBIDDEN_ELEMENTS):
        yield etree.QName(element).localname


def _pointers(root: Element) -> Iterator[str]:
    """Yield attributes by which old drawings load a picture from anywhere."""
    for element in root.iter("{*}*"):
        for name, value in element.attrib.items():
            if etree.QName(str(name)).localname in _POINTING and str(value).strip():
                yield str(value)


def _fields(root: Element) -> Iterator[str]:
    """Yield fields that look at anything but the document, however their text is parted."""
    simple = (str(e.get(f"{{{W}}}instr", "")) for e in root.iter(f"{{{W}}}fldSimple"))
    for instruction in (*simple, *_instructions(root)):
        word = (instruction.split() or [""])[0].upper()
        if word and word not in _FIELDS and not word.startswith("="):
            yield instruction.strip()


def _instructions(root: Element) -> Iterator[str]:
    """Yield the instructions of fields; what follows the beginning of another one is put apart."""
    text = ""
    for element in root.iter(f"{{{W}}}fldChar", f"{{{W}}}instrText", f"{{{W}}}delInstrText"):
        if etree.QName(element).localname == "fldChar":
            yield text
            text = ""
        else:
            text += element.text or ""
    yield text


_CHECKS: Iterable[Callable[[Element], Iterator[str]]] = (_elements, _pointers, _fields)
