"""The cells of a large plain table as XML, each by its type; used by exports.data_workbook.

What XML refuses is escaped as ECMA-376 part 1 says, 22.9.2.19 (ST_Xstring).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any
from xml.sax.saxutils import escape

from exports.cells import plain_text

# Gives a cell from the letters of its column, the number of its row and its value.
Draw = Callable[[str, str, Any], str]
# Positions in the list of cell formats of exports.data_parts.
DATE, MOMENT, TIME = 1, 2, 3
DAY_SECONDS = 86_400
# So long a text may need to be cut.
SHORT = 16_000
LEAP_DAY_1900 = 59
# What a text must be looked at for: markup, escapes, blanks at an end, what no cell can hold.
_SPECIAL = re.compile(
    "[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|^\\s|\\s$|_x[0-9A-Fa-f]{4}_"
)
# What XML refuses, the line end that it would change, and what would be taken for an escape.
_REFUSED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def text_drawer(frequent: Mapping[str, int]) -> Draw:
    """Return what draws a text; `frequent` ones stand in the table of strings, by number."""

    def draw(place: str, row: str, text: str) -> str:
        number = frequent.get(text)
        if number is not None:
            return f'<c r="{place}{row}" t="s"><v>{number}</v></c>'
        return (
            f'<c r="{place}{row}" t="inlineStr"><is>{text_element(text)}</is></c>' if text else ""
        )

    return draw


def text_element(text: str) -> str:
    """Return a text as an element that reads back equal, but for what no cell can hold."""
    if len(text) < SHORT and not _SPECIAL.search(text):
        return f"<t>{text}</t>"
    text = plain_text(text)
    spaces = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<t{spaces}>{escape(_REFUSED.sub(_escape, text))}</t>"


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
    NoneType: lambda _, __, ___: "",
    int: _draw_number,
    Decimal: _draw_number,
    date: _draw_date,
    datetime: _draw_moment,
    time: _draw_time,
}
