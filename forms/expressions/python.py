"""What each function of the language does on the server."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import math
import re
import secrets
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache, reduce
from typing import Protocol

import re2

from forms.expressions.values import (
    COMPARE,
    NAN,
    ONE,
    OPERATIONS,
    ZERO,
    Evaluate,
    Scope,
    Value,
    as_boolean,
    as_date,
    as_moment,
    as_number,
    as_text,
    as_time,
    finite,
    is_blank,
    tidy,
)
from language import numbers

Build = Callable[[tuple[Evaluate, ...]], Evaluate]

LONGEST_MATCHED = 10_000
# No text that is put together is longer: twice itself, forty times over, would fill any memory.
LONGEST_JOINED = 100_000
MOST_PLACES = 15
# A sine has as many digits as all three targets agree on.
FLOAT_DIGITS = 14
# What Python's patterns and RE2 know and those of browsers do not (or mean otherwise).
_NOT_IN_BROWSERS = re.compile(r"\(\?(?!:)|\\[AZaz]")
_RE2 = re2.Options()
_RE2.log_errors = False
_SPACES = re.compile(r"[ \t\r\n]+")


def eager(function: Callable[..., Value]) -> Build:
    """Call `function` with the values of all arguments."""

    def build(arguments: tuple[Evaluate, ...]) -> Evaluate:
        if len(arguments) == 1:
            (only,) = arguments
            return lambda scope: function(only(scope))
        if len(arguments) == 2:  # noqa: PLR2004 - the two commonest cases, without a list
            first, second = arguments
            return lambda scope: function(first(scope), second(scope))
        return lambda scope: function(*[argument(scope) for argument in arguments])

    return build


def numeric(function: Callable[[Decimal], Decimal]) -> Build:
    """Call `function` with one number; nothing is done to NaN."""

    def apply(value: Value) -> Value:
        number = as_number(value)
        return NAN if number.is_nan() else function(number)

    return eager(apply)


def choose(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Work out only the branch that is taken."""
    condition, then, otherwise = arguments
    return lambda scope: then(scope) if as_boolean(condition(scope)) else otherwise(scope)


