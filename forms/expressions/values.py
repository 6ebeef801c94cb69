"""What an expression works with: its values, how they turn into each other, how they compare.

Numbers are Decimal of 28 digits that are compared, rounded and shown with 15, like those of a
spreadsheet and of a browser: `1 div 3 * 3 = 1` holds in all three. Whatever is no number, or too
large to be one, is NaN; NaN is as good as blank.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from language.dates import TIME_ZONE

# A datetime and a time are naive: as a clock shows them where the board is.
Value = str | Decimal | bool | date | datetime | time | tuple["Value", ...]


class Scope:
    """Where an expression is evaluated: the answers, the question at hand, the day and the hour.

    `current` is what `.` stands for, `now` naive local time, `position` the number of the instance
    of a repeat, from 1, or 0 outside. A scope knows at least values; the rest is blank until a
    scope says otherwise.
    """

    __slots__ = ("current", "language", "now", "position")

    def __init__(self, now: datetime, language: str = "vi") -> None:
        self.now = now
        self.language = language
        self.current: Value = ""
        self.position = 0

    @property
    def today(self) -> date:
        """The day on which this happens."""
        return self.now.date()

    def value(self, name: str) -> Value:
        """Return the value of ${name}, blank ("") when there is none."""
        return ""

    def every(self, name: str) -> Value:
        """Return the values of a question in every instance of its repeat, also from within."""
        return self.value(name)

    def previous(self, name: str) -> Value:
        """Return what the same unit answered in the round before."""
        return ""

    def choice_field(self, name: str) -> str:
        """Return a column of the choice that a choice filter looks at."""
        return ""

    def choice_label(self, question: str, choice: str) -> str:
        """Return the label of a choice of a question."""
        return choice

    def look_up(self, dataset: str, column: str, key_column: str, key: str) -> str:
        """Return a cell of a dataset."""
        return ""


Evaluate = Callable[[Scope], Value]

NAN = Decimal("NaN")
ZERO, ONE = Decimal(0), Decimal(1)
EPOCH = date(1970, 1, 1)
SECONDS_A_DAY = Decimal(86_400)

# Without traps: a wrong operation gives NaN. The exponents are those of a double.
_CONTEXT = Context(prec=28, Emax=308, Emin=-324, traps=[])
_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP, Emax=308, Emin=-324, traps=[])
_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_TIME = re.compile(_CLOCK + _ZONE)
_MOMENT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}{_ZONE}")

Operate = Callable[[Decimal, Decimal], Decimal]
Compare = Callable[[Value, Value], bool]


# --- conversions ----------------------------------------------------------------------------------


def as_number(value: Value) -> Decimal:
    """Return a value as a number: a date in days since 1970-01-01, true as 1, a blank as NaN.

    Of several values, the first one counts, as everywhere in XPath 1.0.
    """
    if type(value) is Decimal:
        return value
    return _NUMBERS[type(value)](value)


def as_text(value: Value) -> str:
    """Return a value as text: a number without useless zeros, an ISO date, NaN as nothing."""
    if type(value) is str:
        return value
    return _TEXTS[type(value)](value)


def as_boolean(value: Value) -> bool:
    """Return a value as a condition: false are "", 0, NaN and no value at all."""
    if type(value) is bool:
        return value
    if type(value) is Decimal:
        return not value.is_nan() and bool(value)
    return bool(value)


def as_date(value: Value) -> date | None:
    """Return a value as a date, when it is one: a date, an ISO text, days since 1970-01-01."""
    moment = as_moment(value)
    return None if moment is None else moment.date()


def as_moment(value: Value) -> datetime | None:
    """Return a value as a date and an hour; a date begins at midnight. None when it is neither."""
    match value:
        case datetime():
            return value
        case date():
            return datetime.combine(value, time())
        case str():
            return _iso_moment(value)
        case (first, *_):
            return as_moment(first)
        case Decimal():
            return _moment_of_number(value)
        case _:
            return None


def as_time(value: Value) -> time | None:
    """Return a value as a time of day, when it is one or has one."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        return _iso_time(value)
    if isinstance(value, time):
        return value
    moment = as_moment(value)
    return None if moment is None else moment.time()


def is_blank(value: Value) -> bool:
    """Return whether there is no value: "", NaN, or an empty node-set."""
    if not value:
        return isinstance(value, str | tuple)
    return value != value  # noqa: PLR0124 - only NaN differs from itself


def finite(number: Decimal) -> Decimal:
    """Return the number, or NaN when it is infinite."""
    return number if number.is_finite() else NAN


def tidy(number: Decimal) -> Decimal:
    """Return the number with at most 15 digits; halves are rounded away from zero."""
    return _FIFTEEN.plus(number)


