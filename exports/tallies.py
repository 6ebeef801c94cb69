"""Counts of the choices made in a list, as live formulas over the column that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from exports.cells import Cell, Formula, address, column_range
from exports.page import Page
from exports.values import SEPARATOR

NUMBER, LABEL = 0, 1
# Labels stand across so many columns that they have this room.
LABEL_WIDTH = 36.0
# Labels that COUNTIF would take for a pattern, a comparison or a number are counted otherwise.
LONGEST_CRITERION = 200
_PATTERN_SIGNS = frozenset("*?~")


@dataclass(frozen=True, slots=True)
class Tally:
    """The choices of one question, to be counted in a list.

    `column` is where the list shows the question, None when it does not; `texts` is what it
    shows, or would show, row by row. `several` says that a row may hold several choices.
    """

    label: str
    choices: tuple[str, ...]
    texts: tuple[str, ...]
    column: int | None
    several: bool

    def count(self, choice: str) -> int:
        """Return in how many rows the choice stands, as the formula counts it."""
        if self.several:
            sought = f"{SEPARATOR}{choice}{SEPARATOR}"
            return sum(sought in f"{SEPARATOR}{text}{SEPARATOR}" for text in self.texts)
        return sum(text.lower() == choice.lower() for text in self.texts)

    def formula(self, choice: str, cell: str, shown: str) -> str:
        """Return the formula that counts the choice written in `cell` within the cells `shown`."""
        if _is_plain(choice) and not self.several:
            return f"COUNTIF({shown},{cell})"
        return f"SUMPRODUCT({self.found(cell, shown)}*1)"

    def found(self, cell: str, shown: str) -> str:
        """Return the formula that says of each of the cells `shown` whether the choice is there."""
        if self.several:
            found = f'FIND("{SEPARATOR}"&{cell}&"{SEPARATOR}","{SEPARATOR}"&{shown}&"{SEPARATOR}")'
            return f"ISNUMBER({found})"
        return f"({shown}={cell})"


def count_column(page: Page) -> int:
    """Return the column of the counts: the one behind those that the labels take."""
    reached = accumulate(page.widths[LABEL:-1])
    inner = (column for column, width in enumerate(reached, LABEL + 1) if width >= LABEL_WIDTH)
    return next(inner, page.last_column)


def write_tally(page: Page, tally: Tally) -> int:
    """Write a table of the choices without their counts; return the row of the first choice."""
    words = page.words
    title = words["count_of"].format(question=tally.label)
    _write_row(page, (words["number"], title, words["count"]), ("heading",) * 3)
    first = page.next_row
    styles = ("body centre", "body text", "body integer")
    for number, choice in enumerate(tally.choices, start=1):
        _write_row(page, (number, choice, None), styles)
    if not tally.several:
        total = ("total centre", "total text", "total integer")
        _write_row(page, (None, words["sum"], None), total)
    return first


def _write_row(page: Page, shown: tuple[Cell, str, Cell], styles: tuple[str, str, str]) -> None:
    number, label, count = shown
    last = count_column(page) - 1
    row = page.next_row
    spanned = last - LABEL
    cells = (number, label, *(None,) * spanned, count)
    lines = page.lines_across(label, (LABEL, last), page.size)
    page.add(cells, (styles[0], *(styles[1],) * (spanned + 1), styles[2]), lines)
    page.merge_across(row, LABEL, last)


def fill_tally(page: Page, tally: Tally, first: int, rows: tuple[int, int]) -> None:
    """Fill in the counts over the `rows` of the list, first to last."""
    counts = [tally.count(choice) for choice in tally.choices]
    for row, (choice, count) in enumerate(zip(tally.choices, counts, strict=True), start=first):
        cell: Cell = count
        if tally.column is not None:
            shown = column_range(tally.column, *rows)
            cell = Formula(tally.formula(choice, address(row, LABEL), shown), count)
        _set_count(page, row, cell)
    if not tally.several:
        last = first + len(counts) - 1
        total = f"SUM({column_range(count_column(page), first, last)})"
        _set_count(page, last + 1, Formula(total, sum(counts)))


def _set_count(page: Page, row: int, cell: Cell) -> None:
    written = page.rows[row]
    page.rows[row] = written._replace(cells=(*written.cells[:-1], cell))


def _is_plain(choice: str) -> bool:
    return (
        len(choice) <= LONGEST_CRITERION
        and choice[:1].isalpha()
        and not _PATTERN_SIGNS & set(choice)
    )