def coalesce(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Work out arguments until one is not blank."""
    *firsts, last = arguments

    def first_present(scope: Scope) -> Value:
        for argument in firsts:
            value = argument(scope)
            if not is_blank(value):
                return value
        return last(scope)

    return first_present


def _members(arguments: tuple[Value, ...]) -> Iterator[Value]:
    """Yield the arguments; of a node-set its members, without those that were left blank."""
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from (member for member in argument if not is_blank(member))
        else:
            yield argument


def aggregate(
    combine: Callable[[Decimal, Decimal], Decimal], of_nothing: Decimal
) -> Callable[..., Value]:
    """Return sum, min or max: a blank argument gives NaN, a blank member of a node-set does not.

    When every member was left blank there is nothing to combine: NaN, because blank is not zero.
    """

    def aggregate(*arguments: Value) -> Value:
        numbers_in = [as_number(member) for member in _members(arguments)]
        if any(number.is_nan() for number in numbers_in):
            return NAN
        if numbers_in:
            return finite(reduce(combine, numbers_in))
        return NAN if any(arguments) else of_nothing

    return aggregate


def selected(value: Value, choice: Value) -> bool:
    """Return whether a choice is among those that were made."""
    return as_text(choice).strip() in as_text(value).split()


def selected_at(value: Value, index: Value) -> str:
    """Return the name of the choice at a place, which counts from 0."""
    chosen, number = as_text(value).split(), as_number(index)
    return chosen[int(number)] if ZERO <= _or_minus_one(number) < len(chosen) else ""


def _or_minus_one(number: Decimal) -> Decimal:
    return -ONE if number.is_nan() else number


def round_half_up(value: Value, places: Value = ZERO) -> Value:
    """Return the number rounded to so many places, halves away from zero."""
    number, wanted = as_number(value), as_number(places)
    if number.is_nan() or wanted.is_nan():
        return NAN
    return numbers.round_half_up(tidy(number), max(-MOST_PLACES, min(MOST_PLACES, int(wanted))))


def whole(number: Decimal) -> Decimal:
    """Return the number without its decimals."""
    return Decimal(int(tidy(number)))


def percent(part: Value, whole: Value) -> Value:
    """Return the share in percent, as language.numbers does."""
    share = numbers.percent(as_number(part), as_number(whole))
    return NAN if share is None else share


def join(separator: Value, *arguments: Value) -> str:
    """Return the texts with the separator between them; nothing when that would be a book."""
    sign, texts = as_text(separator), list(map(as_text, _members(arguments)))
    length = sum(map(len, texts)) + len(sign) * max(0, len(texts) - 1)
    return sign.join(texts) if length <= LONGEST_JOINED else ""


def count(nodes: Value) -> Decimal:
    """Return how many nodes there are."""
    return Decimal(len(nodes)) if isinstance(nodes, tuple) else Decimal(not is_blank(nodes))


def count_non_empty(*arguments: Value) -> Decimal:
    """Return how many of the values are not blank."""
    return Decimal(sum(not is_blank(member) for member in _members(arguments)))


def substr(value: Value, start: Value, end: Value | None = None) -> str:
    """Return a part of a text; places count from 0, negative ones from the end (ODK XForms)."""
    text, first = as_text(value), as_number(start)
    last = Decimal(len(text)) if end is None else as_number(end)
    if first.is_nan() or last.is_nan():
        return ""
    return text[_place(first, len(text)) : _place(last, len(text))]


def _place(number: Decimal, length: int) -> int:
    """Return where a place is, within a text of `length` characters."""
    place = int(number)
    return max(0, min(length, place if place >= 0 else place + length))


def to_date(value: Value) -> Value:
    """Return the date of a value, blank when it has none."""
    day = as_date(value)
    return "" if day is None else day


def regex(value: Value, wanted: Value) -> bool:
    """Return whether the whole text matches the pattern."""
    text, compiled = as_text(value), pattern(as_text(wanted))
    if compiled is None or len(text) > LONGEST_MATCHED:
        return False
    return compiled.fullmatch(text) is not None


class Pattern(Protocol):
    """A compiled pattern."""

    def fullmatch(self, text: str) -> object | None:
        """Return something when the whole text matches."""


@lru_cache(maxsize=512)
def pattern(source: str) -> Pattern | None:
    """Return the pattern compiled by RE2, or None when RE2 or a browser would not understand it.

    RE2 takes time in proportion to the text, whatever the pattern: no form can freeze the server.
    Python's own patterns only tell what is not a pattern elsewhere either.
    """
    if _NOT_IN_BROWSERS.search(source):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(source, re.ASCII)
        compiled: Pattern = re2.compile(source, _RE2)
    except (re.error, re2.error, OverflowError, RecursionError, UnicodeError, Warning):
        return None
    return compiled


def contains(value: Value, part: Value) -> bool:
    """Return whether a text holds another."""
    return as_text(part) in as_text(value)


def starts_with(value: Value, part: Value) -> bool:
    """Return whether a text begins with another."""
    return as_text(value).startswith(as_text(part))


def ends_with(value: Value, part: Value) -> bool:
    """Return whether a text ends with another."""
    return as_text(value).endswith(as_text(part))


def normal_space(value: Value) -> str:
    """Return the text on one line, with single spaces."""
    return _SPACES.sub(" ", as_text(value)).strip(" ")


# --- texts ---


def substring_before(value: Value, mark: Value) -> str:
    """Return the text before the first `mark`; nothing when there is none (XPath 1.0, 4.2)."""
    before, found, _ = _partition(value, mark)
    return before if found else ""


def substring_after(value: Value, mark: Value) -> str:
    """Return the text after the first `mark`; nothing when there is none (XPath 1.0, 4.2)."""
    return _partition(value, mark)[2]


def _partition(value: Value, mark: Value) -> tuple[str, str, str]:
    text, sign = as_text(value), as_text(mark)
    return text.partition(sign) if sign else ("", "", text)


def translate(value: Value, signs: Value, others: Value) -> str:
    """Return the text with each of `signs` turned into its counterpart, or dropped."""
    counterparts = as_text(others)
    table: dict[int, str] = {}
    for index, sign in enumerate(as_text(signs)):
        table.setdefault(ord(sign), counterparts[index : index + 1])
    return as_text(value).translate(table)


def boolean_from_string(value: Value) -> bool:
    """Return whether the text is `true` or `1`."""
    return as_text(value).lower() in ("true", "1")


def decode_base64(value: Value) -> str:
    """Return the text that Base64 encodes, nothing when it encodes none."""
    try:
        return base64.b64decode(as_text(value), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384"}
_DIGESTS |= {"SHA-512": "sha512"}


def digest(value: Value, algorithm: Value, encoding: Value = "base64") -> str:
    """Return the digest of a text, in Base64 or in hexadecimal; nothing for another algorithm."""
    name = _DIGESTS.get(as_text(algorithm))
    if name is None:
        return ""
    found = hashlib.new(name, as_text(value).encode(), usedforsecurity=False).digest()
    return found.hex() if as_text(encoding) == "hex" else base64.b64encode(found).decode()


# --- numbers ---


def floor(number: Decimal) -> Decimal:
    """Return the largest whole number that is not larger."""
    return tidy(number).to_integral_value(ROUND_FLOOR)


def ceiling(number: Decimal) -> Decimal:
    """Return the smallest whole number that is not smaller."""
    return tidy(number).to_integral_value(ROUND_CEILING)


def mathematical(function: Callable[..., float]) -> Build:
    """Call a function of the math module with numbers; NaN where it has no result."""

    def apply(*values: Value) -> Value:
        arguments = [as_number(value) for value in values]
        if any(argument.is_nan() for argument in arguments):
            return NAN
        try:
            result = function(*map(float, arguments))
        except (ValueError, OverflowError, ZeroDivisionError):
            return NAN
        return finite(Decimal(f"{result:.{FLOAT_DIGITS}g}"))

    return eager(apply)


def checklist(least: Value, most: Value, *answers: Value) -> bool:
    """Return whether so many answers are true; -1 stands for no limit (ODK XForms)."""
    return weighted_checklist(least, most, *(part for a in answers for part in _weighed(a)))


def _weighed(answer: Value) -> Iterator[Value]:
    for member in answer if isinstance(answer, tuple) else (answer,):
        yield from (member, ONE)


def weighted_checklist(least: Value, most: Value, *pairs: Value) -> bool:
    """Return whether the weights of the true answers add up to so much; -1 is no limit."""
    values, weights = _spread(pairs[::2]), _spread(pairs[1::2])
    chosen = [w for v, w in zip(values, weights, strict=False) if as_boolean(v)]
    total = reduce(OPERATIONS["+"], map(as_number, chosen), ZERO)
    low, high = as_number(least), as_number(most)
    enough = low == -ONE or COMPARE[">="](total, low)
    return enough and (high == -ONE or COMPARE["<="](total, high))


def _spread(values: tuple[Value, ...]) -> list[Value]:
    return [m for value in values for m in (value if isinstance(value, tuple) else (value,))]


def random_number(_: Scope) -> Value:
    """Return a number from 0 up to, but not including, 1."""
    return Decimal(secrets.randbelow(10**FLOAT_DIGITS)).scaleb(-FLOAT_DIGITS)


def random_id(_: Scope) -> Value:
    """Return a fresh identifier (RFC 9562, version 4)."""
    return str(uuid.uuid4())


# --- dates and times ---


def to_moment(value: Value) -> Value:
    """Return the date and hour of a value, blank when it has none."""
    moment = as_moment(value)
    return "" if moment is None else moment


def decimal_moment(value: Value) -> Value:
    """Return a date and hour as days since 1970-01-01, local time."""
    moment = as_moment(value)
    return NAN if moment is None else as_number(moment)


def decimal_time(value: Value) -> Value:
    """Return a time of day as a part of a day."""
    clock = as_time(value)
    return NAN if clock is None else as_number(clock)


def written_moment(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Write a date or an hour as its pattern says, in the language of the form."""
    value, written = arguments

    def write(scope: Scope) -> Value:
        moment = _shown_moment(value(scope))
        if moment is None:
            return ""
        names = _NAMES.get(scope.language, _NAMES["en"])
        return _TOKEN.sub(lambda token: _TOKENS[token[1]](moment, names), _text(written, scope))

    return write


def _text(argument: Evaluate, scope: Scope) -> str:
    return as_text(argument(scope))


def _shown_moment(value: Value) -> datetime | None:
    clock = as_time(value)
    moment = as_moment(value)
    return datetime.combine(date.min, clock) if moment is None and clock else moment


# The short names of months and of weekdays from Monday on.
Names = tuple[tuple[str, ...], tuple[str, ...]]
_NAMES: Mapping[str, Names] = {
    "vi": (
        tuple(f"thg {month}" for month in range(1, 13)),
        ("T2", "T3", "T4", "T5", "T6", "T7", "CN"),
    ),
    "en": (
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ),
}
_TOKEN = re.compile(r"%([YymnbdeHhMS3aW])")
# ODK XForms, `format-date`.
_TOKENS: Mapping[str, Callable[[datetime, Names], str]] = {
    "Y": lambda m, _: f"{m.year:04d}",
    "y": lambda m, _: f"{m.year % 100:02d}",
    "m": lambda m, _: f"{m.month:02d}",
    "n": lambda m, _: str(m.month),
    "b": lambda m, names: names[0][m.month - 1],
    "d": lambda m, _: f"{m.day:02d}",
    "e": lambda m, _: str(m.day),
    "a": lambda m, names: names[1][m.weekday()],
    "W": lambda m, _: str(m.isocalendar().week),
    "H": lambda m, _: f"{m.hour:02d}",
    "h": lambda m, _: str(m.hour),
    "M": lambda m, _: f"{m.minute:02d}",
    "S": lambda m, _: f"{m.second:02d}",
    "3": lambda _, __: "000",
}


# --- the form around the question ---


def once(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Keep the value that the question has; work one out only for a blank."""
    (work,) = arguments
    return lambda scope: work(scope) if is_blank(scope.current) else scope.current


def position(_: tuple[Evaluate, ...]) -> Evaluate:
    """Return the number of the instance of the repeat, from 1."""
    return lambda scope: Decimal(scope.position)


def indexed_repeat(values: Value, _: Value, index: Value) -> Value:
    """Return the answer of one instance of a repeat, which counts from 1; blank outside."""
    number = as_number(index)
    inside = isinstance(values, tuple) and ONE <= _or_minus_one(number) <= len(values)
    return values[int(number) - 1] if inside and isinstance(values, tuple) else ""


def previous(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Return what the same unit answered in the round before."""
    (name,) = arguments
    return lambda scope: scope.previous(_text(name, scope))


def choice_name(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Return the label of the choice, or of each of several."""
    value, question = arguments

    def label(scope: Scope) -> Value:
        name = _text(question, scope)
        return ", ".join(scope.choice_label(name, part) for part in _text(value, scope).split())

    return label


def pulldata(arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Look a value up in a dataset: its name, the column wanted, the key column, the key."""

    def look_up(scope: Scope) -> Value:
        dataset, column, key_column, key = (_text(argument, scope) for argument in arguments)
        return scope.look_up(dataset, column, key_column, key)

    return look_up


# --- places on the earth ---

Point = tuple[float, float]
# The equatorial radius that ODK's own functions use.
EARTH_METRES = 6_378_100.0
MOST_LATITUDE, MOST_LONGITUDE = 90.0, 180.0


def point(text: str) -> Point | None:
    """Return latitude and longitude, in degrees, of a geopoint: "lat lon altitude accuracy"."""
    try:
        latitude, longitude, *_ = map(float, text.split())
    except ValueError:
        return None
    within = abs(latitude) <= MOST_LATITUDE and abs(longitude) <= MOST_LONGITUDE
    return (latitude, longitude) if within else None


def distance(*values: Value) -> Value:
    """Return the length in metres of the line through the points; NaN when one is none."""
    points = _points(values)
    if points is None:
        return NAN
    metres = math.fsum(_metres(a, b) for a, b in itertools.pairwise(points))
    return Decimal(f"{metres:.{FLOAT_DIGITS}g}")


def _metres(start: Point, end: Point) -> float:
    """Return the distance on a sphere, by the haversine formula."""
    (phi, lam), (psi, mu) = (tuple(map(math.radians, place)) for place in (start, end))
    half = math.sin((psi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(psi) * math.sin((mu - lam) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(math.sqrt(min(1.0, half)))


def area(*values: Value) -> Value:
    """Return the area in square metres that the line through the points encloses."""
    points = _points(values)
    if points is None:
        return NAN
    total = math.fsum(
        math.radians(after[1] - before[1])
        * (2 + math.sin(math.radians(before[0])) + math.sin(math.radians(after[0])))
        for before, after in zip(points, points[1:] + points[:1], strict=True)
    )
    return Decimal(f"{abs(total) * EARTH_METRES**2 / 2:.{FLOAT_DIGITS}g}")


def _points(values: tuple[Value, ...]) -> list[Point] | None:
    texts = [part for member in _members(values) for part in as_text(member).split(";")]
    points = [place for place in map(point, filter(str.strip, texts)) if place]
    return points if len(points) == len(list(filter(str.strip, texts))) else None
