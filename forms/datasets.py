"""Read a CSV file beside a form: a list of choices, or a table for pulldata() to look into."""

from __future__ import annotations

from collections.abc import Iterator

from forms.cells import column_letter
from forms.findings import Count, Finding, FormErrors, Part
from forms.formats import limits
from forms.formats.grid import UnreadableFile, refuse
from forms.formats.plain import csv_rows, decode
from forms.formats.signs import kind_of
from forms.tree import Dataset
from language.text import clean, forbidden_character

CSV = ".csv"
LARGEST_DATASET = limits.LARGEST_FILE


def read_dataset(source: bytes, file_name: str) -> Dataset:
    """Return the dataset of a CSV: UTF-8, cells parted by a comma, a semicolon or a tab.

    Every cell is one line in NFC. Raises FormErrors, with the name of the file as the sheet.
    """
    reader = _Reader(file_name)
    try:
        reader.read(source)
    except UnreadableFile as error:
        found = error.finding
        raise FormErrors((Finding(file_name, found.cell, found.key, found.parts),)) from error
    if reader.errors:
        raise FormErrors(tuple(reader.errors[: limits.MOST_ERRORS]))
    return Dataset(file_name, tuple(reader.columns), tuple(reader.rows))


class _Reader:
    """Reads a dataset row by row, gathering its errors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: list[str] = []
        self.rows: list[tuple[str, ...]] = []
        self.errors: list[Finding] = []

    def read(self, source: bytes) -> None:
        """Read headings and rows. Raises UnreadableFile for what cannot be read further."""
        rows = _filled(_text(source))
        top, headings = next(rows, (1, []))
        self._headings(top, headings)
        for number, cells in rows:
            if len(self.rows) >= limits.MOST_DATASET_ROWS:
                limit = Count(limits.MOST_DATASET_ROWS)
                raise refuse("too_many_rows", self.name, f"A{number}", limit=limit)
            self._row(number, cells)

    def _headings(self, number: int, cells: list[str]) -> None:
        if len(cells) > limits.MOST_COLUMNS:
            raise refuse("too_many_columns", limit=Count(limits.MOST_COLUMNS))
        self.columns = [self._cell(number, index, text) for index, text in enumerate(cells)]
        for index, column in enumerate(self.columns):
            first = self.columns.index(column)
            if not column:
                self._error(number, index, "blank_heading")
            elif first != index:
                cell = f"{column_letter(first)}{number}"
                self._error(number, index, "duplicate_heading", value=column, cell=cell)
            elif len(column) > limits.LONGEST_HEADING:
                self._error(number, index, "cell_too_long", limit=Count(limits.LONGEST_HEADING))

    def _row(self, number: int, cells: list[str]) -> None:
        count = len(self.columns)
        if len(cells) != count:
            index = min(len(cells), count)
            self._error(number, index, "ragged_row", found=str(len(cells)), count=str(count))
        row = [self._cell(number, index, text) for index, text in enumerate(cells[:count])]
        self.rows.append((*row, *[""] * (count - len(row))))

    def _cell(self, number: int, index: int, text: str) -> str:
        cleaned = clean(text)
        if forbidden_character(cleaned):
            self._error(number, index, "character")
        if len(cleaned) > limits.LONGEST_CELL:
            self._error(number, index, "cell_too_long", limit=Count(limits.LONGEST_CELL))
        return cleaned

    def _error(self, number: int, index: int, key: str, **parts: Part) -> None:
        cell = f"{column_letter(index)}{number}"
        self.errors.append(Finding(self.name, cell, key, tuple(parts.items())))


def _text(source: bytes) -> str:
    if len(source) > LARGEST_DATASET:
        raise refuse("too_large", limit=str(LARGEST_DATASET // 2**20))
    if not source.strip():
        raise refuse("empty_file")
    kind = kind_of(source)
    if kind:
        raise refuse("no_csv", detail=kind)
    return decode(source)


def _filled(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank."""
    return ((number, cells) for number, cells in csv_rows(text) if any(map(str.strip, cells)))
