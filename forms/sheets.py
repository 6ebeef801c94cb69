"""Read an XLSForm file into sheets of text cells, each with its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook

_PIPE = re.compile(r"(?<!\\)\|")
_SPACES = re.compile(r"\s+")


class UnreadableFile(Exception):
    """The bytes are not a workbook or a Markdown form that can be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headings: its number in the spreadsheet, and its cells by heading."""

    number: int
    cells: dict[str, str]

    def get(self, heading: str) -> str:
        """Return the text under `heading`, or an empty string."""
        return self.cells.get(heading, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its headings with the letters of their columns, and its rows that are not blank."""

    name: str
    columns: dict[str, str]
    rows: tuple[Row, ...]

    def address(self, row: Row | None, heading: str) -> str:
        """Return the address of a cell, like `C7`; of the heading when there is no row."""
        number = row.number if row else 1
        return f"{self.columns.get(heading, 'A')}{number}"


def read_sheets(source: bytes, file_name: str) -> dict[str, Sheet]:
    """Return the sheets of an .xlsx, .xls or .md form by lower-case name.

    Raises UnreadableFile when the bytes are not what the name says.
    """
    suffix = PurePath(file_name).suffix.lower()
    grids = _markdown_grids(source) if suffix == ".md" else _workbook_grids(source)
    return {name.lower(): _sheet(name.lower(), grid) for name, grid in grids}


def column_letter(index: int) -> str:
    """Return the letters of a column: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _markdown_grids(source: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    try:
        lines = source.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableFile("UTF-8") from error
    grids: list[tuple[str, list[list[str]]]] = []
    for line in lines:
        cells = _markdown_cells(line)
        if cells and cells[0]:
            grids.append((cells[0], []))
        if cells and grids and any(cells[1:]):
            grids[-1][1].append(cells[1:])
    yield from grids


def _markdown_cells(line: str) -> list[str]:
    if not line.lstrip().startswith("|"):
        return []
    parts = _PIPE.split(line.strip())[1:]
    return [part.replace("\\|", "|").strip() for part in parts]


def _workbook_grids(source: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(source))
        for name in book.sheet_names:
            grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield name, [[_cell(value) for value in row] for row in grid]
    except CalamineError as error:
        raise UnreadableFile(str(error)) from error


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _sheet(name: str, grid: list[list[str]]) -> Sheet:
    headings = [_SPACES.sub(" ", text) for text in grid[0]] if grid else []
    columns = {heading: column_letter(index) for index, heading in enumerate(headings) if heading}
    rows = (
        Row(number, {h: c for h, c in zip(headings, cells, strict=False) if h and c})
        for number, cells in enumerate(grid[1:], start=2)
    )
    return Sheet(name, columns, tuple(row for row in rows if row.cells))
