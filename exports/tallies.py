"""Counts of the choices made in a list, as live formulas over the column that shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import cast

from exports.cells import Cell, Formula, address, column_range
from exports.page import Page
from exports.values import SEPARATOR

NUMBER, LABEL = 0, 1
# So many digits of a mean are kept where no formula is worked out.
MEAN_DIGITS = 13
# Labels stand across so many columns that they have this room.
LABEL_WIDTH = 36.0
# Labels that COUNTIF would take for a pattern, a comparison or a number are counted otherwise.
LONGEST_CRITERION = 200
_PATTERN_SIGNS = frozenset("*?~")


@dataclass(frozen=True, slots=True)
class Crossed:
    """What the rows of a list are counted by besides: the state of each, and its days.

    `rows` are pairs of a place in `states` and a number of days, None for a row without them.
    The days of those in `ended`, places in `states`, have a mean.
    """

    states: tuple[str, ...]
    ended: tuple[int, ...]
    rows: tuple[tuple[int, int] | None, ...]
    state_column: int
    days_column: int

    def mean(self, rows: Iterable[tuple[int, int] | None]) -> Decimal | None:
        """Return the mean days of the rows that have ended; None when none has."""
        days = [row[1] for row in rows if row and row[0] in self.ended]
        return Decimal(sum(days)) / len(days) if days else None


@dataclass(frozen=True, slots=True)
class Tally:
    """The choices of one question, to be counted in a list.

    `column` is where the list shows the question, None when it does not; `texts` is what it
    shows, or would show, row by row. `several` says that a row may hold several choices. They are
    `crossed` with the states of the rows, where those have any.
    """

    label: str
    choices: tuple[str, ...]
    texts: tuple[str, ...]
    column: int | None
    several: bool
    crossed: Crossed | None = None

    def holds(self, text: str, choice: str) -> bool:
        """Tell whether the choice stands in a row, as the formula finds it."""
        if self.several:
            return f"{SEPARATOR}{choice}{SEPARATOR}" in f"{SEPARATOR}{text}{SEPARATOR}"
        return text.lower() == choice.lower()

    def count(self, choice: str) -> int:
        """Return in how many rows the choice stands, as the formula counts it."""
        return sum(self.holds(text, choice) for text in self.texts)

    def found(self, cell: str, shown: str) -> str:
        """Return the formula that is true where the choice in `cell` stands in cells `shown`."""
        if not self.several:
            return f"({shown}={cell})"
        sought, within = (f'"{SEPARATOR}"&{cells}&"{SEPARATOR}"' for cells in (cell, shown))
        return f"ISNUMBER(FIND({sought},{within}))"

    def formula(self, choice: str, cell: str, shown: str) -> str:
        """Return the formula that counts the choice written in `cell` within the cells `shown`."""
        if not self.several and _is_plain(choice):
            return f"COUNTIF({shown},{cell})"
        return f"SUMPRODUCT({self.found(cell, shown)}*1)"


def count_column(page: Page) -> int:
    """Return the column of the counts: the one behind those that the labels take."""
    reached = accumulate(page.widths[LABEL:-1])
    inner = (column for column, width in enumerate(reached, LABEL + 1) if width >= LABEL_WIDTH)
    return next(inner, page.last_column)


def figure_columns(page: Page, tally: Tally) -> range:
    """Return the columns of the figures of a tally.

    They are the count alone, or those of the states, the count and the mean where there is room.
    """
    first = count_column(page)
    needed = len(tally.crossed.states) + 2 if tally.crossed else 1
    return range(first, first + (needed if first + needed <= page.last_column + 1 else 1))


def write_tally(page: Page, tally: Tally) -> int:
    """Write a table of the choices without their figures; return the row of the first choice."""
    words, columns = page.words, figure_columns(page, tally)
    title = words["count_of"].format(question=tally.label)
    crossed = tally.crossed.states if tally.crossed and len(columns) > 1 else ()
    headings = (*crossed, words["count"], *((words["handling_mean"],) if crossed else ()))
    looks = ["integer"] * len(headings)
    looks[len(crossed) + 1 :] = ["percent"] * bool(crossed)
    _write_row(page, columns, (words["number"], title, *headings), ("heading",) * (len(looks) + 2))
    first = page.next_row
    blank = (None,) * len(looks)
    for number, choice in enumerate(tally.choices, start=1):
        styles = ("body centre", "body text", *(f"body {look}" for look in looks))
        _write_row(page, columns, (number, choice, *blank), styles)
    if not tally.several:
        styles = ("total centre", "total text", *(f"total {look}" for look in looks))
        _write_row(page, columns, (None, words["sum"], *blank), styles)
    return first


def _write_row(page: Page, columns: range, shown: Sequence[Cell], styles: Sequence[str]) -> None:
    number, label, *figures = shown
    last = columns[0] - 1
    row = page.next_row
    spanned = last - LABEL
    lines = [page.lines_across(str(label), (LABEL, last), page.size)]
    lines += [
        page.lines(text, column, bold=True)
        for column, text in zip(columns, figures, strict=True)
        if isinstance(text, str)
    ]
    cells = (number, label, *(None,) * spanned, *figures)
    looks = (styles[0], *(styles[1],) * (spanned + 1), *styles[2:])
    page.add(cells, looks, max(lines))
    page.merge_across(row, LABEL, last)


def fill_tally(page: Page, tally: Tally, first: int, rows: tuple[int, int]) -> None:
    """Fill in the figures over the `rows` of the list, first to last."""
    columns = figure_columns(page, tally)
    filling = _Filling(tally, first - 1, columns, rows)
    for row, choice in enumerate(tally.choices, start=first):
        _set_figures(page, row, filling.figures(row, choice))
    if not tally.several:
        last = first + len(tally.choices) - 1
        _set_figures(page, last + 1, filling.totals(first, last))


@dataclass(frozen=True, slots=True)
class _Filling:
    """Makes the figures of a tally; `heading` is the row of the words of the states."""

    tally: Tally
    heading: int
    columns: range
    rows: tuple[int, int]

    def figures(self, row: int, choice: str) -> list[Cell]:
        """Return the figures of a choice."""
        tally, found = self.tally, self._found(row)
        count: Cell = tally.count(choice)
        if tally.column is not None:
            shown = column_range(tally.column, *self.rows)
            text = tally.formula(choice, address(row, LABEL), shown)
            count = Formula(text, tally.count(choice))
        holds = [tally.holds(text, choice) for text in tally.texts]
        return self._around(row, found, holds, count)

    def totals(self, first: int, last: int) -> list[Cell]:
        """Return the figures of all rows, under the choices."""
        counts = [self.tally.count(choice) for choice in self.tally.choices]
        place = self.columns[len(self._states)]
        sum_of = Formula(f"SUM({column_range(place, first, last)})", sum(counts))
        holds = [
            any(self.tally.holds(text, choice) for choice in self.tally.choices)
            for text in self.tally.texts
        ]
        column = self.tally.column
        found = "" if column is None else f'({column_range(column, *self.rows)}<>"")'
        return self._around(last + 1, found, holds, sum_of, (first, last))

    @property
    def _states(self) -> Sequence[str]:
        crossed = self.tally.crossed
        return crossed.states if crossed and len(self.columns) > 1 else ()

    def _found(self, row: int) -> str:
        if self.tally.column is None:
            return ""
        shown = column_range(self.tally.column, *self.rows)
        return self.tally.found(address(row, LABEL), shown)

    def _around(
        self,
        row: int,
        found: str,
        holds: Sequence[bool],
        count: Cell,
        summed: tuple[int, int] | None = None,
    ) -> list[Cell]:
        """Return a count between those by state and the mean."""
        crossed = self.tally.crossed
        if crossed is None or not self._states:
            return [count]
        held = [one for one, holds_it in zip(crossed.rows, holds, strict=True) if holds_it and one]
        by_state = Counter(state for state, _ in held)
        cells: list[Cell] = []
        for state, column in enumerate(self.columns[: len(crossed.states)]):
            text = f"SUMPRODUCT({found}*{self._in_state(state)})"
            if summed:
                text = f"SUM({column_range(column, *summed)})"
            cells.append(Formula(text, by_state[state]) if found else by_state[state])
        mean = crossed.mean(held)
        value = "" if mean is None else round(mean, MEAN_DIGITS)
        return [*cells, count, Formula(self._mean(row, found), value) if found else value]

    def _in_state(self, state: int) -> str:
        crossed = cast("Crossed", self.tally.crossed)
        heading = address(self.heading, self.columns[state])
        return f"({column_range(crossed.state_column, *self.rows)}={heading})"

    def _mean(self, row: int, found: str) -> str:
        """Return the formula of the mean, blank where nothing has ended."""
        crossed = cast("Crossed", self.tally.crossed)
        ended = "+".join(self._in_state(state) for state in crossed.ended)
        counted = "+".join(address(row, self.columns[state]) for state in crossed.ended)
        days = column_range(crossed.days_column, *self.rows)
        return f'IF({counted}=0,"",SUMPRODUCT({found}*({ended})*{days})/({counted}))'


def _set_figures(page: Page, row: int, figures: Sequence[Cell]) -> None:
    written = page.rows[row]
    page.rows[row] = written._replace(cells=(*written.cells[: -len(figures)], *figures))


def _is_plain(choice: str) -> bool:
    return (
        len(choice) <= LONGEST_CRITERION
        and choice[:1].isalpha()
        and not _PATTERN_SIGNS & set(choice)
    )
