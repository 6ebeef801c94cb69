"""The tables of units as annexes of the report, cell by cell as the workbook has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from exports.cells import Captioned, Cell, Formula, Link, Row
from exports.page import Head, Heading, Page
from exports.rounds import Consolidation, RoundResponses
from exports.tables import planned
from exports.units import FIRST, NAME, build_units
from forms.markup import alone
from forms.tree import Column, Format, Table
from language.numbers import format_number

# So many places behind the comma; a decimal number has as many as it needs, up to this many.
PLACES: Mapping[str, int] = {"integer": 0, "percent": 1, "scale": 2, "decimal": 3}
ROLES = frozenset({"body", "group", "total"})
# Who is highest and who is lowest is told of so many units, when at least as many have a figure.
NAMED, LEAST_UNITS = 3, 5
# Units that share a figure are named together, up to so many in all.
MOST_TIED = 5


class AnnexRow(NamedTuple):
    """A row of an annex: its role (body, group or total), its texts, and what each cell holds."""

    role: str
    texts: tuple[str, ...]
    kinds: tuple[str, ...]


class Figure(NamedTuple):
    """A figure of the row of totals, None when it is missing; and the units at either end.

    `highest` and `lowest` name units with their figures; they are blank when that tells nothing.
    """

    column: Column
    value: int | Decimal | None
    highest: str = ""
    lowest: str = ""


@dataclass(frozen=True, slots=True)
class Annex:
    """A table of units of one round; `headings` are those of its columns."""

    asked: RoundResponses
    table: Table
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[AnnexRow, ...]
    figures: tuple[Figure, ...]


def annexes(consolidation: Consolidation) -> Iterator[Annex]:
    """Yield the tables of units in the order of the workbook's sheets."""
    for table, parts in planned(consolidation):
        if table.kind == "units":
            yield _annex(consolidation, parts[0][0], table)


def _annex(consolidation: Consolidation, asked: RoundResponses, table: Table) -> Annex:
    page = build_units(consolidation, asked, table, Head("", ""))
    rows = [row for row in _table_rows(page) if any(cell is not None for cell in row.cells)]
    title = (table.title or table.labels).text(consolidation.language)
    return Annex(
        asked,
        table,
        alone(title),
        tuple(page.headings),
        tuple(map(_shown_row, rows)),
        tuple(_figures(table.columns, rows)),
    )


def _table_rows(page: Page) -> Iterator[Row]:
    return (row for row in page.rows if _role(row) in ROLES)


def _role(row: Row) -> str:
    return row.styles[0].partition(" ")[0] if row.styles else ""


def _shown_row(row: Row) -> AnnexRow:
    kinds = tuple(style.partition(" ")[2] for style in row.styles)
    texts = tuple(show(cell, kind) for cell, kind in zip(row.cells, kinds, strict=True))
    return AnnexRow(_role(row), texts, kinds)


# --- figures --------------------------------------------------------------------------------------


def _figures(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[Figure]:
    totals = [row for row in rows if _role(row) == "total"]
    units = [row for row in rows if _role(row) == "body"]
    for index, column in enumerate(columns, FIRST):
        value = _number(totals[0].cells[index]) if totals else None
        if column.format != "percent":
            yield Figure(column, value)
            continue
        yield Figure(column, value, *_ends(units, index))


def _ends(units: Iterable[Row], index: int) -> tuple[str, str]:
    """Return who has the highest and who the lowest share; blank when all have the same."""
    found = [
        (number, str(row.cells[NAME]))
        for row in units
        if (number := _number(row.cells[index])) is not None
    ]
    figures = {figure_text(number, "percent") for number, _ in found}
    if len(found) < LEAST_UNITS or len(figures) == 1:
        return "", ""
    # Units that share a figure stay in official order.
    highest = _named(sorted(found, key=lambda one: -one[0]), "cùng đạt")
    return highest, _named(sorted(found, key=lambda one: one[0]), "cùng ở mức")


def _named(found: Iterable[tuple[int | Decimal, str]], alike: str) -> str:
    """Return the units at one end with their figures, of units that share one all or none.

    So many that nobody would read their names are told as a number, and end what is told.
    """
    tied: dict[str, list[str]] = {}
    for number, name in found:
        tied.setdefault(figure_text(number, "percent"), []).append(name)
    said: list[str] = []
    for figure, names in tied.items():
        if not said and len(names) > MOST_TIED:
            return f"{format_number(len(names))} đơn vị {alike} {figure}%"
        if len(said) >= NAMED or len(said) + len(names) > MOST_TIED:
            break
        said += [f"{name} ({figure}%)" for name in names]
    return ", ".join(said)


def _number(cell: Cell) -> int | Decimal | None:
    value = cell.value if isinstance(cell, Formula) else cell
    return value if isinstance(value, int | Decimal) else None


# --- texts ----------------------------------------------------------------------------------------


def figure_text(value: object, look: Format) -> str:
    """Return a figure as a sentence has it: 1.234 or 12,5, without a zero behind the comma."""
    if not isinstance(value, int | Decimal):
        return str(value)
    written = format_number(value, PLACES.get(look, 0))
    return written.rstrip("0").rstrip(",") if "," in written else written


def show(cell: Cell, kind: str) -> str:
    """Return a cell as it is printed in a column of its kind; blank when there is nothing."""
    value = cell.value if isinstance(cell, Formula) else cell
    if value is None:
        return ""
    for type_, write in _WRITERS:
        if isinstance(value, type_):
            return write(value, kind.removesuffix(" centred"))
    return str(value)


def _write_number(value: int | Decimal, kind: str) -> str:
    if kind == "decimal":
        return figure_text(value, "decimal")
    return format_number(value, PLACES.get(kind, 0))


def _write_moment(value: datetime, kind: str) -> str:
    return f"{value:%d/%m/%Y %H:%M}" if kind == "moment" else f"{value:%d/%m/%Y}"


def _write_day(value: date, _: str) -> str:
    return f"{value:%d/%m/}{value.year}"


def _write_text(value: Captioned | Link, _: str) -> str:
    return value.text


# A moment is a date, too: the first that fits is taken.
_WRITERS: Sequence[tuple[type | tuple[type, ...], Callable[..., str]]] = (
    ((Captioned, Link), _write_text),
    ((int, Decimal), _write_number),
    (datetime, _write_moment),
    (date, _write_day),
)
