"""Read a form file (.xlsx, .xls, .csv or .md) into sheets of clean text, each cell with an address.

Nothing here trusts the file: see forms.formats.limits. What a person wrote is understood (see
forms.headings) and kept as written beside it, for errors to name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import PurePath
from typing import Any

from forms.cells import Row, Sheet, column_letter, split_address
from forms.findings import Count, Finding, FormErrors
from forms.formats import limits
from forms.formats.grid import Book, Grid, UnreadableFile, refuse
from forms.formats.plain import read_csv, read_markdown
from forms.formats.signs import kind_of
from forms.formats.xls import OLE, read_xls
from forms.formats.xlsx import read_xlsx
from forms.headings import (
    FILES,
    TRANSLATED,
    canonical_heading,
    canonical_headings,
    canonical_sheet,
    canonical_type,
    is_form_sheet,
    split_heading,
)
from forms.labels import language_code
from language.text import clean, clean_lines, forbidden_character, is_clean, legacy_encoding

__all__ = [
    "ENDINGS",
    "FormFile",
    "Row",
    "Sheet",
    "column_letter",
    "for_pyxform",
    "read_form",
    "read_sheets",
]

ENDINGS = (".xlsx", ".xls", ".csv", ".md")
_MACRO_ENDINGS = (".xlsm", ".xltm", ".xlam")
_ZIP = b"PK\x03\x04"
# Where a date is what is meant, and not what Excel made of `1-2`.
_DATES_WELCOME = frozenset({"default", "version"})
_VIETNAMESE = "vi"
_REPLACEMENT = "\ufffd"
_SPACED_NAME = re.compile(r"\$\{\s*([^\s{}]+)\s*\}")


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form file as it was read: its sheets by canonical name, and what was found on the way.

    With errors it cannot be published, but its sheets can still be checked further and drawn.
    """

    sheets: dict[str, Sheet]
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


def read_sheets(source: bytes, file_name: str) -> dict[str, Sheet]:
    """Return the sheets of a form by canonical name. Raises FormErrors with every error."""
    form = read_form(source, file_name)
    if form.errors:
        raise FormErrors(form.errors)
    return form.sheets


def read_form(source: bytes, file_name: str) -> FormFile:
    """Return the sheets of a form with what was found in their cells.

    Raises FormErrors when nothing of the file can be read: a wrong, broken or hostile file.
    """
    try:
        book = _read_book(source, PurePath(file_name).suffix.lower())
    except UnreadableFile as error:
        raise FormErrors((error.finding,)) from error
    return _form(book)


# Columns of the survey sheet that other tools do not know, or know otherwise.
OURS = frozenset({"parameters", "measure"})


def for_pyxform(sheets: Mapping[str, Sheet]) -> dict[str, Any]:
    """Return the sheets as pyxform.xls2xform.convert takes them instead of a file.

    Headings and types are canonical, and every row keeps its number, for pyxform's own errors.
    """
    known = {name: sheet for name, sheet in sheets.items() if name not in ("tables", "checks")}
    rows = {name: _pyxform_rows(sheet) for name, sheet in known.items()}
    headers = {f"{name}_header": [dict.fromkeys(_foreign(s))] for name, s in known.items()}
    return {**rows, **headers, "sheet_names": list(known)}


def _foreign(sheet: Sheet) -> list[str]:
    """Return the headings to ask pyxform about: some are ours, and a title has one language."""
    ours = {h for h in sheet.columns if sheet.name == "survey" and h.partition("::")[0] in OURS}
    if sheet.name == "settings":
        ours = {heading for heading in sheet.columns if "::" in heading}
    return [heading for heading in sheet.columns if heading not in ours]


def _pyxform_rows(sheet: Sheet) -> list[dict[str, str]]:
    last = sheet.rows[-1].number if sheet.rows else sheet.top
    rows: list[dict[str, str]] = [{} for _ in range(2, last + 1)]
    headings = _foreign(sheet)
    for row in sheet.rows:
        cells = {heading: row.cells[heading] for heading in headings if heading in row.cells}
        if sheet.name == "survey" and "type" in cells:
            cells["type"] = canonical_type(cells["type"])
        rows[row.number - 2] = cells
    return rows


