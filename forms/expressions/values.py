"""Values of expressions and how XPath turns one kind into another."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol, TypeAlias

Value: TypeAlias = "str | Decimal | bool | date | tuple[Value, ...]"

NAN = Decimal("NaN")
EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"\s*-?(\d+(\.\d*)?|\.\d+)\s*")


class Scope(Protocol):
    """What an expression sees: the answers by name, the question's own value, and the date."""

    @property
    def current(self) -> Value: ...

    @property
    def today(self) -> date: ...

    def value(self, name: str) -> Value:
        """Return the value of a question; blank is an empty text."""


def as_number(value: Value) -> Decimal:
    """Return the number of a value; NaN when it has none. A date counts days since 1970-01-01."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, date):
        return Decimal(value.toordinal() - EPOCH)
    if isinstance(value, tuple):
        return as_number(value[0]) if value else NAN
    return _number_of_text(value)


def _number_of_text(text: str) -> Decimal:
    if _NUMBER.fullmatch(text):
        try:
            return Decimal(text.strip())
        except InvalidOperation:
            return NAN
    try:
        return as_number(date.fromisoformat(text[:10])) if len(text) >= 10 else NAN
    except ValueError:
        return NAN


def as_text(value: Value) -> str:
    """Return the text of a value, in NFC: a whole number without decimals, a date as ISO."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _text_of_number(value)
    if isinstance(value, date):
        return value.isoformat()
    return as_text(value[0]) if value else ""


def _text_of_number(number: Decimal) -> str:
    if number.is_nan():
        return "NaN"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_boolean(value: Value) -> bool:
    """Return the truth of a value: blank, zero and NaN are false."""
    if isinstance(value, Decimal):
        return not value.is_nan() and value != 0
    if isinstance(value, (bool, str, tuple)):
        return bool(value)
    return True


def is_blank(value: Value) -> bool:
    """Return whether a value is no answer: empty text, no node, or not a number."""
    if isinstance(value, Decimal):
        return value.is_nan()
    return value in ("", ())
