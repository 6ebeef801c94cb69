"""A list as a workbook of one sheet: a title, notes, headings and a row for each entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exports.cells import Cell, Row, Sheet
from exports.workbook import Document, write_workbook
from language.dates import wall_clock

HEADING, TITLE, NOTE = "heading", "names", "plain"
TEXT, MOMENT, NUMBER = "item text", "item moment", "item integer"


@dataclass(frozen=True, slots=True)
class PlainColumn:
    """A column: its heading, its width in digits, and how its cells look."""

    heading: str
    width: float
    style: str = TEXT


def plain_workbook(
    title: str,
    notes: Sequence[str],
    columns: Sequence[PlainColumn],
    rows: Iterable[Sequence[Cell]],
    now: datetime,
) -> bytes:
    """Return a workbook of these rows; texts stay texts, and moments are shown in local time."""
    top = [Row([title], (TITLE,)), *(Row([note], (NOTE,)) for note in notes)]
    head = Row([column.heading for column in columns], (HEADING,) * len(columns))
    styles = tuple(column.style for column in columns)
    body = [Row([_local(cell) for cell in row], styles) for row in rows]
    sheet = Sheet(
        name=title,
        widths=tuple(column.width for column in columns),
        rows=(*top, head, *body),
        heading=(len(top), len(top)),
        frozen=(len(top) + 1, 0),
        landscape=True,
    )
    return write_workbook((sheet,), Document(title, "Phiếu", now))


def _local(cell: Cell) -> Cell:
    return wall_clock(cell) if isinstance(cell, datetime) else cell
