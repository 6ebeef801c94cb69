"""What a sheet lets others refer to: its figures in their cells, and what of it may be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from exports.cells import Shown, address
from forms.tree import Format


class Figure(NamedTuple):
    """A figure in a cell, or the sum of some, and what it is now ("" for a blank).

    `cells` are addresses without their sheet.
    """

    cells: tuple[str, ...]
    value: Shown

    def text(self, sheet: str) -> str:
        """Return how a formula on another sheet refers to it."""
        cells = [f"{quoted(sheet)}!{cell}" for cell in self.cells]
        return cells[0] if len(cells) == 1 else f"({'+'.join(cells)})"


class Point(NamedTuple):
    """What a chart shows of one thing: its name, and a figure for each kind of bars."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """What may be drawn of a sheet: the names of its kinds of bars, and its points.

    `stacked` bars add up to something. `note` says what a sign in the names of points means.
    """

    title: str
    kinds: tuple[str, ...]
    points: tuple[Point, ...]
    format: Format = "integer"
    stacked: bool = False
    note: str = ""


def figure(row: int, column: int, value: Shown) -> Figure:
    """Return the figure in one cell; row and column count from 0."""
    return Figure((absolute(row, column),), value)


def absolute(row: int, column: int) -> str:
    """Return the address of a cell that stays when a formula is copied."""
    letters = address(row, column).rstrip("0123456789")
    return f"${letters}${row + 1}"


def added(figures: Iterable[Figure]) -> Figure:
    """Return the sum of whole numbers in several cells."""
    found = tuple(figures)
    total = sum(int(one.value) for one in found if one.value != "")
    return Figure(tuple(cell for one in found for cell in one.cells), total)


def quoted(sheet: str) -> str:
    """Return the name of a sheet as formulas write it."""
    name = sheet.replace("'", "''")
    return f"'{name}'"
