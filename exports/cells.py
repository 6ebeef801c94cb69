"""Sheets of typed cells: what is built here and written by exports.workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from language.text import FORBIDDEN

Number = int | Decimal
Shown = str | int | Decimal
LETTERS = 26
MILLIMETRES_AN_INCH = 25.4
LONGEST_TEXT = 32_767
# What no answer may hold and a cell can: the old end of a line, the sign of a broken character.
_HARMLESS = "\r\ufffd"


class Formula(NamedTuple):
    """A live formula, without its equals sign, and the value it has now ("" for a blank)."""

    text: str
    value: Shown = ""


class Captioned(NamedTuple):
    """A text with a small one below it in the same cell."""

    text: str
    small: str


class Link(NamedTuple):
    """A text that leads to the beginning of another sheet of the workbook."""

    text: str
    sheet: str


Cell = str | int | Decimal | date | datetime | time | Formula | Captioned | Link | None


class Row(NamedTuple):
    """Cells from column A on, the name of each one's style, and the height of the row in points.

    Rows of one kind share one `styles` tuple, so that their formats are looked up once. A row of a
    `level` is folded away under the row above it of a lower one.
    """

    cells: Sequence[Cell]
    styles: tuple[str, ...]
    height: float | None = None
    level: int = 0


class Merge(NamedTuple):
    """A block of cells that show the first one; rows and columns count from 0, both inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class DropDown(NamedTuple):
    """What a column offers below its heading: `choices`, or the cells at `source`.

    Something else may be typed all the same, after a question. `title` and `message` stand beside
    the cell while it is chosen; with neither choices nor source they are all there is.
    """

    column: int
    title: str
    message: str
    choices: tuple[str, ...] = ()
    source: str = ""


RuleKind = Literal["any", "list", "custom", "whole", "decimal", "date", "length"]


class Rule(NamedTuple):
    """What may be typed into a block of cells, and what is said beside them.

    `list` offers the cells at `source`, `custom` asks its formula there; `whole`, `decimal`, `date`
    and `length` take what lies between `low` and `high`; `any` only helps. When something else is
    typed, `error` is said, and nothing else can be typed when it is `strict`.
    """

    block: Merge
    kind: RuleKind
    title: str = ""
    message: str = ""
    error: str = ""
    source: str = ""
    low: Shown = 0
    high: Shown = 0
    strict: bool = False


class Shade(NamedTuple):
    """A block of cells that looks as `style` says where `formula` holds.

    The formula is that of the first cell; those of the others follow from it.
    """

    block: Merge
    formula: str
    style: str


class Series(NamedTuple):
    """Bars of one kind: the addresses, with the sheet, of their name, their points and values."""

    name: str
    points: str
    values: str


class Chart(NamedTuple):
    """Bars, lying on their side, that fill one row from the first column to the last.

    `format` is that of the numbers on the axis, and at the bars unless these have a format of their
    own, `labels`. `most` is the end of the axis, `step` leads from one of its numbers to the next;
    None when it depends.
    """

    row: int
    title: str
    series: tuple[Series, ...]
    stacked: bool
    format: str
    most: int | None = None
    step: int | None = None
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """A printed page: its margins in millimetres, and the size in points of its number."""

    top: int = 20
    bottom: int = 20
    left: int = 30
    right: int = 15
    number_size: int = 14


@dataclass(frozen=True, slots=True)
class FillIn:
    """What makes a sheet one to be filled in.

    Its cells are locked, but for those whose style says otherwise; there is no password. `printed`
    is the block of cells that is printed.
    """

    printed: Merge
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    rules: tuple[Rule, ...] = ()
    shades: tuple[Shade, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished sheet.

    `widths` are those of the columns, in digits of the body font. `heading` are the first and
    last of the rows that head every printed page, `frozen` the rows and columns that stay on the
    screen. `size` is the body size in points. A sheet that is not `printed` is for pivot tables:
    when it is printed all the same, then only its first `print_columns`. `column_styles` are those
    of the cells below the rows, and `drop_downs` help to fill them. A `hidden` sheet is one that
    only a program shows again. `shades` are looks that depend on what stands in the cells. Without
    a `heading`, no row is repeated. A page ends before each of the rows `breaks`; a sheet that has
    any is printed at its `scale` in percent, the others as wide as the page. `back` leads to the
    first sheet, from beside the table, where it is not printed.
    """

    name: str
    widths: tuple[float, ...]
    rows: tuple[Row, ...]
    merges: tuple[Merge, ...] = ()
    heading: tuple[int, int] | None = (0, 0)
    frozen: tuple[int, int] = (0, 0)
    landscape: bool = False
    size: int = 12
    printed: bool = True
    print_columns: int = 0
    column_styles: tuple[str, ...] = ()
    drop_downs: tuple[DropDown, ...] = ()
    shades: tuple[Shade, ...] = ()
    fill_in: FillIn | None = None
    hidden: bool = False
    charts: tuple[Chart, ...] = ()
    breaks: tuple[int, ...] = ()
    scale: int = 100
    setup: Setup = Setup()
    back: Link | None = None


@lru_cache(maxsize=1024)
def letters(column: int) -> str:
    """Return the letters of a column that counts from 0: A, B, … Z, AA."""
    before, last = divmod(column, LETTERS)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


def address(row: int, column: int) -> str:
    """Return the A1 address of a cell; row and column count from 0."""
    return f"{letters(column)}{row + 1}"


def column_range(column: int, first_row: int, last_row: int) -> str:
    """Return the A1 address of a stretch of one column, both rows inclusive."""
    return f"{letters(column)}{first_row + 1}:{letters(column)}{last_row + 1}"


def sound_text(text: str) -> str:
    """Return the text without what no answer may hold and no file should.

    Half characters, control signs and noncharacters break other programs; see
    language.text.forbidden_character.
    """
    return text if text.isprintable() else FORBIDDEN.sub(_sound, text)


def _sound(found: re.Match[str]) -> str:
    return found[0] if found[0] in _HARMLESS else ""


def plain_text(text: str) -> str:
    """Return the text as a cell can hold it: sound, and at most 32,767 UTF-16 units."""
    text = sound_text(text)
    return _cut(text) if len(text) > LONGEST_TEXT // 2 else text


def _cut(text: str) -> str:
    coded = text.encode("utf-16-le")
    if len(coded) // 2 <= LONGEST_TEXT:
        return text
    return coded[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"
