"""Reads an .xlsx workbook: sparsely, part by part, and never more of it than a form needs.

ECMA-376 part 1, chapters 11 (parts), 18.3 (worksheets), 18.4 (shared strings) and 18.8 (styles).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from posixpath import join, normpath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from forms.cells import column_letter, split_address
from forms.findings import Count
from forms.formats import limits
from forms.formats.grid import Book, Budget, Details, Grid, refuse
from forms.formats.markup import Attributes, Markup

# zipfile trusts what an archive says of itself, and so fails in many ways over one that lies.
ZIP_FAILURES = (
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
Wanted = Callable[[str], bool]

_ROOT_RELATIONS = "_rels/.rels"
_WORKBOOK = "xl/workbook.xml"
# What an archive is when it is no .xlsx, by a part that it has.
_OTHER_ARCHIVES = (
    ("xl/workbook.bin", "Excel .xlsb"),
    ("word/document.xml", "Word .docx"),
    ("ppt/presentation.xml", "PowerPoint .pptx"),
    ("content.xml", "OpenDocument"),
)
_MACROS = re.compile(r"(^|/)vbaproject\.bin$|^xl/macrosheets/|^xl/dialogsheets/")
_ENCRYPTED = 0x1
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

# Formats for dates that are not written in the workbook, 18.8.30 and those of East Asian editions.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_FORMAT_LITERALS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|General', re.IGNORECASE)
_DATE_SIGNS = re.compile("[dmyhs]", re.IGNORECASE)
_PERCENT_FORMATS = frozenset({9, 10})
_OLD_FONT = re.compile(r"\.vn|vni", re.IGNORECASE)


def read_xlsx(source: bytes, wanted: Wanted, *, detailed: bool = False) -> Book:
    """Return the sheets whose names are `wanted`, and the names of the others.

    `detailed`: say of each cell what else it is, see Details. Raises UnreadableFile for everything
    that is not a workbook, or is more than a form can be.
    """
    archive = _Archive(source)
    workbook = _Workbook(archive)
    sheets = workbook.sheets
    if len(sheets) > limits.MOST_SHEETS:
        raise refuse("too_many_sheets", limit=Count(limits.MOST_SHEETS))
    chosen = [sheet for sheet in sheets if wanted(sheet.title) or len(sheets) == 1]
    styles = _read_styles(archive, workbook.styles)
    from_1904 = workbook.from_1904
    parts = [
        _SheetPart(
            sheet,
            archive,
            styles,
            from_1904=from_1904,
            details=Details(from_1904=from_1904) if detailed else None,
        )
        for sheet in chosen
    ]
    _SharedStrings(archive, workbook.shared_strings, parts)
    others = tuple(sheet.title for sheet in sheets if sheet not in chosen)
    return Book(tuple(part.grid for part in parts), others)


class _Archive:
    """The parts of the file, whose sizes have been checked before anything is unpacked."""

    def __init__(self, source: bytes) -> None:
        self.budget = Budget()
        try:
            self.file = ZipFile(BytesIO(source))
        except ZIP_FAILURES as error:
            raise refuse("broken") from error
        members = self.file.infolist()
        self._check(members)
        # Some programs write back slashes and other cases; the standard compares without case.
        self.parts = {info.filename.replace("\\", "/").lower(): info for info in members}
        if any(map(_MACROS.search, self.parts)):
            raise refuse("macros")

    def read(self, path: str, markup: Markup) -> None:
        """Read a part; one that is not there is empty. Raises UnreadableFile."""
        info = self.parts.get(path.lower())
        if info is None:
            return
        try:
            with self.file.open(info) as stream:
                markup.read(stream)
        except ZIP_FAILURES as error:
            raise refuse("broken", *markup.where()) from error

    def _check(self, members: list[ZipInfo]) -> None:
        if len(members) > limits.MOST_PARTS:
            raise refuse("too_many_parts", limit=Count(limits.MOST_PARTS))
        if any(info.flag_bits & _ENCRYPTED for info in members):
            raise refuse("encrypted")
        # bzip2 and LZMA take memory before they give a byte; no spreadsheet program writes them.
        if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in members):
            raise refuse("broken")
        # What unpacks to more than its head says is cut off there by zipfile, and fails its check.
        if sum(info.file_size for info in members) > limits.LARGEST_UNPACKED:
            raise refuse("too_large_unpacked", limit=str(limits.LARGEST_UNPACKED // 2**20))


# --- the parts of the workbook --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SheetEntry:
    """A sheet as the workbook lists it."""

    title: str
    path: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Relation:
    """A part that another part refers to."""

    kind: str
    path: str


def _nowhere() -> tuple[str, str]:
    return "", ""


class _Workbook:
    """The list of sheets, and where the other parts are."""

    def __init__(self, archive: _Archive) -> None:
        self.from_1904 = False
        self._listed: list[Attributes] = []
        path = self._path(archive)
        markup = Markup(archive.budget, _nowhere)
        markup.starts = {"sheet": self._listed.append, "workbookPr": self._properties}
        archive.read(path, markup)
        relations = _relations(archive, path)
        self.styles = _path_of_kind(relations, "styles")
        self.shared_strings = _path_of_kind(relations, "sharedStrings")
        self.sheets = tuple(self._entries(relations))

    def _path(self, archive: _Archive) -> str:
        relations = _relations(archive, "")
        path = _path_of_kind(relations, "officeDocument") or _WORKBOOK
        for part, name in _OTHER_ARCHIVES:
            if part in archive.parts:
                raise refuse("unreadable", detail=name)
        if path.lower() not in archive.parts:
            raise refuse("unreadable", detail="ZIP")
        return path

    def _properties(self, attributes: Attributes) -> None:
        self.from_1904 = attributes.get("date1904", "") in ("1", "true")

    def _entries(self, relations: dict[str, _Relation]) -> Iterator[_SheetEntry]:
        for attributes in self._listed:
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            relation = relations.get(key, _Relation("", ""))
            hidden = attributes.get("state", "visible") != "visible"
            if relation.kind == "worksheet":
                yield _SheetEntry(attributes.get("name", ""), relation.path, hidden)


def _relations(archive: _Archive, path: str) -> dict[str, _Relation]:
    """Return the parts that a part refers to by identifier; those of the archive for no path."""
    folder, _, name = path.rpartition("/")
    found: dict[str, _Relation] = {}

    def add(attributes: Attributes) -> None:
        target = normpath(join("/", folder, attributes.get("Target", ""))).lstrip("/")
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = _Relation(kind, target)

    markup = Markup(archive.budget, _nowhere)
    markup.starts = {"Relationship": add}
    archive.read(f"{folder}/_rels/{name}.rels".lstrip("/"), markup)
    return found


def _path_of_kind(relations: dict[str, _Relation], kind: str) -> str:
    return next((r.path for r in relations.values() if r.kind == kind), "")


# --- styles ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Styles:
    """By the number of a style: how it writes numbers, and its font if an old one."""

    dates: set[int] = field(default_factory=set)
    percents: set[int] = field(default_factory=set)
    fonts: dict[int, str] = field(default_factory=dict)


class _StylesPart:
    """What the styles part says of formats and fonts."""

    def __init__(self) -> None:
        self.formats: dict[int, bool] = {}
        self.percents = set(_PERCENT_FORMATS)
        self.fonts: list[str] = []
        self.styles: list[tuple[int, int]] = []
        self.in_fonts = False
        self.in_cells = False

    def number_format(self, attributes: Attributes) -> None:
        """Keep whether a format of the workbook's own is one for dates, or for percentages."""
        code = _FORMAT_LITERALS.sub("", attributes.get("formatCode", "")[:250])
        identifier = _whole(attributes.get("numFmtId"))
        self.formats[identifier] = bool(_DATE_SIGNS.search(code.partition(";")[0]))
        if "%" in code:
            self.percents.add(identifier)

    def open_fonts(self, _: Attributes) -> None:
        """Enter the list of fonts."""
        self.in_fonts = True

    def close_fonts(self) -> None:
        """Leave the list of fonts."""
        self.in_fonts = False

    def font(self, _: Attributes) -> None:
        """Begin a font."""
        self.fonts.append("")

    def font_name(self, attributes: Attributes) -> None:
        """Keep the name of the font that was begun."""
        if self.in_fonts and self.fonts:
            self.fonts[-1] = attributes.get("val", "")[:100]

    def open_cells(self, _: Attributes) -> None:
        """Enter the list of styles of cells."""
        self.in_cells = True

    def close_cells(self) -> None:
        """Leave the list of styles of cells."""
        self.in_cells = False

    def style(self, attributes: Attributes) -> None:
        """Keep the format and the font of a style."""
        if not self.in_cells:
            return
        if len(self.styles) >= limits.MOST_STYLES:
            raise refuse("broken")
        self.styles.append((_whole(attributes.get("numFmtId")), _whole(attributes.get("fontId"))))

    def result(self) -> _Styles:
        """Return what the cells need to know."""
        found = _Styles()
        for number, (number_format, font) in enumerate(self.styles):
            if self.formats.get(number_format, number_format in _DATE_FORMATS):
                found.dates.add(number)
            if number_format in self.percents:
                found.percents.add(number)
            name = self.fonts[font] if 0 <= font < len(self.fonts) else ""
            if _OLD_FONT.match(name):
                found.fonts[number] = name
        return found


