"""The part of a sheet around a cell, to show where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from forms.cells import column_index, column_letter, split_address
from forms.datasets import CSV
from forms.findings import FormErrors
from forms.formats.grid import UnreadableFile
from forms.formats.plain import csv_rows, decode
from forms.sheets import read_form

ROWS_AROUND, COLUMNS_AROUND = 3, 3
# On a narrow screen only so many columns on either side are shown.
COLUMNS_NEAR = 1
LONGEST_CELL = 80
# By this column a person knows a row again.
TELLING = "name"

# Every cell that is not blank, by row number and by the letters of its column.
Lines = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class DrawnSheet:
    """A sheet as it was written: its cells, the row of its headings, the column that tells rows."""

    lines: Lines
    top: int
    telling: str


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell as it is drawn: whether it is the wrong one, and whether it stands right beside it."""

    text: str
    wrong: bool
    near: bool


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row as it is drawn; the first one holds the headings."""

    number: int
    cells: tuple[DrawnCell, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The rows and columns around a cell of a sheet; `letters` head the columns."""

    sheet: str
    address: str
    letters: tuple[DrawnCell, ...]
    rows: tuple[DrawnRow, ...]


def drawn_sheets(
    source: bytes, file_name: str, files: Mapping[str, bytes]
) -> Mapping[str, DrawnSheet]:
    """Return the sheets of a form by the names on their tabs, and the CSV files beside it by name.

    What cannot be read is left out.
    """
    tables = {name: _csv_lines(content) for name, content in files.items() if name.endswith(CSV)}
    drawn = {name: DrawnSheet(lines, 1, "") for name, lines in tables.items() if lines}
    with suppress(FormErrors):
        for sheet in read_form(source, file_name).sheets.values():
            telling = sheet.columns.get(TELLING, "")
            drawn[sheet.title] = DrawnSheet(sheet.lines, sheet.top, telling)
    return drawn


def _csv_lines(content: bytes) -> Lines:
    try:
        rows = list(csv_rows(decode(content)))
    except UnreadableFile:
        return {}
    return {
        number: {column_letter(index): text for index, text in enumerate(cells) if text}
        for number, cells in rows
    }


def excerpt(sheets: Mapping[str, DrawnSheet], name: str, address: str) -> Excerpt | None:
    """Return what stands around a cell; None when there is no such sheet or cell."""
    sheet, place = sheets.get(name), split_address(address)
    if sheet is None or place is None:
        return None
    row, column = place
    columns = _columns(sheet, column)
    near = {
        c for c in columns if abs(c - column) <= COLUMNS_NEAR or column_letter(c) == sheet.telling
    }
    return Excerpt(
        sheet=name,
        address=address,
        letters=tuple(DrawnCell(column_letter(c), c == column, c in near) for c in columns),
        rows=tuple(
            DrawnRow(number, tuple(_cell(sheet, (number, c), (row, column), near) for c in columns))
            for number in _rows(sheet, row)
        ),
    )


def _cell(
    sheet: DrawnSheet, place: tuple[int, int], wrong: tuple[int, int], near: Iterable[int]
) -> DrawnCell:
    text = sheet.lines.get(place[0], {}).get(column_letter(place[1]), "")
    if place != wrong and len(text) > LONGEST_CELL:
        text = f"{text[:LONGEST_CELL]}…"
    return DrawnCell(text, place == wrong, place[1] in near)


def _columns(sheet: DrawnSheet, column: int) -> list[int]:
    """Return the columns to draw: those around the cell, and the one by which rows are known."""
    last = max(
        (column, *(column_index(letters) for line in sheet.lines.values() for letters in line))
    )
    around = range(max(column - COLUMNS_AROUND, 0), min(column + COLUMNS_AROUND, last) + 1)
    telling = {column_index(sheet.telling)} if sheet.telling else set()
    return sorted({*around, *telling})


def _rows(sheet: DrawnSheet, row: int) -> list[int]:
    """Return the rows to draw: the headings and those around the cell, as far as there are."""
    last = max((row, *sheet.lines))
    first = max(row - ROWS_AROUND, sheet.top)
    return sorted({sheet.top, *range(first, min(row + ROWS_AROUND, last) + 1)})