# --- the file -------------------------------------------------------------------------------------


def _read_book(source: bytes, ending: str) -> Book:
    if ending in _MACRO_ENDINGS:
        raise refuse("macros")
    if ending not in ENDINGS:
        raise refuse("extension")
    if not source.strip():
        raise refuse("empty_file")
    if len(source) > limits.LARGEST_FILE:
        raise refuse("too_large", limit=str(limits.LARGEST_FILE // 2**20))
    return _READERS[ending](source)


def _read_workbook(source: bytes) -> Book:
    """Read a workbook by what its bytes are; many an .xls is an .xlsx under an old name."""
    if source.startswith(_ZIP):
        return read_xlsx(source, is_form_sheet)
    if source.startswith(OLE):
        return read_xls(source, is_form_sheet)
    raise refuse("unreadable", detail=kind_of(source) or Finding("", "", "unknown_kind"))


def _read_text(read: Callable[[bytes], Book], source: bytes) -> Book:
    kind = kind_of(source)
    if kind:
        raise refuse("unreadable", detail=kind)
    return read(source)


_READERS: Mapping[str, Callable[[bytes], Book]] = {
    ".xlsx": _read_workbook,
    ".xls": _read_workbook,
    ".csv": partial(_read_text, read_csv),
    ".md": partial(_read_text, read_markdown),
}


# --- the sheets -----------------------------------------------------------------------------------


def _form(book: Book) -> FormFile:
    sheets: dict[str, Sheet] = {}
    errors: list[Finding] = []
    warnings = [Finding(name, "", "unknown_sheet") for name in book.others if name[:1] != "_"]
    readings = [_Reading(grid, _sheet_name(grid, book)) for grid in book.grids]
    language = _default_language(readings)
    for reading in readings:
        if reading.sheet.name in sheets:
            first = sheets[reading.sheet.name].title
            errors.append(Finding(reading.sheet.title, "", "duplicate_sheet", (("name", first),)))
            continue
        sheets[reading.sheet.name] = reading.sheet
        reading.check_cells(language)
        errors += reading.errors()
        warnings += reading.warnings()
    return FormFile(sheets, tuple(errors[: limits.MOST_ERRORS]), tuple(warnings))


def _sheet_name(grid: Grid, book: Book) -> str:
    """Return the canonical name; the only sheet of a file is the survey when it looks like one."""
    name = canonical_sheet(grid.title)
    if is_form_sheet(name) or len(book.grids) + len(book.others) > 1:
        return name
    first = grid.rows[min(grid.rows)] if grid.rows else {}
    headings = {canonical_heading("survey", text) for text in first.values()}
    return "survey" if headings >= {"type", "name"} else name


def _default_language(readings: list[_Reading]) -> str:
    """Return the code of the form's default language; Vietnamese when it names none."""
    settings = [r.sheet for r in readings if r.sheet.name == "settings" and r.sheet.rows]
    name = settings[0].rows[0].get("default_language") if settings else ""
    return language_code(name) if name else _VIETNAMESE


def _close_up(text: str) -> str:
    """Return a text without the stray spaces of `${ name }`, which other tools do not take."""
    return _SPACED_NAME.sub(r"${\1}", text) if "${" in text else text


@cache
def _order(address: str) -> tuple[int, int]:
    return split_address(address) or (0, 0)


class _Reading:
    """One grid becoming a sheet: its text cleaned, its headings understood, its cells checked."""

    def __init__(self, grid: Grid, name: str) -> None:
        self.grid = grid
        self.name = name
        self.found = [finding for _, _, finding in grid.findings]
        self.cleaned: dict[str, str] = {}
        self.headings: dict[int, str] = {}
        self.rows = {number: self._clean_row(number) for number in sorted(grid.rows)}
        self.sheet = self._sheet()

    def errors(self) -> list[Finding]:
        """Return every error of the sheet, from the top."""
        return sorted(self.found, key=lambda finding: _order(finding.cell))

    def warnings(self) -> Iterator[Finding]:
        """Yield what a person may not have meant."""
        if self.grid.hidden:
            yield Finding(self.grid.title, "", "hidden_sheet")
        for row, column in sorted(self.grid.dates):
            base, _ = split_heading(self.headings.get(column, ""))
            if base and base not in _DATES_WELCOME:
                yield self._finding(row, column, "date_cell", self.rows[row].get(column, ""))

    def check_cells(self, default_language: str) -> None:
        """Find texts that are too long for what they are, or in an old encoding."""
        for column, heading in self.headings.items():
            base, language = split_heading(heading)
            longest = limits.LONGEST_BY_HEADING.get(base, limits.LONGEST_CELL)
            code = language_code(language) if language else default_language
            is_text = base in TRANSLATED.get(self.name, ()) and base not in FILES
            self._check_column(column, longest, is_vietnamese=is_text and code == _VIETNAMESE)

    def _check_column(self, column: int, longest: int, *, is_vietnamese: bool) -> None:
        for row, cells in self.rows.items():
            text = cells.get(column, "")
            if len(text) > longest and row != self.sheet.top:
                self._error(row, column, "cell_too_long", limit=Count(longest))
            elif is_vietnamese and not text.isascii():
                self._check_encoding(row, column, text)

    def _check_encoding(self, row: int, column: int, text: str) -> None:
        encoding = legacy_encoding(text, self.grid.fonts.get((row, column), ""))
        if encoding:
            self._error(row, column, "old_encoding", encoding=encoding)

    def _clean_row(self, number: int) -> dict[int, str]:
        cells = ((c, self._clean(number, c, text)) for c, text in self.grid.rows[number].items())
        return {column: _close_up(text) for column, text in sorted(cells) if text}

    def _clean(self, row: int, column: int, text: str) -> str:
        """Return a text in NFC without signs that nobody sees; many cells have the same one."""
        if is_clean(text) and _REPLACEMENT not in text:
            return text
        found = self.cleaned.get(text)
        if found is None:
            found = self.cleaned[text] = clean_lines(text)
        if forbidden_character(found):
            self._error(row, column, "character")
            found = "".join(s for s in found if not forbidden_character(s) or s == _REPLACEMENT)
        return found

    def _sheet(self) -> Sheet:
        top = min((number for number, cells in self.rows.items() if cells), default=1)
        columns, titles = self._read_headings(top)
        rows = (
            Row(number, {h: cells[c] for c, h in self.headings.items() if c in cells})
            for number, cells in self.rows.items()
            if number > top
        )
        return Sheet(
            self.name,
            columns,
            tuple(row for row in rows if row.cells),
            clean(self.grid.title),
            titles,
            {
                number: {column_letter(column): text for column, text in cells.items()}
                for number, cells in self.rows.items()
                if cells
            },
            top,
        )

    def _read_headings(self, top: int) -> tuple[dict[str, str], dict[str, str]]:
        cells = self.rows.get(top, {})
        texts = [clean(text)[: limits.LONGEST_HEADING] for text in cells.values()]
        columns: dict[str, str] = {}
        titles: dict[str, str] = {}
        seen: dict[tuple[str, str], str] = {}
        for column, title, heading in zip(
            cells, texts, canonical_headings(self.name, texts), strict=True
        ):
            base, language = split_heading(heading)
            key = (base, language_code(language))
            if len(cells[column]) > limits.LONGEST_HEADING:
                self._error(top, column, "cell_too_long", limit=Count(limits.LONGEST_HEADING))
            elif key in seen:
                first = f"{seen[key]}{top}"
                self._error(top, column, "duplicate_heading", value=title, cell=first)
            else:
                seen[key] = columns[heading] = column_letter(column)
                titles[heading] = title
                self.headings[column] = heading
        return columns, titles

    def _error(self, row: int, column: int, key: str, **parts: Any) -> None:
        cell = f"{column_letter(column)}{row}"
        self.found.append(Finding(clean(self.grid.title), cell, key, tuple(parts.items())))

    def _finding(self, row: int, column: int, key: str, value: str) -> Finding:
        cell = f"{column_letter(column)}{row}"
        return Finding(clean(self.grid.title), cell, key, (("value", value),))
