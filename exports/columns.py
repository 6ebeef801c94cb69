"""The columns of a `units` table: which are read from answers, and which are live formulas.

A column is a formula when its expression names nothing but other columns of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exports.cells import letters
from exports.values import NUMERIC, Read, Versions, reader
from forms.expressions import (
    Evaluate,
    ExpressionError,
    Scope,
    Value,
    compile_python,
    references,
    to_excel,
)
from forms.tree import Column

# Stands for the number of the row in the text of a formula.
ROW = "\0"


@dataclass(frozen=True, slots=True)
class Field:
    """A column in its place on the sheet.

    Either `read` gives its cell from the answers, or `compute` its value from the other columns
    of its row and `formula` the parts of the formula that go around the number of the row, or the
    board fills it in.
    """

    column: Column
    index: int
    read: Read | None = None
    compute: Evaluate | None = None
    formula: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.column.name

    @property
    def summed(self) -> bool:
        """Whether totals add the column up, rather than leave it blank or compute it anew."""
        return self.read is not None and self.column.total and self.column.format in NUMERIC


class ColumnScope(Scope):
    """What the formula of a row sees: the other columns of that row."""

    __slots__ = ("values",)

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.values: Mapping[str, Value] = {}

    def value(self, name: str) -> Value:
        """Return the number in a column of the row, or a blank."""
        return self.values.get(name, "")


def place_fields(
    columns: Sequence[Column], first: int, versions: Versions, language: str
) -> tuple[Field, ...]:
    """Return the columns in their places, from column number `first` on.

    `versions` are those of the form, the newest first.
    """
    places = {column.name: first + place for place, column in enumerate(columns)}
    computed = frozenset(computed_order(columns))

    def field(column: Column) -> Field:
        index = places[column.name]
        formula = _formula(column, places) if column.name in computed else ()
        if column.value is None or not formula:
            return Field(column, index, read=reader(column, versions, language))
        return Field(column, index, compute=compile_python(column.value.node), formula=formula)

    return tuple(field(column) for column in columns)


def in_working_order(fields: Sequence[Field]) -> list[Field]:
    """Return the columns that are computed from others, each after what it needs."""
    by_name = {field.name: field for field in fields if field.compute}
    order = computed_order([field.column for field in fields])
    return [by_name[name] for name in order if name in by_name]


def computed_order(columns: Sequence[Column]) -> list[str]:
    """Return the names of the columns that are computed from others, each after what it needs.

    Columns that need each other are left out.
    """
    numeric = {column.name for column in columns if column.format in NUMERIC}
    waiting = {
        column.name: needs
        for column in columns
        if column.name in numeric and (needs := _needs(column)) and needs <= numeric
    }
    waiting = {name: needs & waiting.keys() for name, needs in waiting.items()}
    order: list[str] = []
    while ready := [name for name, needs in waiting.items() if needs <= set(order)]:
        order += ready
        for name in ready:
            del waiting[name]
    return order


def _needs(column: Column) -> frozenset[str]:
    """Return the names that the column's expression needs; none when its own is among them."""
    needs = references(column.value.node) if column.value else frozenset[str]()
    return frozenset() if column.name in needs else needs


def _formula(column: Column, places: Mapping[str, int]) -> tuple[str, ...]:
    """Return the formula in parts, to be joined by the row's number; () when there is none."""
    if column.value is None:
        return ()
    try:
        text = to_excel(column.value.node, lambda name: letters(places[name]) + ROW)
    except ExpressionError:
        return ()
    return tuple(text.split(ROW))
