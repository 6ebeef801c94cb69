"""Tables of kind `units`: a row per unit, group subtotals and a grand total, all of it live.

The last column says with an "x" which units the totals add up, and may be changed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from exports.cells import Cell, Formula, Row, column_range
from exports.columns import ColumnScope, Field, in_working_order, place_fields
from exports.measure import text_units
from exports.page import Head, Heading, Page, body_size, fit_widths, longest_word
from exports.rounds import Consolidation, Group, RoundResponses, UnitResponse, sent_of
from exports.values import NUMERIC, AnswerScope, given_names, number_cell, test_of
from exports.wording import words_of
from forms.expressions import Value
from forms.markup import alone
from forms.tree import Format, Table
from language.dates import wall_clock
from language.numbers import format_number, roman

NUMBER, NAME, FIRST = 0, 1, 2
NUMBER_WIDTH, NAME_WIDTH, NOTE_WIDTH, COUNTED_WIDTH = 5.0, 30.0, 10.0, 8.0
NAME_LEAST, TEXT_LEAST = 24.0, 14.0
NARROWEST, DATE_WIDTH, MOMENT_WIDTH, TEXT_WIDTH = 7.0, 12.0, 17.0, 30.0
_OWN_WIDTHS: Mapping[Format, float] = {
    "text": TEXT_WIDTH,
    "date": DATE_WIDTH,
    "moment": MOMENT_WIDTH,
}
_PLACES: Mapping[Format, int] = {"integer": 0, "decimal": 3, "percent": 1, "scale": 2}

# From the marks, the numbers and the mark that counts to the text of a formula.
SumFormula = Callable[[str, str, str], str]


def sum_of_marked(marks: str, numbers: str, mark: str) -> str:
    """Return the formula that adds the numbers of marked rows, blank when there are none."""
    count = f'SUMPRODUCT(({marks}="{mark}")*ISNUMBER({numbers}))'
    return f'IF({count}=0,"",SUMIF({marks},"{mark}",{numbers}))'


def sum_of_group(marks: str, numbers: str, mark: str) -> str:
    """Return the formula of a subtotal: of marked rows, or of all when none is marked."""
    plain = f'IF(COUNT({numbers})=0,"",SUM({numbers}))'
    return f'IF(COUNTIF({marks},"{mark}")=0,{plain},{sum_of_marked(marks, numbers, mark)})'


@dataclass(slots=True)
class UnitRow:
    """What a unit's row shows, but for what is computed from it."""

    response: UnitResponse
    cells: list[Cell]
    values: dict[str, Value]


@dataclass(slots=True)
class Sums:
    """Sums by column name; `marked` only of the units that totals count."""

    marked: dict[str, Decimal] = field(default_factory=dict)
    plain: dict[str, Decimal] = field(default_factory=dict)

    def add(self, row: UnitRow, names: Sequence[str]) -> None:
        """Add the numbers of a row; blanks add nothing."""
        counted = row.response.unit.counted
        for name in names:
            number = row.values.get(name)
            if isinstance(number, Decimal):
                self.plain[name] = self.plain.get(name, 0) + number
                if counted:
                    self.marked[name] = self.marked.get(name, 0) + number


def build_units(
    consolidation: Consolidation, responses: RoundResponses, table: Table, head: Head
) -> Page:
    """Return the page of one `units` table over one round."""
    return _UnitsTable(consolidation, responses, table).page(head)


def marked_totals(
    consolidation: Consolidation, responses: RoundResponses, table: Table
) -> Mapping[str, Decimal]:
    """Return what the last row of a table adds up, by column: of the units that totals count."""
    return _UnitsTable(consolidation, responses, table).totals().marked


