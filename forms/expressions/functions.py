"""FUNCTIONS: every function of the language, with its Python and its Excel. One row each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, reduce
from operator import attrgetter
from typing import Literal, Protocol

import re2

from forms.expressions.errors import ExpressionError
from forms.expressions.nodes import Node, Text
from forms.expressions.values import (
    NAN,
    ONE,
    OPERATIONS,
    ZERO,
    Evaluate,
    Scope,
    Value,
    as_boolean,
    as_date,
    as_number,
    as_text,
    finite,
    is_blank,
    tidy,
)
from language import numbers

Kind = Literal["number", "text", "boolean", "date", "any"]
Build = Callable[[tuple[Evaluate, ...]], Evaluate]

LONGEST_MATCHED = 10_000
MOST_PLACES = 15
# What an Excel cell holds at most.
LONGEST_CELL = 32_767
# What Python's patterns and RE2 know and those of browsers do not (or mean otherwise).
_NOT_IN_BROWSERS = re.compile(r"\(\?(?!:)|\\[AZaz]")
_RE2 = re2.Options()
_RE2.log_errors = False
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Excel:
    """How a call is written as an Excel formula.

    `write` is a template, {0} the first argument and {all} all of them between commas, or makes
    the formula out of the written arguments; `infix` when it puts signs between them. `takes` is
    the kind each argument is written as; the last one stands for all that follow. A function that
    takes and gives numbers is arithmetic: it stands inside the same test for blanks as the signs
    around it. `divides`: by something that may be 0.
    """

    write: str | Callable[[Sequence[str]], str]
    takes: tuple[Kind, ...] = ("number",)
    divides: bool = False
    infix: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (None: any number), what it gives, how it is done.

    `python` makes the closure of a call out of the closures of its arguments. `excel` is None when
    there is no formula. `refuse` returns the reason why literal arguments can never do.
    `only_tables`: not for the questions of a form.
    """

    name: str
    minimum: int
    maximum: int | None
    gives: Kind
    python: Build
    excel: Excel | None = None
    refuse: Callable[[tuple[Node, ...]], str | None] | None = None
    only_tables: bool = False


# --- Python ---------------------------------------------------------------------------------------


def _eager(function: Callable[..., Value]) -> Build:
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


def _numeric(function: Callable[[Decimal], Decimal]) -> Build:
    """Call `function` with one number; nothing is done to NaN."""

    def apply(value: Value) -> Value:
        number = as_number(value)
        return NAN if number.is_nan() else function(number)

    return _eager(apply)


def _if(arguments: tuple[Evaluate, ...]) -> Evaluate:
    condition, then, otherwise = arguments
    return lambda scope: then(scope) if as_boolean(condition(scope)) else otherwise(scope)


def _coalesce(arguments: tuple[Evaluate, ...]) -> Evaluate:
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


