"""The cells of a large plain table as XML, each by its type; used by exports.data_workbook.

What XML refuses is escaped as ECMA-376 part 1 says, 22.9.2.19 (ST_Xstring).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from string import Template
from typing import Any
from xml.sax.saxutils import escape

from exports.cells import letters, plain_text
from exports.record_cells import Kind
from exports.records import DataColumn

# Gives a row from its number and its cells.
DrawRow = Callable[..., str]
# Gives a cell from the letters of its column, the number of its row and its value.
Draw = Callable[[str, str, Any], str]
# Positions in the list of cell formats of exports.data_parts.
DATE, MOMENT, TIME = 1, 2, 3
DAY_SECONDS = 86_400
# A text that is as long may need to be cut.
LONG = 16_000
LEAP_DAY_1900 = 59
# The line end that XML would change, and what would be taken for an escape.
_CHANGED = re.compile("\r|_(?=x[0-9A-Fa-f]{4}_)")


# --- rows -----------------------------------------------------------------------------------------

# Tells whether a text may stand in XML as it is: it holds no markup, no escape, nothing that is
# not printed, no blank at an end, and need not be cut.
PLAIN = (
    """$cell.isprintable() and "&" not in $cell and "<" not in $cell and ">" not in $cell"""
    f""" and "_x" not in $cell and $cell[:1] != " " != $cell[-1:] and len($cell) < {LONG}"""
)

# What a column makes of a cell that is what it should be; everything else is drawn by its type.
USUAL: Mapping[Kind, Template] = {
    "integer": Template("""f'<c r="$place{r}"><v>{$cell}</v></c>' if $cell.__class__ is int"""),
    "number": Template("""f'<c r="$place{r}"><v>{$cell}</v></c>' if $cell.__class__ is int"""),
    "flag": Template("""f'<c r="$place{r}"><v>{$cell}</v></c>' if $cell.__class__ is int"""),
    "date": Template(
        """f'<c r="$place{r}" s="1"><v>{days($cell)}</v></c>' if $cell.__class__ is date"""
    ),
    "text": Template(
        """f'<c r="$place{r}" t="inlineStr"><is><t>{$cell}</t></is></c>'"""
        f""" if $cell.__class__ is str and {PLAIN}"""
    ),
}
CHOICE = Template("""f'<c r="$place{r}" t="s"><v>{frequent[$cell]}</v></c>' if $cell in frequent""")
CELL = Template("""{"" if $cell is None else $usual draw("$place", r, $cell)}""")
ROW = Template("""lambda r, $names: f'''<row r="{r}">$cells</row>'''""")


def row_drawer(columns: Sequence[DataColumn], frequent: Mapping[str, int]) -> DrawRow:
    """Return what draws a row: one expression, compiled once for the table.

    `frequent` texts stand in the table of strings, by number. Names and texts of a form never
    become part of the expression.
    """
    cells = "".join(_cell_source(column, index) for index, column in enumerate(columns))
    names = ", ".join(f"c{index}" for index in range(len(columns)))
    known = {
        "frequent": frequent,
        "date": date,
        "days": _days,
        "draw": _drawer(frequent),
    }
    drawer: DrawRow = eval(ROW.substitute(names=names, cells=cells), known)  # noqa: S307 - made of the table above and of numbers
    return drawer


def _cell_source(column: DataColumn, index: int) -> str:
    """Return the part of the expression that draws one column: nothing for a blank."""
    parts = {"cell": f"c{index}", "place": letters(index)}
    usual = CHOICE if column.choices else USUAL.get(column.kind)
    first = f"{usual.substitute(parts)} else" if usual else ""
    return CELL.substitute(parts, usual=first)


# --- cells ----------------------------------------------------------------------------------------


def _drawer(frequent: Mapping[str, int]) -> Draw:
    """Return what draws any cell by its type."""

    def draw(place: str, row: str, cell: Any) -> str:
        number = frequent.get(cell) if cell.__class__ is str else None
        if number is not None:
            return f'<c r="{place}{row}" t="s"><v>{number}</v></c>'
        return DRAWERS[cell.__class__](place, row, cell)

    return draw


def _draw_text(place: str, row: str, text: str) -> str:
    return f'<c r="{place}{row}" t="inlineStr"><is>{text_element(text)}</is></c>' if text else ""


def text_element(text: str) -> str:
    """Return a text as an element that reads back equal, but for what no cell can hold."""
    text = plain_text(text)
    spaces = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<t{spaces}>{escape(_CHANGED.sub(_escape, text))}</t>"


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _draw_number(place: str, row: str, number: int | Decimal) -> str:
    return f'<c r="{place}{row}"><v>{number}</v></c>'


def _draw_date(place: str, row: str, day: date) -> str:
    return f'<c r="{place}{row}" s="{DATE}"><v>{_days(day)}</v></c>'


def _draw_moment(place: str, row: str, moment: datetime) -> str:
    days = _days(moment.date()) + _fraction(moment.time())
    return f'<c r="{place}{row}" s="{MOMENT}"><v>{days}</v></c>'


def _draw_time(place: str, row: str, clock: time) -> str:
    return f'<c r="{place}{row}" s="{TIME}"><v>{_fraction(clock)}</v></c>'


@lru_cache(maxsize=4096)
def _days(day: date) -> int:
    """Return a day as Excel counts it, which takes 1900 for a leap year."""
    days = (day - date(1899, 12, 30)).days
    return days if days > LEAP_DAY_1900 else days - 1


def _fraction(clock: time) -> float:
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    return seconds / DAY_SECONDS


DRAWERS: Mapping[type, Draw] = {
    str: _draw_text,
    int: _draw_number,
    Decimal: _draw_number,
    date: _draw_date,
    datetime: _draw_moment,
    time: _draw_time,
}
