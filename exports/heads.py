"""Distributions above a list: how many rows chose what, and their share, round by round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from exports.cells import Cell, Formula, address, column_range
from exports.page import Page
from exports.shares import share
from exports.tallies import LABEL, LABEL_WIDTH, Tally

# Columns that a distribution needs behind its labels.
FIGURES = 2


@dataclass(frozen=True, slots=True)
class Distribution:
    """The choices of one question in one round; `rounds` are those of the rows, row by row.

    Where the list has a column of rounds, it is `round_column`, and `title` what it says. Rows that
    `parts` says to be of a part of a unit are not counted: `part_column` has the `part_mark`.
    """

    tally: Tally
    title: str
    rounds: tuple[str, ...]
    round_column: int | None
    parts: tuple[bool, ...] = ()
    part_column: int | None = None
    part_mark: str = ""

    def count(self, choice: str) -> int:
        """Return in how many rows of the round the choice stands, as the formula counts it."""
        return self._of_round().count(choice)

    @property
    def answered(self) -> int:
        """In how many rows of the round anything stands."""
        return sum(text != "" for text in self._of_round().texts)

    def _of_round(self) -> Tally:
        parts = self.parts or (False,) * len(self.rounds)
        rows = zip(self.tally.texts, self.rounds, parts, strict=True)
        texts = tuple(text for text, title, part in rows if title == self.title and not part)
        own = self.tally
        return Tally(own.label, own.choices, texts, own.column, own.several)

    def formula(self, choice: str, cell: str, rows: tuple[int, int], title_cell: str) -> str:
        """Return the formula that counts the choice written in `cell` in the rows of the round."""
        column = self.tally.column or 0
        shown = column_range(column, *rows)
        kept = self._kept(rows, title_cell)
        if not kept:
            return self.tally.formula(choice, cell, shown)
        return f"SUMPRODUCT({self.tally.found(cell, shown)}{kept})"

    def answered_formula(self, rows: tuple[int, int], title_cell: str) -> str:
        """Return the formula that counts the rows of the round in which anything stands."""
        shown = column_range(self.tally.column or 0, *rows)
        return f"SUMPRODUCT((LEN({shown})>0){self._kept(rows, title_cell) or '*1'})"

    def _kept(self, rows: tuple[int, int], title_cell: str) -> str:
        """Return the factors of a formula that leave rows of other rounds out, and of parts."""
        kept = ""
        if self.round_column is not None:
            kept += f"*({column_range(self.round_column, *rows)}={title_cell})"
        if self.part_column is not None:
            kept += f'*({column_range(self.part_column, *rows)}<>"{self.part_mark}")'
        return kept


@dataclass(frozen=True, slots=True)
class Written:
    """A distribution whose figures are still to be filled in: its first row, where its round is."""

    distribution: Distribution
    first: int
    title_cell: str


def label_end(page: Page) -> int:
    """Return the last of the columns that labels stand across: two are left for the figures."""
    reached = accumulate(page.widths[LABEL:])
    room = (column for column, width in enumerate(reached, LABEL) if width >= LABEL_WIDTH)
    return max(min(next(room, LABEL), page.last_column - FIGURES), LABEL)


def write_heads(page: Page, heads: Sequence[Distribution]) -> list[Written]:
    """Write the tables without their figures, those of a round under its title."""
    written: list[Written] = []
    titles: dict[str, int] = {}
    for distribution in heads:
        title = distribution.title
        if title not in titles:
            titles[title] = page.next_row
            if distribution.round_column is not None:
                page.line(title, "group text")
        written.append(_write(page, distribution, f"$A${titles[title] + 1}"))
        page.gap()
    return written


def _write(page: Page, distribution: Distribution, title_cell: str) -> Written:
    words, tally = page.words, distribution.tally
    labels = (words["number"], tally.label, words["units_counted"], words["share"])
    _row(page, labels, ("heading",) * 4)
    first = page.next_row
    looks = ("body centre", "body text", "body integer", "body percent")
    for number, choice in enumerate(tally.choices, start=1):
        _row(page, (number, choice, None, None), looks)
    total = ("total centre", "total text", "total integer", "total percent")
    _row(page, (None, words["units_answered"], None, None), total)
    return Written(distribution, first, title_cell)


def _row(page: Page, shown: tuple[Cell, str, Cell, Cell], styles: tuple[str, ...]) -> None:
    """Write a row over as many columns as it needs: the rest of the page stays empty."""
    number, label, count, part = shown
    last, row = label_end(page), page.next_row
    spanned = last - LABEL
    cells = (number, label, *(None,) * spanned, count, part)
    looks = (styles[0], *(styles[1],) * (spanned + 1), styles[2], styles[3])
    lines = page.lines_across(label, (LABEL, last), page.size)
    figures = [
        page.lines(text, column, bold=True)
        for column, text in enumerate((count, part), last + 1)
        if isinstance(text, str)
    ]
    page.add(cells, looks, max([lines, *figures]))
    page.merge_across(row, LABEL, last)


def fill_heads(page: Page, written: Sequence[Written], rows: tuple[int, int]) -> None:
    """Fill in counts and shares over the `rows` of the list, first to last."""
    for one in written:
        _fill(page, one, rows)


def _fill(page: Page, written: Written, rows: tuple[int, int]) -> None:
    distribution, first = written.distribution, written.first
    tally, column = distribution.tally, label_end(page) + 1
    answered, last = distribution.answered, first + len(tally.choices)
    whole = address(last, column).replace(str(last + 1), f"${last + 1}")
    for row, choice in enumerate(tally.choices, start=first):
        count = distribution.count(choice)
        cell: Cell = count
        if tally.column is not None:
            label = address(row, LABEL)
            cell = Formula(distribution.formula(choice, label, rows, written.title_cell), count)
        _set(page, row, column, (cell, share(count, answered, address(row, column), whole)))
    total: Cell = answered
    if tally.column is not None:
        total = Formula(distribution.answered_formula(rows, written.title_cell), answered)
    _set(page, last, column, (total, None))


def _set(page: Page, row: int, column: int, cells: tuple[Cell, Cell]) -> None:
    written = page.rows[row]
    before = written.cells[:column]
    page.rows[row] = written._replace(cells=(*before, *cells))
