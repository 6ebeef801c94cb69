"""What an expression works with: its values, how they turn into each other, how they compare.

Numbers are Decimal of 28 digits that are compared, rounded and shown with 15, like those of a
spreadsheet and of a browser: `1 div 3 * 3 = 1` holds in all three. Whatever is no number, or too
large to be one, is NaN; NaN is as good as blank.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Protocol

Value = str | Decimal | bool | date | tuple["Value", ...]


class Scope(Protocol):
    """Where an expression is evaluated: the answers, the question at hand, and the day."""

    @property
    def current(self) -> Value:
        """The value that `.` stands for."""

    @property
    def today(self) -> date:
        """The day on which this happens."""

    def value(self, name: str) -> Value:
        """Return the value of ${name}, blank ("") when there is none."""


Evaluate = Callable[[Scope], Value]

NAN = Decimal("NaN")
ZERO, ONE = Decimal(0), Decimal(1)
EPOCH = date(1970, 1, 1)

# Without traps: a wrong operation gives NaN. The exponents are those of a double.
_CONTEXT = Context(prec=28, Emax=308, Emin=-324, traps=[])
_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP, Emax=308, Emin=-324, traps=[])
_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

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
    match value:
        case date():
            return value
        case str():
            return _iso_date(value)
        case (first, *_):
            return as_date(first)
        case Decimal():
            return _date_of_number(value)
        case _:
            return None


def is_blank(value: Value) -> bool:
    """Return whether there is no value: "", NaN, or an empty node-set."""
    return value in ("", ()) or value != value  # noqa: PLR0124 - only NaN differs from itself


def finite(number: Decimal) -> Decimal:
    """Return the number, or NaN when it is infinite."""
    return number if number.is_finite() else NAN


def tidy(number: Decimal) -> Decimal:
    """Return the number with at most 15 digits; halves are rounded away from zero."""
    return _FIFTEEN.plus(number)


def _number_of_text(text: str) -> Decimal:
    found = _NUMBER.fullmatch(text)
    if found:
        return finite(_CONTEXT.create_decimal(found[1]))
    day = _iso_date(text)
    return NAN if day is None else _number_of_date(day)


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _date_of_number(number: Decimal) -> date | None:
    try:
        return EPOCH + timedelta(days=int(number))
    except (ValueError, OverflowError):
        return None


def _number_of_date(day: date) -> Decimal:
    return Decimal((day - EPOCH).days)


def _text_of_number(number: Decimal) -> str:
    if not number.is_finite():
        return ""
    whole = number == number.to_integral_value()
    text = f"{number if whole else tidy(number):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


_NUMBERS: Mapping[type, Callable[[Any], Decimal]] = {
    str: _number_of_text,
    bool: Decimal,
    date: _number_of_date,
    tuple: lambda values: as_number(values[0]) if values else NAN,
}
_TEXTS: Mapping[type, Callable[[Any], str]] = {
    Decimal: _text_of_number,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
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
