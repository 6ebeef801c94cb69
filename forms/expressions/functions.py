"""FUNCTIONS: the one table of functions, what each does in Python and as an Excel formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.expressions.values import NAN, Scope, Value, as_boolean, as_number, as_text, is_blank
from language.numbers import percent as share
from language.numbers import round_half_up

LONGEST_MATCHED = 10_000
Arguments = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how many arguments it takes, and what it does.

    `excel` makes the formula from the formulas of the arguments; None where there is none.
    `numeric` says that its arguments are numbers and a blank one makes the result blank.
    """

    fewest: int
    most: int
    python: Callable[[Scope, Arguments], Value]
    excel: Callable[..., str] | None = None
    numeric: bool = False
    only_tables: bool = False


def _nodes(arguments: Iterable[Value]) -> list[Value]:
    """Return every single value, node-sets opened."""
    return [n for a in arguments for n in (a if isinstance(a, tuple) else (a,))]


def _numbers(arguments: Arguments) -> list[Decimal]:
    return [as_number(node) for node in _nodes(arguments)]


def _selected(scope: Scope, a: Arguments) -> Value:
    return as_text(a[1]) in as_text(a[0]).split()


def _selected_at(scope: Scope, a: Arguments) -> Value:
    words, index = as_text(a[0]).split(), as_number(a[1])
    return words[int(index)] if not index.is_nan() and 0 <= index < len(words) else ""


def _regex(scope: Scope, a: Arguments) -> Value:
    try:
        return re.fullmatch(as_text(a[1]), as_text(a[0])[:LONGEST_MATCHED]) is not None
    except re.error:
        return False


def _round(scope: Scope, a: Arguments) -> Value:
    number = as_number(a[0])
    places = as_number(a[1]) if len(a) > 1 else Decimal(0)
    return NAN if number.is_nan() or places.is_nan() else round_half_up(number, int(places))


def _int(scope: Scope, a: Arguments) -> Value:
    number = as_number(a[0])
    return NAN if number.is_nan() else number.to_integral_value("ROUND_FLOOR")


def _date(scope: Scope, a: Arguments) -> Value:
    if isinstance(a[0], date):
        return a[0]
    try:
        return date.fromisoformat(as_text(a[0])[:10])
    except ValueError:
        return ""


def _sum(scope: Scope, a: Arguments) -> Value:
    return sum(_numbers(a), Decimal(0))


def _extreme(choose: Callable[[list[Decimal]], Decimal]) -> Callable[[Scope, Arguments], Value]:
    def python(scope: Scope, a: Arguments) -> Value:
        numbers = [number for number in _numbers(a) if not number.is_nan()]
        return choose(numbers) if numbers else NAN

    return python


def _coalesce(scope: Scope, a: Arguments) -> Value:
    return next((value for value in a if not is_blank(value)), "")


def _substr(scope: Scope, a: Arguments) -> Value:
    bounds = [int(n) for n in (as_number(v) for v in a[1:]) if not n.is_nan()]
    return as_text(a[0])[slice(*bounds) if len(bounds) > 1 else slice(*bounds, None)]


def _percent(scope: Scope, a: Arguments) -> Value:
    part, whole = as_number(a[0]), as_number(a[1])
    result = None if part.is_nan() or whole.is_nan() else share(part, whole)
    return NAN if result is None else result


def _excel_percent(part: str, whole: str) -> str:
    rounded = f"ROUND({part}*100/{whole},1)"
    between = f"MAX(0.1,MIN(99.9,{rounded}))"
    inner = f"IF({part}>={whole},{rounded},IF({part}>0,{between},0))"
    return f'IF({whole}>0,{inner},"")'


def _excel(name: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({','.join(arguments)})"


FUNCTIONS: dict[str, Function] = {
    "selected": Function(
        2,
        2,
        _selected,
        lambda text, word: f'ISNUMBER(SEARCH(" "&{word}&" "," "&{text}&" "))',
    ),
    "selected-at": Function(2, 2, _selected_at),
    "count-selected": Function(
        1,
        1,
        lambda s, a: Decimal(len(as_text(a[0]).split())),
        lambda text: f'IF(TRIM({text})="",0,LEN(TRIM({text}))-LEN(SUBSTITUTE(TRIM({text})," ",""))+1)',
    ),
    "not": Function(1, 1, lambda s, a: not as_boolean(a[0]), _excel("NOT")),
    "boolean": Function(1, 1, lambda s, a: as_boolean(a[0])),
    "true": Function(0, 0, lambda s, a: True, _excel("TRUE")),
    "false": Function(0, 0, lambda s, a: False, _excel("FALSE")),
    "regex": Function(2, 2, _regex),
    "string-length": Function(1, 1, lambda s, a: Decimal(len(as_text(a[0]))), _excel("LEN")),
    "round": Function(
        1, 2, _round, lambda number, places="0": f"ROUND({number},{places})", numeric=True
    ),
    "int": Function(1, 1, _int, _excel("INT"), numeric=True),
    "abs": Function(1, 1, lambda s, a: abs(as_number(a[0])), _excel("ABS"), numeric=True),
    "number": Function(1, 1, lambda s, a: as_number(a[0])),
    "string": Function(1, 1, lambda s, a: as_text(a[0])),
    "concat": Function(1, 64, lambda s, a: "".join(as_text(n) for n in _nodes(a)), _excel("CONCATENATE")),
    "join": Function(1, 64, lambda s, a: as_text(a[0]).join(as_text(n) for n in _nodes(a[1:]))),
    "today": Function(0, 0, lambda s, a: s.today),
    "date": Function(1, 1, _date),
    "coalesce": Function(
        2, 2, _coalesce, lambda first, second: f'IF({first}="",{second},{first})'
    ),
    "min": Function(1, 64, _extreme(min)),
    "max": Function(1, 64, _extreme(max)),
    "sum": Function(1, 64, _sum),
    "count": Function(1, 1, lambda s, a: Decimal(len([n for n in _nodes(a) if n != ""]))),
    "count-non-empty": Function(
        1, 1, lambda s, a: Decimal(len([n for n in _nodes(a) if not is_blank(n)]))
    ),
    "contains": Function(2, 2, lambda s, a: as_text(a[1]) in as_text(a[0])),
    "starts-with": Function(2, 2, lambda s, a: as_text(a[0]).startswith(as_text(a[1]))),
    "ends-with": Function(2, 2, lambda s, a: as_text(a[0]).endswith(as_text(a[1]))),
    "substr": Function(2, 3, _substr),
    "lower-case": Function(1, 1, lambda s, a: as_text(a[0]).lower()),
    "upper-case": Function(1, 1, lambda s, a: as_text(a[0]).upper()),
    "normalize-space": Function(1, 1, lambda s, a: " ".join(as_text(a[0]).split())),
    "percent": Function(2, 2, _percent, _excel_percent, numeric=True, only_tables=True),
    # The branch that is not taken is not evaluated: see forms.expressions.python.
    "if": Function(3, 3, lambda s, a: a[1] if as_boolean(a[0]) else a[2], _excel("IF")),
}
