"""A sheet as it stands in a file: sparse cells of raw text, kept within the limits."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from forms.cells import column_letter
from forms.findings import Count, Finding, Part
from forms.formats import limits

# Excel counts 29 February 1900, a day that never was; before it, its dates are one off.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a date in a cell has no time zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_FALSE_LEAP_DAY = 60
_LAST_SERIAL = 2_958_466
# Beyond this a number in a cell has lost its last digits and is written with an exponent.
_LARGEST_PLAIN = 1e21
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


class UnreadableFile(Exception):
    """A file that cannot be read, or not further; `finding` says why and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence("en"))
        self.finding = finding


def refuse(key: str, sheet: str = "", cell: str = "", **parts: Part) -> UnreadableFile:
    """Return the exception for a file that sentence `key` refuses."""
    return UnreadableFile(Finding(sheet, cell, key, tuple(parts.items())))


@dataclass(slots=True)
class Budget:
    """What has been used of the limits of a whole file."""

    elements: int = 0
    cells: int = 0
    text: int = 0


@dataclass(slots=True)
class Details:
    """What the cells of a sheet are besides their text, for who reads what somebody filled in.

    `numbers`: cells that hold a number and no date; `percents`: those of them that Excel shows a
    hundred times as large; `formulas`: cells whose text is the result of one; `merges`: the
    addresses of merged cells; `from_1904`: how the file counts days.
    """

    numbers: set[tuple[int, int]] = field(default_factory=set)
    percents: set[tuple[int, int]] = field(default_factory=set)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)
    from_1904: bool = False


@dataclass(slots=True)
class Grid:
    """The cells of one sheet that are not blank, by row number and then by column index.

    `findings` are errors of single cells, each with its row and column. `dates` are the cells that
    hold a date for Excel, `fonts` those in a font of an old encoding. `details` only when they were
    asked for.
    """

    title: str
    budget: Budget
    hidden: bool = False
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    findings: list[tuple[int, int, Finding]] = field(default_factory=list)
    dates: set[tuple[int, int]] = field(default_factory=set)
    fonts: dict[tuple[int, int], str] = field(default_factory=dict)
    details: Details | None = None

    def put(self, row: int, column: int, text: str) -> None:
        """Keep a text at its place, unless it is blank. Raises UnreadableFile when too much."""
        if text and not text.isspace():
            self.claim(row, column)
            self.fill(row, column, text)

    def claim(self, row: int, column: int) -> None:
        """Count a cell that holds something. Raises UnreadableFile when it lies too far out."""
        if row > limits.MOST_ROWS:
            raise self._refusal("too_many_rows", row, column, limits.MOST_ROWS)
        if column >= limits.MOST_COLUMNS:
            raise self._refusal("too_many_columns", row, column, limits.MOST_COLUMNS)
        self.budget.cells += 1
        if self.budget.cells > limits.MOST_CELLS:
            raise refuse("too_many_cells", self.title, limit=Count(limits.MOST_CELLS))

    def fill(self, row: int, column: int, text: str) -> None:
        """Keep the text of a cell that was claimed."""
        if not text or text.isspace():
            return
        if len(text) > limits.LONGEST_CELL:
            raise self._refusal("cell_too_long", row, column, limits.LONGEST_CELL)
        self.budget.text += len(text)
        if self.budget.text > limits.MOST_TEXT:
            raise refuse("too_much_text", self.title, limit=Count(limits.MOST_TEXT))
        self.rows.setdefault(row, {})[column] = text

    def note(self, row: int, column: int, key: str, **parts: Part) -> None:
        """Keep an error of a single cell; the rest of the sheet can still be read."""
        place = f"{column_letter(column)}{row}"
        finding = Finding(self.title, place, key, tuple(parts.items()))
        self.findings.append((row, column, finding))

    def put_number(self, row: int, column: int, text: str) -> None:
        """Keep a number as a person would write it; `text` is how the file has it."""
        if not _NUMBER.fullmatch(text):
            self.note(row, column, "error_value", value=text[:20])
            return
        self.put(row, column, number_text(float(text)))

    def put_date(self, row: int, column: int, serial: float, *, from_1904: bool) -> None:
        """Keep a date or a time in ISO form; a number that is none stays a number."""
        text = moment_text(serial, from_1904=from_1904)
        if text:
            self.dates.add((row, column))
        self.put(row, column, text or number_text(serial))

    def _refusal(self, key: str, row: int, column: int, limit: int) -> UnreadableFile:
        place = f"{column_letter(column)}{row}"
        return refuse(key, self.title, place, limit=Count(limit))


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets of a file that belong to a form, and the names of those that do not."""

    grids: tuple[Grid, ...]
    others: tuple[str, ...] = ()


def number_text(number: float) -> str:
    """Return a number without an exponent or a useless `.0`: 3.0 is 3, 0.1 is 0.1."""
    if not math.isfinite(number):
        return ""
    if number.is_integer() and abs(number) < _LARGEST_PLAIN:
        return str(int(number))
    return repr(number)


def moment_text(serial: float, *, from_1904: bool) -> str:
    """Return a serial number of Excel as an ISO date, time or both; an empty text of no date."""
    if not 0 <= serial < _LAST_SERIAL:
        return ""
    if serial < 1 and not from_1904:
        return (_EPOCH + timedelta(seconds=round(serial * 86400))).time().isoformat()
    if serial < _FALSE_LEAP_DAY and not from_1904:
        serial += 1
    epoch = _EPOCH_1904 if from_1904 else _EPOCH
    moment = epoch + timedelta(seconds=round(serial * 86400))
    return moment.isoformat() if serial % 1 else moment.date().isoformat()
