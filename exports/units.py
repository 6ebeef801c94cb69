"""Tables of kind `units`: a row per unit, group subtotals and a grand total, all of it live.

The last column says with an "x" which units the totals add up, and may be changed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from exports.cells import Cell, Formula, Row, Shown, column_range
from exports.chosen import has_fewer_units
from exports.columns import ColumnScope, Field, in_working_order, place_fields
from exports.drawings import Plot, Point, figure
from exports.measure import text_units
from exports.naming import names_of
from exports.page import Head, Heading, Page, body_size, fit_widths, longest_word
from exports.rounds import Consolidation, Group, RoundResponses, UnitResponse, sent_of
from exports.values import NUMERIC, AnswerScope, given_names, number_cell, test_of
from exports.wording import words_of
from forms.expressions import Value
from forms.markup import alone
from forms.tree import Chart, Format, Table
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

# Excel folds rows seven levels deep.
DEEPEST = 7
# So many rows stand on the page on which the total is signed.
ROWS_WITH_TOTAL = 2
# What is drawn: its name, its row, and the cells of that.
Drawn = tuple[str, int, Sequence[Cell]]
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


def sum_without(below: str) -> SumFormula:
    """Return what writes such a subtotal where rows marked `below` are told by the one above."""

    def formula(marks: str, numbers: str, mark: str) -> str:
        count = f'SUMPRODUCT(({marks}<>"{below}")*ISNUMBER({numbers}))'
        plain = f'IF({count}=0,"",SUMIF({marks},"<>{below}",{numbers}))'
        return f'IF(COUNTIF({marks},"{mark}")=0,{plain},{sum_of_marked(marks, numbers, mark)})'

    return formula


@dataclass(slots=True)
class UnitRow:
    """What a unit's row shows, but for what is computed from it.

    `level` is 1 for a unit of a group, more for one below it, whose figures that one told, too.
    """

    response: UnitResponse
    cells: list[Cell]
    values: dict[str, Value]
    level: int = 1

    @property
    def told_above(self) -> bool:
        """Whether a sum with the unit above would count it twice."""
        return self.level > 1 and not self.response.unit.counted


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
                if not row.told_above:
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
        self.asked = responses
        self.total = "total_of_chosen" if has_fewer_units(consolidation) else "total"
        self.unit_rows = list(self._read(responses, table))
        self.below = rows_below(self.unit_rows)
        for row in self.unit_rows:
            if row.told_above:
                row.cells[self.counted] = self.words["below_mark"]
        self.drawn: dict[str, list[Drawn]] = {"groups": [], "units": []}

    def page(self, head: Head) -> Page:
        """Write the table and return its page."""
        headings = self._headings()
        weights = [heading.width for heading in headings]
        page = Page(self.consolidation, headings, fit_widths(headings, weights))
        page.head(replace(head, counts=self._counts(), until=self._until()))
        page.head_columns()
        first = last = page.next_row
        if self.unit_rows:
            last = self._rows(page)
            page.gap(4.0)
            page.line(self.words[f"{self.total}_note"], "note")
            if self.below:
                page.line(self.words["below_note"], "note")
        else:
            page.nothing()
        page.signature()
        page.keep_together(max(last - ROWS_WITH_TOTAL, first))
        page.plots += self._plots(page.title)
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
        cells[self.note] = self._note(response)
        if response.answers is not None:
            for field_ in self.read_fields:
                cell = field_.read(scope) if field_.read else None
                cells[field_.index] = cell
                if isinstance(cell, int | Decimal):
                    values[field_.name] = Decimal(cell)
        return UnitRow(response, cells, values)

    def _note(self, response: UnitResponse) -> str | None:
        """Return what is to be known of a row: no report yet, or a unit that was withdrawn."""
        if response.withdrawn_at is not None:
            return self.words["withdrawn" if response.answers is None else "withdrawn_sent"]
        if response.answers is not None:
            return None
        return self.words["held_back" if response.held_back else "unsent"]

    # --- rows -------------------------------------------------------------------------------------

    def _rows(self, page: Page) -> int:
        """Write the rows of all units, and return the row of the total below them."""
        first, number, grand = page.next_row, 0, Sums()
        for place, (group, rows) in enumerate(self._groups(), start=1):
            group_row, sums = page.add((), ()), Sums()
            for row in rows:
                number += 1
                row.cells[NUMBER] = number
                unit = row.response.unit
                self.drawn["units"].append((unit.short_name, page.next_row, row.cells))
                self._write_unit(page, row, (sums, grand))
            page.rows[group_row] = self._group_row(page, group_row, (place, group), rows, sums)
        cells = self._sum_row(
            grand.marked, sum_of_marked, page.next_row, (first, page.next_row - 1)
        )
        cells[NAME] = self.words[self.total]
        total = page.add(cells, self._styles("total"))
        for field_ in self.fields:
            if field_.column.format in NUMERIC:
                found = figure(total, field_.index, _value(cells[field_.index]))
                page.figures[self.asked.code, field_.name] = found
        return total

    def _write_unit(self, page: Page, row: UnitRow, sums: Sequence[Sums]) -> None:
        """Write a unit, and then those below it, each with the number of the one above in front."""
        self._compute(row.cells, row.values, page.next_row)
        styles = self._styles("body" if row.level == 1 else "below")
        page.add_texts(row.cells, styles, level=min(row.level, DEEPEST))
        for one in sums:
            one.add(row, self.summed_names)
        for number, below in enumerate(self.below.get(row.response.unit.code, ()), start=1):
            below.cells[NUMBER] = f"{row.cells[NUMBER]}.{number}"
            self._write_unit(page, below, sums)

    # --- what may be drawn ------------------------------------------------------------------------

    def _plots(self, sheet: str) -> Iterator[Plot]:
        """Yield what the table may draw: columns that share a band stand in one chart."""
        found: dict[tuple[Chart, str, Format], list[Field]] = {}
        for field_ in self.fields:
            column = field_.column
            if column.chart and column.format in NUMERIC:
                band = alone(column.band.text(self.language))
                found.setdefault((column.chart, band, column.format), []).append(field_)
        called = names_of([field_.column for field_ in self.fields], self.language)
        for (chart, band, look), fields in found.items():
            kinds = tuple(called[f.name].own for f in fields)
            what = called[fields[0].name].full if len(kinds) == 1 else band or ", ".join(kinds)
            title = self.words[f"chart_{chart}"].format(what=what, sheet=sheet)
            points = tuple(
                Point(name, tuple(figure(row, f.index, _value(cells[f.index])) for f in fields))
                for name, row, cells in self.drawn[chart]
            )
            marked = any(point.name.endswith(self.words["uncounted_sign"]) for point in points)
            note = self.words["uncounted_note"] if marked else ""
            yield Plot(title, kinds, points, look, note=note)

    def _groups(self) -> Iterator[tuple[Group, list[UnitRow]]]:
        """Yield the groups that have units, in the campaign's order, unknown ones last."""
        groups = {group.code: group for group in self.consolidation.groups}
        members: dict[str, list[UnitRow]] = {code: [] for code in groups}
        for row in self.unit_rows:
            if row.level == 1:
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
        nested = any(unit_row.response.unit.code in self.below for unit_row in rows)
        formula = sum_without(words["below_mark"]) if nested else sum_of_group
        cells = self._sum_row(shown, formula, row, (row + 1, page.next_row - 1))
        cells[NUMBER], cells[NAME] = roman(place), label
        sign = "" if counted else words["uncounted_sign"]
        self.drawn["groups"].append((f"{group.name}{sign}", row, cells))
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
            f"{role} inset" if role == "below" else f"{role} text",
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


def rows_below(rows: Sequence[UnitRow]) -> Mapping[str, list[UnitRow]]:
    """Return the rows that stand below another by the code of its unit, and set their levels.

    A unit stands below the one that it belongs to when that one has a row, too.
    """
    above = {row.response.unit.code: row.response.unit.above for row in rows}
    below: dict[str, list[UnitRow]] = {}
    for row in rows:
        row.level = _level(row.response.unit.code, above)
        if row.level > 1:
            below.setdefault(row.response.unit.above, []).append(row)
    return below


def _level(code: str, above: Mapping[str, str]) -> int:
    """Return how deep a unit stands; units that would stand below themselves stand alone."""
    passed = [code]
    while above[passed[-1]] in above:
        passed.append(above[passed[-1]])
        if passed[-1] in passed[:-1]:
            return 1
    return len(passed)


def _value(cell: Cell) -> Shown:
    """Return the number that a cell shows, "" for none."""
    value = cell.value if isinstance(cell, Formula) else cell
    return value if isinstance(value, int | Decimal) else ""


def _formula_cell(text: str, value: Value) -> Formula:
    number = number_cell(value)
    return Formula(text, "" if number is None else number)