def _number_of_text(text: str) -> Decimal:
    if not text:
        return NAN
    found = _NUMBER.fullmatch(text)
    if found:
        return finite(_CONTEXT.create_decimal(found[1]))
    clock = as_time(text) if _TIME.fullmatch(text) else None
    if clock is not None:
        return _number_of_time(clock)
    moment = _iso_moment(text)
    return NAN if moment is None else _number_of_moment(moment)


def _iso_moment(text: str) -> datetime | None:
    """Return a date, or a date and an hour, as XML writes them; an offset is turned to ours."""
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text)
        return _here(datetime.fromisoformat(text)) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _iso_time(text: str) -> time | None:
    """Return a time of day; what offset it was written with says nothing without a day."""
    try:
        return time.fromisoformat(text).replace(microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _here(moment: datetime) -> datetime:
    here = moment.astimezone(TIME_ZONE) if moment.tzinfo else moment
    return here.replace(microsecond=0, tzinfo=None)


def _moment_of_number(number: Decimal) -> datetime | None:
    try:
        seconds = (number * SECONDS_A_DAY).to_integral_value(ROUND_HALF_UP)
        return datetime.combine(EPOCH, time()) + timedelta(seconds=int(seconds))
    except (ArithmeticError, ValueError):
        return None


def _number_of_date(day: date) -> Decimal:
    return Decimal((day - EPOCH).days)


def _number_of_moment(moment: datetime) -> Decimal:
    return _number_of_date(moment.date()) + _number_of_time(moment.time())


def _number_of_time(clock: time) -> Decimal:
    """Return a time as a part of a day."""
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    return _CONTEXT.divide(Decimal(seconds), SECONDS_A_DAY)


def _text_of_number(number: Decimal) -> str:
    if not number.is_finite():
        return ""
    whole = number == number.to_integral_value()
    text = f"{number if whole else tidy(number):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _without_seconds(text: str) -> str:
    """Return an ISO text without seconds that nobody has typed."""
    return text.removesuffix(":00") if text.count(":") > 1 else text


_NUMBERS: Mapping[type, Callable[[Any], Decimal]] = {
    str: _number_of_text,
    bool: Decimal,
    date: _number_of_date,
    datetime: _number_of_moment,
    time: _number_of_time,
    tuple: lambda values: as_number(values[0]) if values else NAN,
}
_TEXTS: Mapping[type, Callable[[Any], str]] = {
    Decimal: _text_of_number,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
    datetime: lambda value: _without_seconds(value.isoformat()),
    time: lambda value: _without_seconds(value.isoformat()),
    tuple: lambda values: as_text(values[0]) if values else "",
}


# --- operators ------------------------------------------------------------------------------------

OPERATIONS: Mapping[str, Operate] = {
    "+": _CONTEXT.add,
    "-": _CONTEXT.subtract,
    "*": _CONTEXT.multiply,
    "div": _CONTEXT.divide,
    "mod": _CONTEXT.remainder,
}


def negative(number: Decimal) -> Decimal:
    """Return the number with the other sign; zero has none."""
    return _CONTEXT.minus(number)


def _equality(same: Callable[[Any, Any], bool]) -> Compare:
    """Return `=` or `!=` of XPath 1.0: of truths, else of numbers, else of texts."""

    def compare(left: Value, right: Value) -> bool:
        kinds = (type(left), type(right))
        if kinds == (str, str):
            return same(left, right)
        if bool in kinds:
            return same(as_boolean(left), as_boolean(right))
        if tuple in kinds:
            return _any_pair(compare, left, right)
        if Decimal in kinds:
            return same(tidy(as_number(left)), tidy(as_number(right)))
        return same(as_text(left), as_text(right))

    return compare


def _order(in_order: Callable[[Any, Any], bool]) -> Compare:
    """Return `<`, `<=`, `>` or `>=`: always of numbers, and false for NaN."""

    def compare(left: Value, right: Value) -> bool:
        if type(left) is tuple or type(right) is tuple:
            return _any_pair(compare, left, right)
        first, second = as_number(left), as_number(right)
        if first.is_nan() or second.is_nan():
            return False
        return in_order(tidy(first), tidy(second))

    return compare


def _any_pair(compare: Compare, left: Value, right: Value) -> bool:
    """Return whether a comparison holds for any value of a node-set (XPath 1.0, section 3.4)."""
    lefts = left if isinstance(left, tuple) else (left,)
    rights = right if isinstance(right, tuple) else (right,)
    return any(compare(first, second) for first in lefts for second in rights)


COMPARE: Mapping[str, Compare] = {
    "=": _equality(operator.eq),
    "!=": _equality(operator.ne),
    "<": _order(operator.lt),
    "<=": _order(operator.le),
    ">": _order(operator.gt),
    ">=": _order(operator.ge),
}