def _read_styles(archive: _Archive, path: str) -> _Styles:
    part = _StylesPart()
    markup = Markup(archive.budget, _nowhere)
    markup.starts = {
        "numFmt": part.number_format,
        "fonts": part.open_fonts,
        "font": part.font,
        "name": part.font_name,
        "cellXfs": part.open_cells,
        "xf": part.style,
    }
    markup.ends = {"fonts": part.close_fonts, "cellXfs": part.close_cells}
    archive.read(path, markup)
    return part.result()


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < len("1000000000") else 0


# --- cells ----------------------------------------------------------------------------------------


class _SheetPart:
    """The cells of one sheet. Texts that are kept elsewhere are known by their number at first."""

    def __init__(
        self,
        entry: _SheetEntry,
        archive: _Archive,
        styles: _Styles,
        *,
        from_1904: bool,
        details: Details | None,
    ) -> None:
        self.grid = Grid(entry.title, archive.budget, hidden=entry.hidden, details=details)
        self.details = details
        self.shared: dict[tuple[int, int], int] = {}
        self.styles = styles
        self.from_1904 = from_1904
        self.row, self.column, self.reference = 0, -1, ""
        self.type, self.style = "n", 0
        self.formula, self.in_phonetic = False, False
        self.value: str | None = None
        self.inline: list[str] = []
        self.keep: dict[str, Callable[[str], None]] = {
            "s": self._keep_shared,
            "str": self._keep_text,
            "b": self._keep_boolean,
            "e": self._keep_error,
            "d": self._keep_date,
        }
        self.markup = Markup(archive.budget, self.where)
        self.markup.starts = {
            "row": self._row,
            "c": self._cell,
            "f": self._formula,
            "v": self.markup.listen,
            "t": self.markup.listen,
            "rPh": self._phonetic,
            **({} if details is None else {"mergeCell": self._merge}),
        }
        self.markup.ends = {
            "c": self._end_cell,
            "v": self._end_value,
            "t": self._end_text,
            "rPh": self._end_phonetic,
        }
        archive.read(entry.path, self.markup)

    def where(self) -> tuple[str, str]:
        """Return the sheet and the cell that is being read."""
        cell = f"{column_letter(max(self.column, 0))}{max(self.row, 1)}"
        return self.grid.title, self.reference[:20] or cell

    def _row(self, attributes: Attributes) -> None:
        self.row = _whole(attributes.get("r")) or self.row + 1
        self.column, self.reference = -1, ""

    def _cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r", "")
        if not reference:
            self._settle()
            self.column += 1
        self.reference = reference
        self.type = attributes.get("t", "n")
        self.style = _whole(attributes.get("s"))
        self.formula, self.value, self.inline = False, None, []
        self.markup.restart()

    def _settle(self) -> None:
        """Work out the place of the cell; most cells of a sheet may be blank and need none."""
        if self.reference:
            place = split_address(self.reference)
            if place is None:
                raise refuse("broken", *self.where())
            self.row, self.column = place
            self.reference = ""

    def _formula(self, _: Attributes) -> None:
        self.formula = True

    def _phonetic(self, _: Attributes) -> None:
        self.in_phonetic = True

    def _end_phonetic(self) -> None:
        self.in_phonetic = False

    def _end_value(self) -> None:
        self.value = self.markup.heard()

    def _end_text(self) -> None:
        text = self.markup.heard()
        if not self.in_phonetic:
            self.inline.append(text)

    def _end_cell(self) -> None:
        if not (self.inline or self.formula or self.value is not None):
            return
        self._settle()
        if self.details is not None and self.formula:
            self.details.formulas.add((self.row, self.column))
        if self.inline:
            self._keep_text("".join(self.inline))
        elif self.value or (self.value == "" and self.type == "str"):
            self.keep.get(self.type, self._keep_number)(self.value)
        elif self.formula:
            self.grid.claim(self.row, self.column)
            self.grid.note(self.row, self.column, "formula")

    def _keep_text(self, text: str) -> None:
        self._keep_font()
        self.grid.put(self.row, self.column, unescape(text))

    def _keep_shared(self, text: str) -> None:
        self.grid.claim(self.row, self.column)
        self._keep_font()
        self.shared[self.row, self.column] = _whole(text) if text.isdecimal() else -1

    def _keep_boolean(self, text: str) -> None:
        self.grid.put(self.row, self.column, "true" if text == "1" else "false")

    def _keep_error(self, text: str) -> None:
        self.grid.claim(self.row, self.column)
        self.grid.note(self.row, self.column, "error_value", value=text[:20])

    def _keep_date(self, text: str) -> None:
        self.grid.dates.add((self.row, self.column))
        self.grid.put(self.row, self.column, text)

    def _keep_number(self, text: str) -> None:
        if self.style in self.styles.dates and _is_number(text):
            self.grid.put_date(self.row, self.column, float(text), from_1904=self.from_1904)
        else:
            self.grid.put_number(self.row, self.column, text)
            self._keep_kind()

    def _keep_kind(self) -> None:
        """Keep that a cell holds a number, and whether it is shown as a percentage."""
        if self.details is None:
            return
        self.details.numbers.add((self.row, self.column))
        if self.style in self.styles.percents:
            self.details.percents.add((self.row, self.column))

    def _merge(self, attributes: Attributes) -> None:
        """Keep a block of merged cells; no sheet that is filled in has more of them than cells."""
        if self.details is None or len(self.details.merges) >= limits.MOST_MERGES:
            raise refuse("too_many_elements", self.grid.title)
        self.details.merges.append(attributes.get("ref", "")[:30])

    def _keep_font(self) -> None:
        if self.style in self.styles.fonts:
            self.grid.fonts[self.row, self.column] = self.styles.fonts[self.style]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class _SharedStrings:
    """The texts that cells share: only those are kept that a cell of the form has."""

    def __init__(self, archive: _Archive, path: str, parts: list[_SheetPart]) -> None:
        self.needed: dict[int, tuple[str, str]] = {}
        for part in parts:
            for (row, column), number in part.shared.items():
                place = (part.grid.title, f"{column_letter(column)}{row}")
                self.needed.setdefault(number, place)
        self.texts: dict[int, str] = {}
        self.length = 0
        self.number = -1
        self.in_phonetic = False
        self.pieces: list[str] = []
        self.markup = Markup(archive.budget, self.where)
        self.markup.starts = {"si": self._item, "t": self._listen, "rPh": self._phonetic}
        self.markup.ends = {"si": self._end_item, "t": self._end_text, "rPh": self._end_phonetic}
        archive.read(path, self.markup)
        for part in parts:
            self._put(part)

    def where(self) -> tuple[str, str]:
        """Return the first cell that has the text that is being read."""
        return self.needed.get(self.number, ("", ""))

    def _put(self, part: _SheetPart) -> None:
        for (row, column), number in part.shared.items():
            if number not in self.texts:
                raise refuse("broken", *self.needed[number])
            part.grid.fill(row, column, self.texts[number])

    def _item(self, _: Attributes) -> None:
        self.number += 1
        self.pieces = []
        self.markup.restart()

    def _listen(self, _: Attributes) -> None:
        if self.number in self.needed and not self.in_phonetic:
            self.markup.listen()

    def _phonetic(self, _: Attributes) -> None:
        self.in_phonetic = True

    def _end_phonetic(self) -> None:
        self.in_phonetic = False

    def _end_text(self) -> None:
        if self.number in self.needed and not self.in_phonetic:
            self.pieces.append(self.markup.heard())

    def _end_item(self) -> None:
        if self.number in self.needed:
            self.texts[self.number] = text = unescape("".join(self.pieces))
            self.length += len(text)
        if self.length > limits.MOST_TEXT:
            raise refuse("too_much_text", self.where()[0], limit=Count(limits.MOST_TEXT))


def unescape(text: str) -> str:
    """Return a text of a workbook with `_x000D_` and the like as the signs they stand for.

    18.4.12: what XML cannot hold is written so; an underscore before such a text is `_x005F_`.
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
