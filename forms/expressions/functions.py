"""FUNCTIONS: every function of the language, with its Python and its Excel. One row each."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from forms.expressions import formulas, python
from forms.expressions.formulas import Excel, Kind
from forms.expressions.nodes import Every, Node, Path, Reference, Text
from forms.expressions.python import Build, eager, mathematical, numeric
from forms.expressions.values import NAN, OPERATIONS, ZERO, as_boolean, as_date, as_number, as_text

Arguments = tuple[Node, ...]
_QUOTED_REFERENCE = re.compile(r"\s*\$\{\s*([^{}\s]+)\s*\}\s*")


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (None: any number), what it gives, how it is done.

    `python` makes the closure of a call out of the closures of its arguments. `excel` is None when
    there is no formula. `refuse` returns the reason why its arguments can never do, `adapt` what
    they become when they can. `only_tables`: not for the questions of a form. `only_server`: a
    browser leaves it to the server.
    """

    name: str
    minimum: int
    maximum: int | None
    gives: Kind
    python: Build
    excel: Excel | None = None
    refuse: Callable[[Arguments], str | None] | None = None
    adapt: Callable[[Arguments], Arguments] | None = None
    only_tables: bool = False
    only_server: bool = False


# --- arguments that are no values ---


def _refuse_pattern(arguments: Arguments) -> str | None:
    pattern = arguments[1]
    wrong = isinstance(pattern, Text) and python.pattern(pattern.value) is None
    return "pattern" if wrong else None


def _refuse_date(arguments: Arguments) -> str | None:
    text = arguments[0]
    return "date" if isinstance(text, Text) and as_date(text.value) is None else None


def _refuse_no_question(arguments: Arguments) -> str | None:
    return None if isinstance(arguments[0], Reference) else "question_name"


def _refuse_no_choices(arguments: Arguments) -> str | None:
    return "question_name" if _named(arguments[1]) is None else None


def _refuse_no_path(arguments: Arguments) -> str | None:
    path = arguments[0]
    up = isinstance(path, Path) and set(path.source.split("/")) == {".."}
    return None if up else "question_name"


def _refuse_no_dataset(arguments: Arguments) -> str | None:
    return None if all(isinstance(part, Text) for part in arguments[:3]) else "literal"


def _every(arguments: Arguments) -> Arguments:
    """Make the first argument mean all instances, also within the repeat."""
    first, *rest = arguments
    return (Every(first.name) if isinstance(first, Reference) else first, *rest)


def _name_of_question(arguments: Arguments) -> Arguments:
    """Make the last argument the name of a question, rather than its value."""
    *firsts, last = arguments
    return (*firsts, Text(_named(last) or ""))


def _named(node: Node) -> str | None:
    """Return the question that ${name} names, also between quotes."""
    if isinstance(node, Reference):
        return node.name
    found = _QUOTED_REFERENCE.fullmatch(node.value) if isinstance(node, Text) else None
    return found[1] if found else None


# --- the table ---

_TEXT: tuple[Kind, ...] = ("text",)
_CHOSEN = 'IF(TRIM({0})="",0,LEN(TRIM({0}))-LEN(SUBSTITUTE(TRIM({0})," ",""))+1)'
_TRUE_TEXT = 'OR(LOWER({0})="true",EXACT({0},"1"))'
_SPACES = 'TRIM(SUBSTITUTE(SUBSTITUTE({0},CHAR(10)," "),CHAR(9)," "))'
_SUM = eager(python.aggregate(OPERATIONS["+"], ZERO))
_NOT = eager(lambda value: not as_boolean(value))
_WORDS = eager(lambda value: Decimal(len(as_text(value).split())))
_LENGTH = eager(lambda value: Decimal(len(as_text(value))))
_CONCAT = eager(lambda *values: python.join("", *values))
_LOWER = eager(lambda value: as_text(value).lower())
_UPPER = eager(lambda value: as_text(value).upper())


