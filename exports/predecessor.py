"""A campaign beside an earlier one: totals of the same name in tables of the same name.

Differences, shares and what the forms compute are live formulas. A total of the campaign itself
refers to the cell of its own sheet where that is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exports.cells import Cell, Formula, Shown, address
from exports.columns import ColumnScope, Field, in_working_order, place_fields
from exports.comparison import NOWHERE, Known
from exports.naming import names_of
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Consolidation, RoundResponses
from exports.shares import share
from exports.units import FIRST as FIRST_COLUMN
from exports.units import marked_totals
from exports.values import number_cell
from exports.wording import words_of
from forms.expressions import ExpressionError, Value, to_excel
from forms.markup import alone
from forms.tree import Format, Table
from language.dates import wall_clock
from language.numbers import round_half_up

NUMBER, NAME, BEFORE, NOW, DIFFERENCE, GROWTH = range(6)
WIDTHS = (5.0, 34.0, 13.0, 13.0, 13.0, 11.0)
_LEASTS = (0.0, 24.0, 0.0, 0.0, 0.0, 0.0)
_LABELS = ("number", "indicator", "campaign_before", "campaign_now", "difference", "growth")
# What is counted of a round, and by which name the sheet of progress tells it.
_TOLD: Mapping[str, str] = {
    "due": "units_asked",
    "sent": "units_sent",
    "sent_on_time": "units_on_time",
}
# How many decimals a difference has; of whole numbers it has none by itself.
_PLACES: Mapping[Format, int] = {"decimal": 3, "percent": 1, "scale": 2}
_GROWTH_PLACES = 1

Part = tuple[RoundResponses, Table]


@dataclass(frozen=True, slots=True)
class Pair:
    """A table of this campaign and the one of the earlier campaign that is called the same."""

    now: Part
    before: Part


@dataclass(frozen=True, slots=True)
class Side:
    """One campaign of a pair: its round, its columns by name, and the totals of its table."""

    consolidation: Consolidation
    asked: RoundResponses
    fields: Mapping[str, Field]
    totals: Mapping[str, Decimal]


def build_predecessor(consolidation: Consolidation, head: Head, known: Known) -> Page:
    """Return the page that compares a campaign with the one that `previous` says.

    `known` are the figures that it may refer to.
    """
    words = words_of(consolidation.language)
    headings = [
        Heading(words[label], width, least=least)
        for label, width, least in zip(_LABELS, WIDTHS, _LEASTS, strict=True)
    ]
    page = Page(consolidation, headings, fit_widths(headings, WIDTHS))
    page.head(replace(head, counts=_whom(consolidation)))
    page.head_columns()
    _Comparison(page, known).write()
    page.signature()
    return page


def _whom(consolidation: Consolidation) -> str:
    earlier = consolidation.previous
    label = words_of(consolidation.language)["scope_predecessor"]
    return f"{label} {earlier.campaign_code}: {earlier.title}" if earlier else ""


def pairs_of(now: Consolidation, before: Consolidation) -> Iterator[Pair]:
    """Yield the tables of units that both campaigns have, in the order of this one.

    Of several that are called the same, that of the round with the same code is taken.
    """
    earlier: dict[str, list[Part]] = {}
    for part in _tables(before):
        earlier.setdefault(part[1].name, []).append(part)
    for part in _tables(now):
        called = earlier.get(part[1].name, [])
        found = next((one for one in called if one[0].code == part[0].code), None)
        if found or called:
            yield Pair(part, found or called[0])


def _tables(consolidation: Consolidation) -> Iterator[Part]:
    for asked in consolidation.rounds:
        if asked.kind == "closed":
            yield from ((asked, t) for t in asked.definition.tables if t.kind == "units")


class _Comparison:
    """The rows of the page, under the rounds and tables that they belong to."""

    def __init__(self, page: Page, known: Known) -> None:
        self.page, self.known = page, known
        self.words = page.words
        self.language = page.consolidation.language
        self.scope = ColumnScope(wall_clock(page.consolidation.exported_at))
        self.number = 0

    def write(self) -> None:
        """Write what is comparable; say so when nothing is."""
        earlier = self.page.consolidation.previous
        pairs = list(pairs_of(self.page.consolidation, earlier)) if earlier else []
        told: set[tuple[str, str]] = set()
        for pair in pairs:
            rounds = (pair.before[0].code, pair.now[0].code)
            if rounds not in told:
                told.add(rounds)
                self._write_round(pair.before[0], pair.now[0])
            self._write_table(pair)
        if not pairs:
            self.page.nothing()

    # --- how far the rounds are -------------------------------------------------------------------

    def _write_round(self, before: RoundResponses, now: RoundResponses) -> None:
        """Write how many units were asked, have sent and were in time, and the shares."""
        title = now.title if now.title == before.title else f"{now.title} ({before.title})"
        self.page.line(title, "group text")
        counted = [_progress(before), _progress(now)]
        rows = {
            key: [counted[0][key], self._told(now.code, told, counted[1][key])]
            for key, told in _TOLD.items()
        }
        due = self._write_row(self.words["due"], "integer", rows.pop("due"))
        for key, cells in rows.items():
            row = self._write_row(self.words[key], "integer", cells)
            part, of_what = self.words[key], self.words["share"].lower()
            label = self.words["share_of"].format(part=part, share=of_what)
            shares: list[Cell] = [
                share(c[key], c["due"], address(row, column), address(due, column))
                for c, column in zip(counted, (BEFORE, NOW), strict=True)
            ]
            self._write_row(label, "percent", shares)

    # --- the totals of tables ---------------------------------------------------------------------

    def _write_table(self, pair: Pair) -> None:
        before, now = self._side(pair.before, earlier=True), self._side(pair.now)
        names = [name for name in now.fields if name in before.fields]
        if not names:
            return
        table = pair.now[1]
        label = (table.title or table.labels).text(self.language) or table.name
        self.page.line(alone(label), "group text")
        called = names_of(table.columns, self.language)
        rows = {name: self.page.next_row + place for place, name in enumerate(names)}
        cells = {
            column: self._cells(side, rows, column)
            for side, column in ((before, BEFORE), (now, NOW))
        }
        for name in names:
            column = now.fields[name].column
            figures = [cells[BEFORE][name], cells[NOW][name]]
            self._write_row(called[name].full, column.format, figures)

    def _side(self, part: Part, *, earlier: bool = False) -> Side:
        asked, table = part
        whole = self.page.consolidation
        consolidation = whole.previous or whole if earlier else whole
        fields = place_fields(table.columns, FIRST_COLUMN, asked.definitions, self.language)
        comparable = {field.name: field for field in fields if field.summed or field.compute}
        totals = marked_totals(consolidation, asked, table)
        return Side(consolidation, asked, comparable, totals)

    def _cells(self, side: Side, rows: Mapping[str, int], column: int) -> dict[str, Cell]:
        """Return the cell of each row in the column of one campaign."""
        values: dict[str, Value] = {**side.totals}
        self.scope.values = values
        found = {name: self._total(side, name) for name in rows}
        for field in in_working_order(list(side.fields.values())):
            if field.compute:
                values[field.name] = field.compute(self.scope)
                if field.name in rows:
                    found[field.name] = _computed(field, values[field.name], rows, column)
        return found

    def _total(self, side: Side, name: str) -> Cell:
        value = side.totals.get(name)
        number = None if value is None else number_cell(value)
        if number is None or side.consolidation is not self.page.consolidation:
            return number
        return self._told(side.asked.code, name, number)

    def _told(self, code: str, name: str, number: Cell) -> Cell:
        """Return the formula that shows a figure of another sheet where that has it."""
        sheet, found = self.known.get((code, name), ("", NOWHERE))
        # Two tables of a round may call a column the same.
        if not sheet or not isinstance(number, int | Decimal) or found.value != number:
            return number
        return Formula(found.text(sheet), number)

    # --- rows -------------------------------------------------------------------------------------

    def _write_row(self, label: str, look: Format, cells: Sequence[Cell]) -> int:
        """Write a row with both figures and how they differ; return its number."""
        self.number += 1
        row = self.page.next_row
        before, now = map(_shown, cells)
        written: list[Cell] = [self.number, label, *cells]
        written.append(_difference(row, before, now, _PLACES.get(look, 0)))
        written.append(None if look == "percent" else _growth(row, before, now))
        figure = f"body {look}"
        styles = ("body centre", "body text", figure, figure, figure, "body percent")
        return self.page.add_texts(written, styles)


def _progress(asked: RoundResponses) -> Mapping[str, int]:
    """Return how many units rates are counted of, have sent, and were in time."""
    states = [response.state for response in asked.of_rates]
    on_time = states.count("on_time")
    return {"due": len(states), "sent": on_time + states.count("late"), "sent_on_time": on_time}


def _computed(field: Field, value: Value, rows: Mapping[str, int], column: int) -> Cell:
    """Return the formula of a column; one that refers to what has no row is a plain figure."""
    number = number_cell(value)
    shown: Shown = "" if number is None else number
    if field.column.value is None:
        return number
    try:
        text = to_excel(field.column.value.node, lambda name: address(rows[name], column))
    except (ExpressionError, KeyError):
        return number
    return Formula(text, shown)


def _shown(cell: Cell) -> Decimal | None:
    value = cell.value if isinstance(cell, Formula) else cell
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _difference(row: int, before: Decimal | None, now: Decimal | None, places: int) -> Formula:
    first, second = address(row, BEFORE), address(row, NOW)
    minus = f"{second}-{first}"
    text = f"ROUND({minus},{places})" if places else minus
    value = None if before is None or now is None else round_half_up(now - before, places)
    return _both(first, second, text, value)


def _growth(row: int, before: Decimal | None, now: Decimal | None) -> Formula:
    first, second = address(row, BEFORE), address(row, NOW)
    text = f'IF({first}=0,"",ROUND(({second}-{first})*100/{first},{_GROWTH_PLACES}))'
    value = None
    if before and now is not None:
        value = round_half_up((now - before) * 100 / before, _GROWTH_PLACES)
    return _both(first, second, text, value)


def _both(first: str, second: str, text: str, value: Decimal | None) -> Formula:
    """Return the formula that is blank unless both figures are there."""
    number = None if value is None else number_cell(value)
    formula = f'IF(AND(ISNUMBER({first}),ISNUMBER({second})),{text},"")'
    return Formula(formula, "" if number is None else number)
