"""Tables of kind `comparison`: figures of one round beside those of another, and the difference.

A row is a column of the table. Its figure comes from the totals of tables of units, or from other
rows; what fewer than two rounds can say is not comparable, and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from exports.cells import Cell, Formula, Shown, address
from exports.columns import ColumnScope
from exports.drawings import Figure, Plot, Point, figure
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Consolidation, RoundResponses
from exports.values import NUMERIC, number_cell
from exports.wording import words_of
from forms.expressions import ExpressionError, Value, compile_python, references, to_excel
from forms.markup import alone
from forms.tree import Column, Format, Table
from language.dates import wall_clock
from language.numbers import round_half_up

NUMBER, NAME, FIRST = 0, 1, 2
# Of so many rounds it need not be said which of them the difference is between.
PAIR = 2
NUMBER_WIDTH, NAME_WIDTH, NAME_LEAST, FIGURE_WIDTH = 5.0, 40.0, 28.0, 14.0
# How many decimals a difference is rounded to: as many as its format shows.
PLACES: Mapping[Format, int] = {"integer": 0, "decimal": 3, "percent": 1, "scale": 2}

Part = tuple[RoundResponses, Table]
# The figures of the sheets that are done: by round and name, how a formula refers to each.
Known = Mapping[tuple[str, str], tuple[str, Figure]]


@dataclass(frozen=True, slots=True)
class Measure:
    """What one round says of a row: its formula and its value."""

    formula: str
    value: Shown


def build_comparison(
    consolidation: Consolidation, parts: Sequence[Part], head: Head, known: Known
) -> Page:
    """Return the page that compares rounds; `known` are the figures that it may refer to."""
    return _Comparison(consolidation, parts, known).page(head)


class _Comparison:
    """One table on its way to a page."""

    def __init__(self, consolidation: Consolidation, parts: Sequence[Part], known: Known) -> None:
        self.consolidation = consolidation
        self.words = words_of(consolidation.language)
        self.language = consolidation.language
        self.parts = parts
        self.known = known
        self.columns = _comparable(parts)
        self.difference = FIRST + len(parts)

    def page(self, head: Head) -> Page:
        """Write the table and return its page."""
        headings = self._headings()
        page = Page(self.consolidation, headings, fit_widths(headings, [1.0] * len(headings)))
        titles = "; ".join(asked.title for asked, _ in self.parts)
        page.head(replace(head, counts=titles, until=self._until()))
        page.head_columns()
        self._write(page)
        if not self.columns:
            page.nothing()
        page.signature()
        return page

    def _headings(self) -> list[Heading]:
        words, titles = self.words, [asked.title for asked, _ in self.parts]
        difference = words["difference"]
        if len(titles) > PAIR:
            difference = words["difference_of"].format(last=titles[-1], before=titles[-2])
        return [
            Heading(words["number"], NUMBER_WIDTH),
            Heading(words["indicator"], NAME_WIDTH, least=NAME_LEAST),
            *(Heading(title, FIGURE_WIDTH) for title in titles),
            Heading(difference, FIGURE_WIDTH),
        ]

    def _until(self) -> datetime | None:
        moments = (r.newest_at for asked, _ in self.parts for r in asked.responses)
        return max(filter(None, moments), default=None)

    # --- rows -------------------------------------------------------------------------------------

    def _write(self, page: Page) -> None:
        """Write the rows under their bands, and what may be drawn of them."""
        rows = self._rows_from(page.next_row)
        measured = [self._measures(place, rows) for place in range(len(self.parts))]
        drawn: dict[tuple[str, Format], list[Point]] = {}
        for number, (band, column) in enumerate(self._banded(page), start=1):
            look, row = column.format, page.next_row
            found = [by_name.get(column.name) for by_name in measured]
            cells: list[Cell] = [number, self._label(column)]
            cells += [Formula(one.formula, one.value) if one else None for one in found]
            cells.append(_difference(found, row, self.difference, PLACES.get(look, 0)))
            styles = ("body centre", "body text", *(f"body {look}",) * (len(cells) - FIRST))
            page.add_texts(cells, styles)
            if column.chart:
                figures = tuple(
                    figure(row, FIRST + place, one.value if one else "")
                    for place, one in enumerate(found)
                )
                drawn.setdefault((band, look), []).append(Point(str(cells[NAME]), figures))
        kinds = tuple(asked.title for asked, _ in self.parts)
        for (band, look), points in drawn.items():
            title = self.words["chart_rounds"].format(what=band or points[0].name)
            page.plots.append(Plot(title, kinds, tuple(points), look))

    def _banded(self, page: Page) -> Iterator[tuple[str, Column]]:
        before = ""
        for column in self.columns:
            band = alone(column.band.text(self.language))
            if band and band != before:
                page.line(band, "group text")
            before = band
            yield band, column

    def _rows_from(self, row: int) -> dict[str, int]:
        """Return the row of each column by name, as `_write` will place it."""
        rows, before = {}, ""
        for column in self.columns:
            band = alone(column.band.text(self.language))
            row += bool(band and band != before)
            rows[column.name], before = row, band
            row += 1
        return rows

    def _label(self, column: Column) -> str:
        return alone(column.labels.text(self.language)) or column.name

    # --- figures ----------------------------------------------------------------------------------

    def _measures(self, place: int, rows: Mapping[str, int]) -> Mapping[str, Measure]:
        """Return what one round says of each row that it can say anything of."""
        asked, table = self.parts[place]
        own = {column.name: column for column in table.columns if column.name in rows}
        scope = ColumnScope(wall_clock(self.consolidation.exported_at))
        found: dict[str, Measure] = {}
        for name in _in_working_order(list(own.values())):
            cells = {n: (address(rows[n], FIRST + place), m.value) for n, m in found.items()}
            measure = self._measure(asked.code, own[name], cells, scope)
            if measure is not None:
                found[name] = measure
        return found

    def _measure(
        self,
        code: str,
        column: Column,
        own: Mapping[str, tuple[str, Shown]],
        scope: ColumnScope,
    ) -> Measure | None:
        if column.value is None:
            return None
        node = column.value.node
        seen = {name: self._seen(code, name, own) for name in references(node)}
        values: dict[str, Value] = {n: _as_value(value) for n, (_, value) in seen.items()}
        scope.values = values
        try:
            formula = to_excel(node, lambda name: seen[name][0])
        except ExpressionError:
            return None
        number = number_cell(compile_python(node)(scope))
        return Measure(formula, "" if number is None else number)

    def _seen(
        self, code: str, name: str, own: Mapping[str, tuple[str, Shown]]
    ) -> tuple[str, Shown]:
        """Return where a name stands and its value: another row, or a total of the round.

        A table that has no rows has no total: what it would say is blank.
        """
        if name in own:
            return own[name]
        sheet, found = self.known.get((code, name), ("", NOWHERE))
        return found.text(sheet) if sheet else '""', found.value


NOWHERE = Figure((), "")


def _comparable(parts: Sequence[Part]) -> list[Column]:
    """Return the columns of numbers that at least two rounds have, in order."""
    columns: dict[str, list[Column]] = {}
    for _, table in parts:
        for column in table.columns:
            if column.value is not None and column.format in NUMERIC:
                columns.setdefault(column.name, []).append(column)
    return [found[0] for found in columns.values() if len(found) > 1]


def _in_working_order(columns: Sequence[Column]) -> list[str]:
    """Return the names of columns, those that others need first; circles are left out.

    A column that names itself means the total that is called so.
    """
    own = {column.name for column in columns}
    needs = {
        column.name: (references(column.value.node) & own) - {column.name}
        for column in columns
        if column.value is not None
    }
    order: list[str] = []
    while ready := [name for name in needs if name not in order and needs[name] <= set(order)]:
        order += ready
    return order


def _difference(found: Sequence[Measure | None], row: int, column: int, places: int) -> Cell:
    """Return by how much the last round differs from the one before it, blank without both."""
    before, last = address(row, column - 2), address(row, column - 1)
    text = f'IF(COUNT({before},{last})<2,"",ROUND({last}-{before},{places}))'
    values = [one.value if one else "" for one in found[-2:]]
    if any(value == "" for value in values):
        return Formula(text, "")
    older, newer = (Decimal(value) for value in values)
    number = number_cell(round_half_up(newer - older, places))
    return Formula(text, "" if number is None else number)


def _as_value(shown: Shown) -> Value:
    return "" if shown == "" else Decimal(shown)