def _math(
    name: str, function: Callable[..., float], formula: str = "", arguments: int = 1
) -> Function:
    written = Excel(formula or f"{name.upper()}({{0}})", fails=True)
    return Function(name, arguments, arguments, "number", mathematical(function), written)


_ROWS = (
    # conditions
    Function("true", 0, 0, "boolean", lambda _: lambda _: True, Excel("TRUE")),
    Function("false", 0, 0, "boolean", lambda _: lambda _: False, Excel("FALSE")),
    Function("not", 1, 1, "boolean", _NOT, Excel("NOT({0})", ("boolean",))),
    Function("boolean", 1, 1, "boolean", eager(as_boolean), Excel("{0}", ("boolean",))),
    Function(
        "boolean-from-string",
        1,
        1,
        "boolean",
        eager(python.boolean_from_string),
        Excel(_TRUE_TEXT, _TEXT),
    ),
    Function("if", 3, 3, "any", python.choose, Excel("IF({all})", ("boolean", "any"))),
    Function("coalesce", 2, None, "any", python.coalesce, Excel(formulas.coalesce, _TEXT)),
    Function("checklist", 3, None, "boolean", eager(python.checklist)),
    Function("weighted-checklist", 4, None, "boolean", eager(python.weighted_checklist)),
    # numbers
    Function("number", 1, 1, "number", eager(as_number), Excel("{0}", infix=True)),
    Function("round", 1, 2, "number", eager(python.round_half_up), Excel(formulas.round_to)),
    Function("int", 1, 1, "number", numeric(python.whole), Excel("TRUNC(ROUND({0},9))")),
    Function("floor", 1, 1, "number", numeric(python.floor), Excel("INT(ROUND({0},9))")),
    Function("ceiling", 1, 1, "number", numeric(python.ceiling), Excel("(-INT(-ROUND({0},9)))")),
    Function("abs", 1, 1, "number", numeric(abs), Excel("ABS({all})")),
    Function("sum", 1, None, "number", _SUM, Excel("SUM({all})")),
    Function("min", 1, None, "number", eager(python.aggregate(min, NAN)), Excel("MIN({all})")),
    Function("max", 1, None, "number", eager(python.aggregate(max, NAN)), Excel("MAX({all})")),
    Function(
        "percent",
        2,
        2,
        "number",
        eager(python.percent),
        Excel(formulas.percent, fails=True, infix=True),
        only_tables=True,
    ),
    _math("pow", math.pow, "POWER({0},{1})", 2),
    _math("sqrt", math.sqrt),
    _math("exp", math.exp),
    _math("exp10", lambda x: math.pow(10, x), "POWER(10,{0})"),
    _math("log", math.log, "LN({0})"),
    _math("log10", math.log10),
    _math("sin", math.sin),
    _math("cos", math.cos),
    _math("tan", math.tan),
    _math("asin", math.asin),
    _math("acos", math.acos),
    _math("atan", math.atan),
    _math("atan2", math.atan2, "ATAN2({1},{0})", 2),
    Function("pi", 0, 0, "number", mathematical(lambda: math.pi), Excel("PI()")),
    Function("random", 0, 0, "number", lambda _: python.random_number),
    # texts
    Function("string", 1, 1, "text", eager(as_text), Excel("CONCATENATE({0})", _TEXT)),
    Function("string-length", 1, 1, "number", _LENGTH, Excel("LEN({0})", _TEXT)),
    Function("concat", 1, None, "text", _CONCAT, Excel("CONCATENATE({all})", _TEXT)),
    Function("join", 2, None, "text", eager(python.join), Excel(formulas.join, _TEXT)),
    Function("substr", 2, 3, "text", eager(python.substr), Excel(formulas.substr, ("text", "any"))),
    Function(
        "substring-before",
        2,
        2,
        "text",
        eager(python.substring_before),
        Excel('IFERROR(LEFT({0},FIND({1},{0})-1),"")', _TEXT),
    ),
    Function(
        "substring-after",
        2,
        2,
        "text",
        eager(python.substring_after),
        Excel('IF(LEN({1})=0,{0},IFERROR(MID({0},FIND({1},{0})+LEN({1}),32767),""))', _TEXT),
    ),
    Function("translate", 3, 3, "text", eager(python.translate)),
    Function("lower-case", 1, 1, "text", _LOWER, Excel("LOWER({0})", _TEXT)),
    Function("upper-case", 1, 1, "text", _UPPER, Excel("UPPER({0})", _TEXT)),
    Function("normalize-space", 1, 1, "text", eager(python.normal_space), Excel(_SPACES, _TEXT)),
    Function("contains", 2, 2, "boolean", eager(python.contains), Excel(formulas.contains, _TEXT)),
    Function(
        "starts-with",
        2,
        2,
        "boolean",
        eager(python.starts_with),
        Excel("EXACT(LEFT({0},LEN({1})),{1})", _TEXT),
    ),
    Function(
        "ends-with",
        2,
        2,
        "boolean",
        eager(python.ends_with),
        Excel("EXACT(RIGHT({0},LEN({1})),{1})", _TEXT),
    ),
    Function("regex", 2, 2, "boolean", eager(python.regex), refuse=_refuse_pattern),
    Function("uuid", 0, 0, "text", lambda _: python.random_id, only_server=True),
    Function("digest", 2, 3, "text", eager(python.digest), only_server=True),
    Function("base64-decode", 1, 1, "text", eager(python.decode_base64), only_server=True),
    # choices
    Function("selected", 2, 2, "boolean", eager(python.selected), Excel(formulas.selected, _TEXT)),
    Function("selected-at", 2, 2, "text", eager(python.selected_at)),
    Function("count-selected", 1, 1, "number", _WORDS, Excel(_CHOSEN, _TEXT)),
    Function(
        "jr:choice-name",
        2,
        2,
        "text",
        python.choice_name,
        refuse=_refuse_no_choices,
        adapt=_name_of_question,
    ),
    # repeats and the form around
    Function("count", 1, 1, "number", eager(python.count), Excel(formulas.count, _TEXT)),
    Function(
        "count-non-empty",
        1,
        None,
        "number",
        eager(python.count_non_empty),
        Excel(formulas.count, _TEXT),
    ),
    Function(
        "indexed-repeat",
        3,
        3,
        "any",
        eager(python.indexed_repeat),
        refuse=_refuse_no_question,
        adapt=_every,
    ),
    Function(
        "position", 1, 1, "number", python.position, refuse=_refuse_no_path, adapt=lambda _: ()
    ),
    Function("once", 1, 1, "any", python.once),
    Function(
        "previous",
        1,
        1,
        "any",
        python.previous,
        refuse=_refuse_no_question,
        adapt=_name_of_question,
    ),
    Function("pulldata", 4, 4, "text", python.pulldata, refuse=_refuse_no_dataset),
    # dates and times
    Function("today", 0, 0, "date", lambda _: attrgetter("today")),
    Function("now", 0, 0, "date", lambda _: attrgetter("now")),
    Function(
        "date", 1, 1, "date", eager(python.to_date), Excel(formulas.date, _TEXT), _refuse_date
    ),
    Function("date-time", 1, 1, "date", eager(python.to_moment), refuse=_refuse_date),
    Function("decimal-date-time", 1, 1, "number", eager(python.decimal_moment)),
    Function("decimal-time", 1, 1, "number", eager(python.decimal_time)),
    Function("format-date", 2, 2, "text", python.written_moment),
    Function("format-date-time", 2, 2, "text", python.written_moment),
    # places
    Function("distance", 1, None, "number", eager(python.distance), only_server=True),
    Function("area", 1, None, "number", eager(python.area), only_server=True),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _ROWS}