def _aggregate(
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


def _selected(value: Value, choice: Value) -> bool:
    return as_text(choice).strip() in as_text(value).split()


def _selected_at(value: Value, index: Value) -> str:
    chosen, number = as_text(value).split(), as_number(index)
    return chosen[int(number)] if ZERO <= _or_minus_one(number) < len(chosen) else ""


def _or_minus_one(number: Decimal) -> Decimal:
    return -ONE if number.is_nan() else number


def _round(value: Value, places: Value = ZERO) -> Value:
    number, wanted = as_number(value), as_number(places)
    if number.is_nan() or wanted.is_nan():
        return NAN
    return numbers.round_half_up(tidy(number), max(-MOST_PLACES, min(MOST_PLACES, int(wanted))))


def _whole(number: Decimal) -> Decimal:
    return Decimal(int(tidy(number)))


def _percent(part: Value, whole: Value) -> Value:
    share = numbers.percent(as_number(part), as_number(whole))
    return NAN if share is None else share


def _join(separator: Value, *arguments: Value) -> str:
    return as_text(separator).join(map(as_text, _members(arguments)))


def _count(nodes: Value) -> Decimal:
    return Decimal(len(nodes)) if isinstance(nodes, tuple) else Decimal(not is_blank(nodes))


def _count_non_empty(*arguments: Value) -> Decimal:
    return Decimal(sum(not is_blank(member) for member in _members(arguments)))


def _substr(value: Value, start: Value, end: Value | None = None) -> str:
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


def _date(value: Value) -> Value:
    day = as_date(value)
    return "" if day is None else day


def _regex(value: Value, pattern: Value) -> bool:
    text, compiled = as_text(value), _pattern(as_text(pattern))
    if compiled is None or len(text) > LONGEST_MATCHED:
        return False
    return compiled.fullmatch(text) is not None


class Pattern(Protocol):
    """A compiled pattern."""

    def fullmatch(self, text: str) -> object | None:
        """Return something when the whole text matches."""


@lru_cache(maxsize=512)
def _pattern(source: str) -> Pattern | None:
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


def _refuse_pattern(arguments: tuple[Node, ...]) -> str | None:
    pattern = arguments[1]
    return "pattern" if isinstance(pattern, Text) and _pattern(pattern.value) is None else None


def _refuse_date(arguments: tuple[Node, ...]) -> str | None:
    text = arguments[0]
    return "date" if isinstance(text, Text) and as_date(text.value) is None else None


def _contains(value: Value, part: Value) -> bool:
    return as_text(part) in as_text(value)


def _starts_with(value: Value, part: Value) -> bool:
    return as_text(value).startswith(as_text(part))


def _ends_with(value: Value, part: Value) -> bool:
    return as_text(value).endswith(as_text(part))


def _normal_space(value: Value) -> str:
    return _SPACES.sub(" ", as_text(value)).strip(" ")


# --- Excel ----------------------------------------------------------------------------------------


def _round_formula(parts: Sequence[str]) -> str:
    return f"ROUND({parts[0]},{parts[1] if len(parts) > 1 else 0})"


def _coalesce_formula(parts: Sequence[str]) -> str:
    """Each part may be a blank cell, even the last one, unless it is plainly something else."""
    *firsts, last = parts
    certain = last.endswith((")", '"')) or last.replace(".", "").isdigit()
    formula = last if certain else f'IF(LEN({last})>0,{last},"")'
    return reduce(lambda rest, part: f"IF(LEN({part})>0,{part},{rest})", firsts[::-1], formula)


def _percent_formula(parts: Sequence[str]) -> str:
    part, whole = parts
    share = f"ROUND({part}*100/{whole},1)"
    return f"IF(AND({part}>0,{part}<{whole}),MEDIAN(0.1,{share},99.9),{share})"


def _count_formula(parts: Sequence[str]) -> str:
    counts = "+".join(f"N(LEN({part})>0)" for part in parts)
    return f"({counts})" if len(parts) > 1 else counts


def _contains_formula(parts: Sequence[str]) -> str:
    text, part = parts
    found = f"ISNUMBER(FIND({part},{text}))"
    return found if _written_text(part) else f"OR(LEN({part})=0,{found})"


def _selected_formula(parts: Sequence[str]) -> str:
    text, choice = parts
    found = f'ISNUMBER(FIND(" "&TRIM({choice})&" "," "&{text}&" "))'
    if len(_written_text(choice).split()) == 1:
        return found
    # Nothing, or several words, are no choice.
    return f'AND(LEN(TRIM({choice}))>0,ISERROR(FIND(" ",TRIM({choice}))),{found})'


def _written_text(part: str) -> str:
    """Return the text of a written part when it is plain text between quotes."""
    return part.strip('"') if part.startswith('"') else ""


def _join_formula(parts: Sequence[str]) -> str:
    separator, *members = parts
    return f"CONCATENATE({f',{separator},'.join(members)})"


def _substr_formula(parts: Sequence[str]) -> str:
    text, *places = parts
    if not all(place.isdigit() for place in places):
        raise ExpressionError("no_formula", 0, "substr")
    start, end = int(places[0]), int(places[1]) if len(places) > 1 else LONGEST_CELL
    return f"MID({text},{start + 1},{max(0, end - start)})"


def _date_formula(parts: Sequence[str]) -> str:
    day = as_date(parts[0].strip('"'))
    if day is None:
        raise ExpressionError("no_formula", 0, "date")
    return f"DATE({day.year},{day.month},{day.day})"


_ALL_TEXT: tuple[Kind, ...] = ("text",)
_CHOSEN = "TRIM({0})"

# --- the table ------------------------------------------------------------------------------------

_ROWS = (
    Function("true", 0, 0, "boolean", lambda _: lambda _: True, Excel("TRUE")),
    Function("false", 0, 0, "boolean", lambda _: lambda _: False, Excel("FALSE")),
    Function(
        "not",
        1,
        1,
        "boolean",
        _eager(lambda value: not as_boolean(value)),
        Excel("NOT({0})", ("boolean",)),
    ),
    Function("boolean", 1, 1, "boolean", _eager(as_boolean), Excel("{0}", ("boolean",))),
    Function("if", 3, 3, "any", _if, Excel("IF({all})", ("boolean", "any"))),
    Function("coalesce", 2, None, "any", _coalesce, Excel(_coalesce_formula, _ALL_TEXT)),
    Function("number", 1, 1, "number", _eager(as_number), Excel("{0}", infix=True)),
    Function("round", 1, 2, "number", _eager(_round), Excel(_round_formula)),
    Function("int", 1, 1, "number", _numeric(_whole), Excel("TRUNC(ROUND({0},9))")),
    Function("abs", 1, 1, "number", _numeric(abs), Excel("ABS({all})")),
    Function(
        "sum", 1, None, "number", _eager(_aggregate(OPERATIONS["+"], ZERO)), Excel("SUM({all})")
    ),
    Function("min", 1, None, "number", _eager(_aggregate(min, NAN)), Excel("MIN({all})")),
    Function("max", 1, None, "number", _eager(_aggregate(max, NAN)), Excel("MAX({all})")),
    Function(
        "percent",
        2,
        2,
        "number",
        _eager(_percent),
        Excel(_percent_formula, divides=True, infix=True),
        only_tables=True,
    ),
    Function("count", 1, 1, "number", _eager(_count), Excel(_count_formula, _ALL_TEXT)),
    Function(
        "count-non-empty",
        1,
        None,
        "number",
        _eager(_count_non_empty),
        Excel(_count_formula, _ALL_TEXT),
    ),
    Function(
        "count-selected",
        1,
        1,
        "number",
        _eager(lambda value: Decimal(len(as_text(value).split()))),
        Excel(f'IF({_CHOSEN}="",0,LEN({_CHOSEN})-LEN(SUBSTITUTE({_CHOSEN}," ",""))+1)', _ALL_TEXT),
    ),
    Function(
        "string-length",
        1,
        1,
        "number",
        _eager(lambda value: Decimal(len(as_text(value)))),
        Excel("LEN({0})", _ALL_TEXT),
    ),
    Function("string", 1, 1, "text", _eager(as_text), Excel("CONCATENATE({0})", _ALL_TEXT)),
    Function(
        "concat",
        1,
        None,
        "text",
        _eager(lambda *values: _join("", *values)),
        Excel("CONCATENATE({all})", _ALL_TEXT),
    ),
    Function("join", 2, None, "text", _eager(_join), Excel(_join_formula, _ALL_TEXT)),
    Function("substr", 2, 3, "text", _eager(_substr), Excel(_substr_formula, ("text", "any"))),
    Function(
        "lower-case",
        1,
        1,
        "text",
        _eager(lambda value: as_text(value).lower()),
        Excel("LOWER({0})", _ALL_TEXT),
    ),
    Function(
        "upper-case",
        1,
        1,
        "text",
        _eager(lambda value: as_text(value).upper()),
        Excel("UPPER({0})", _ALL_TEXT),
    ),
    Function(
        "normalize-space",
        1,
        1,
        "text",
        _eager(_normal_space),
        Excel('TRIM(SUBSTITUTE(SUBSTITUTE({0},CHAR(10)," "),CHAR(9)," "))', _ALL_TEXT),
    ),
    Function("contains", 2, 2, "boolean", _eager(_contains), Excel(_contains_formula, _ALL_TEXT)),
    Function(
        "starts-with",
        2,
        2,
        "boolean",
        _eager(_starts_with),
        Excel("EXACT(LEFT({0},LEN({1})),{1})", _ALL_TEXT),
    ),
    Function(
        "ends-with",
        2,
        2,
        "boolean",
        _eager(_ends_with),
        Excel("EXACT(RIGHT({0},LEN({1})),{1})", _ALL_TEXT),
    ),
    Function(
        "selected",
        2,
        2,
        "boolean",
        _eager(_selected),
        Excel(_selected_formula, _ALL_TEXT),
    ),
    Function("selected-at", 2, 2, "text", _eager(_selected_at)),
    Function("regex", 2, 2, "boolean", _eager(_regex), refuse=_refuse_pattern),
    Function("today", 0, 0, "date", lambda _: attrgetter("today")),
    Function("date", 1, 1, "date", _eager(_date), Excel(_date_formula, _ALL_TEXT), _refuse_date),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _ROWS}
