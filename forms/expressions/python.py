"""The first target: an expression as a Python closure, made once and called for every answer."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache

from forms.expressions.ast import (
    Call,
    Current,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
)
from forms.expressions.functions import FUNCTIONS
from forms.expressions.values import NAN, Scope, Value, as_boolean, as_number, as_text

Evaluate = Callable[[Scope], Value]
Arithmetic = Callable[[Decimal, Decimal], Decimal]


def _divide(left: Decimal, right: Decimal) -> Decimal:
    return NAN if right == 0 else left / right


def _remainder(left: Decimal, right: Decimal) -> Decimal:
    return NAN if right == 0 else left % right


ARITHMETIC: dict[str, Arithmetic] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _remainder,
}
COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=8192)
def compile_python(node: Node) -> Evaluate:
    """Return a function that evaluates the expression in a scope."""
    match node:
        case Number(number):
            return lambda scope: number
        case Text(text):
            return lambda scope: text
        case Reference(name):
            return lambda scope: scope.value(name)
        case Current():
            return lambda scope: scope.current
        case Negation(operand):
            inner = compile_python(operand)
            return lambda scope: -as_number(inner(scope))
        case Call("if", (condition, first, second)):
            return _choice(*map(compile_python, (condition, first, second)))
        case Call(name, arguments):
            return _call(name, tuple(compile_python(argument) for argument in arguments))
        case Operation(sign, left, right):
            return _operation(sign, compile_python(left), compile_python(right))


def _choice(condition: Evaluate, first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda scope: first(scope) if as_boolean(condition(scope)) else second(scope)


def _call(name: str, arguments: tuple[Evaluate, ...]) -> Evaluate:
    python = FUNCTIONS[name].python
    return lambda scope: python(scope, tuple([argument(scope) for argument in arguments]))


def _operation(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if sign == "or":
        return lambda scope: as_boolean(left(scope)) or as_boolean(right(scope))
    if sign == "and":
        return lambda scope: as_boolean(left(scope)) and as_boolean(right(scope))
    if sign in ("=", "!="):
        wanted = sign == "="
        return lambda scope: _any_pair(left(scope), right(scope), wanted)
    if sign in COMPARISONS:
        return _comparison(COMPARISONS[sign], left, right)
    return _arithmetic(ARITHMETIC[sign], left, right)


def _comparison(
    compare: Callable[[Decimal, Decimal], bool], left: Evaluate, right: Evaluate
) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        first, second = as_number(left(scope)), as_number(right(scope))
        return not (first.is_nan() or second.is_nan()) and compare(first, second)

    return evaluate


def _arithmetic(calculate: Arithmetic, left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        first, second = as_number(left(scope)), as_number(right(scope))
        if first.is_nan() or second.is_nan():
            return NAN
        try:
            return calculate(first, second)
        except (DivisionByZero, InvalidOperation, OverflowError):
            return NAN

    return evaluate


def _any_pair(left: Value, right: Value, wanted: bool) -> bool:
    """Compare as XPath does: a node-set is equal when any of its nodes is."""
    lefts = left if isinstance(left, tuple) else (left,)
    rights = right if isinstance(right, tuple) else (right,)
    return any(_equal(a, b) is wanted for a in lefts for b in rights)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return as_boolean(left) == as_boolean(right)
    if isinstance(left, str) and isinstance(right, str):
        return as_text(left) == as_text(right)
    return as_number(left) == as_number(right)