class _UnitsTable:
    """One table on its way to a page."""

    def __init__(
        self, consolidation: Consolidation, responses: RoundResponses, table: Table
    ) -> None:
        self.consolidation = consolidation
        self.language = consolidation.language
        self.words = words_of(self.language)
        self.row_scope = ColumnScope(wall_clock(consolidation.exported_at))
        self.fields = place_fields(table.columns, FIRST, responses.definitions, self.language)
        self.read_fields = [field for field in self.fields if field.read]
        self.computed = in_working_order(self.fields)
        self.summed = [field for field in self.fields if field.summed]
        self.summed_names = [field.name for field in self.summed]
        self.note = FIRST + len(self.fields)
        self.counted = self.note + 1
        self.unit_rows = list(self._read(responses, table))

    def page(self, head: Head) -> Page:
        """Write the table and return its page."""
        headings = self._headings()
        weights = [heading.width for heading in headings]
        page = Page(self.consolidation, headings, fit_widths(headings, weights))
        page.head(replace(head, counts=self._counts(), until=self._until()))
        page.head_columns()
        if self.unit_rows:
            self._rows(page)
            page.gap(4.0)
            page.line(self.words["total_note"], "note")
        else:
            page.nothing()
        page.signature()
        return page

    def totals(self) -> Sums:
        """Return the sums of all units."""
        sums = Sums()
        for row in self.unit_rows:
            sums.add(row, self.summed_names)
        return sums

    def _counts(self) -> str:
        return sent_of((row.response for row in self.unit_rows), self.words)

    def _until(self) -> datetime | None:
        return max(
            (sent for row in self.unit_rows if (sent := row.response.newest_at)), default=None
        )

    # --- what is read from the answers ------------------------------------------------------------

    def _read(self, responses: RoundResponses, table: Table) -> Iterator[UnitRow]:
        passes = test_of(table.filter)
        now = self.row_scope.now
        for response in responses.responses:
            definition = response.definition or responses.definition
            answers = response.answers or {}
            scope = AnswerScope(definition, answers, now, given_names(response))
            if passes(scope):
                yield self._unit_row(response, scope)

    def _unit_row(self, response: UnitResponse, scope: AnswerScope) -> UnitRow:
        cells: list[Cell] = [None] * (self.counted + 1)
        values: dict[str, Value] = {}
        cells[NAME] = response.unit.name
        if response.unit.counted:
            cells[self.counted] = self.words["counted_mark"]
        if response.answers is None:
            cells[self.note] = self.words[_absence(response)]
        else:
            for field_ in self.read_fields:
                cell = field_.read(scope) if field_.read else None
                cells[field_.index] = cell
                if isinstance(cell, int | Decimal):
                    values[field_.name] = Decimal(cell)
        return UnitRow(response, cells, values)

    # --- rows -------------------------------------------------------------------------------------

    def _rows(self, page: Page) -> None:
        first, number, grand = page.next_row, 0, Sums()
        styles = self._styles("body")
        for place, (group, rows) in enumerate(self._groups(), start=1):
            group_row, sums = page.add((), ()), Sums()
            for row in rows:
                number += 1
                row.cells[NUMBER] = number
                self._compute(row.cells, row.values, page.next_row)
                page.add_texts(row.cells, styles)
                sums.add(row, self.summed_names)
                grand.add(row, self.summed_names)
            page.rows[group_row] = self._group_row(page, group_row, (place, group), rows, sums)
        cells = self._sum_row(
            grand.marked, sum_of_marked, page.next_row, (first, page.next_row - 1)
        )
        cells[NAME] = self.words["total"]
        page.add(cells, self._styles("total"))

    def _groups(self) -> Iterator[tuple[Group, list[UnitRow]]]:
        """Yield the groups that have units, in the campaign's order, unknown ones last."""
        groups = {group.code: group for group in self.consolidation.groups}
        members: dict[str, list[UnitRow]] = {code: [] for code in groups}
        for row in self.unit_rows:
            members.setdefault(row.response.unit.group_code, []).append(row)
        for code, rows in members.items():
            if rows:
                yield groups.get(code, Group(code, code)), rows

    def _group_row(
        self, page: Page, row: int, numbered: tuple[int, Group], rows: list[UnitRow], sums: Sums
    ) -> Row:
        words, (place, group) = self.words, numbered
        counted = any(unit_row.response.unit.counted for unit_row in rows)
        name = group.name.removeprefix(words["group_word"]).upper()
        label = words["subtotal"].format(group=name) + ("" if counted else words["uncounted"])
        shown = sums.marked if counted else sums.plain
        cells = self._sum_row(shown, sum_of_group, row, (row + 1, page.next_row - 1))
        cells[NUMBER], cells[NAME] = roman(place), label
        height = page.height(page.lines(label, NAME, bold=True))
        return Row(cells, self._styles("group"), height)

    def _sum_row(
        self, sums: Mapping[str, Decimal], formula: SumFormula, row: int, rows: tuple[int, int]
    ) -> list[Cell]:
        """Return the cells of row number `row` that add up `rows`, first to last."""
        cells: list[Cell] = [None] * (self.counted + 1)
        marks = column_range(self.counted, *rows)
        for field_ in self.summed:
            text = formula(marks, column_range(field_.index, *rows), self.words["counted_mark"])
            cells[field_.index] = _formula_cell(text, sums.get(field_.name, ""))
        self._compute(cells, dict(sums), row)
        return cells

    def _compute(self, cells: list[Cell], values: dict[str, Value], row: int) -> None:
        """Fill in the columns that are computed from others, as formulas with their values."""
        written, scope = str(row + 1), self.row_scope
        scope.values = values
        for field_ in self.computed:
            if field_.compute:
                value = field_.compute(scope)
                values[field_.name] = value
                cells[field_.index] = _formula_cell(written.join(field_.formula), value)

    def _styles(self, role: str) -> tuple[str, ...]:
        return (
            f"{role} centre",
            f"{role} text",
            *(f"{role} {field_.column.format}" for field_ in self.fields),
            f"{role} centre",
            f"{role} centre",
        )

    # --- headings ---------------------------------------------------------------------------------

    def _headings(self) -> list[Heading]:
        size, widest = body_size(self.counted + 1), self._widest()
        return [
            Heading(self.words["number"], NUMBER_WIDTH),
            Heading(self.words["unit"], NAME_WIDTH, least=NAME_LEAST),
            *(self._heading(field_, size, widest) for field_ in self.fields),
            Heading(self.words["remarks"], NOTE_WIDTH),
            Heading(self.words["counted"], COUNTED_WIDTH),
        ]

    def _heading(self, field_: Field, size: int, widest: Mapping[str, str]) -> Heading:
        column = field_.column
        label, band = (alone(t.text(self.language)) for t in (column.labels, column.band))
        width = float(column.width or 0)
        if not width:
            own = _OWN_WIDTHS.get(column.format, NARROWEST)
            figures = text_units(widest.get(column.name, ""), size, bold=True)
            width = round(max(own, longest_word(label, size), figures), 1)
        flexible = column.format == "text" and not column.width
        return Heading(label, width, band, least=TEXT_LEAST if flexible else 0.0)

    def _widest(self) -> Mapping[str, str]:
        """Return the widest number of each column as it will be shown: that of all units."""
        sums = Sums()
        for row in self.unit_rows:
            sums.add(row, self.summed_names)
        values: dict[str, Value] = {**sums.plain}
        self._compute([None] * (self.counted + 1), values, 0)
        shown = {field_.name: field_.column.format for field_ in self.fields}
        return {
            name: format_number(value, _PLACES[shown[name]])
            for name, value in values.items()
            if isinstance(value, Decimal) and not value.is_nan() and shown[name] in NUMERIC
        }


def _absence(response: UnitResponse) -> str:
    """Return the word for why a unit has no figures."""
    if response.withdrawn_at is not None:
        return "withdrawn"
    return "held_back" if response.held_back else "unsent"


def _formula_cell(text: str, value: Value) -> Formula:
    number = number_cell(value)
    return Formula(text, "" if number is None else number)
