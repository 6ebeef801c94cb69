"""Turn an expression into a Python closure, which is what evaluates it on the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from forms.expressions.functions import FUNCTIONS
from forms.expressions.nodes import (
    Call,
    Current,
    Every,
    Field,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
)
from forms.expressions.values import (
    COMPARE,
    NAN,
    OPERATIONS,
    Compare,
    Evaluate,
    Operate,
    Scope,
    Value,
    as_boolean,
    as_number,
    negative,
)


@lru_cache(maxsize=8192)
def compile_python(node: Node) -> Evaluate:
    """Return the function that evaluates `node` in a scope. Equal nodes share one function.

    A path has to be followed before: it raises KeyError here.
    """
    return _COMPILERS[type(node)](node)


def _constant(value: Value) -> Evaluate:
    return lambda _: value


def _reference(name: str) -> Evaluate:
    def read(scope: Scope) -> Value:
        value = scope.value(name)
        # Only NaN differs from itself: a calculation without a result is seen as blank.
        return value if value == value else ""  # noqa: PLR0124

    return read


def _current(scope: Scope) -> Value:
    return scope.current


def _every(name: str) -> Evaluate:
    return lambda scope: scope.every(name)


def _field(name: str) -> Evaluate:
    return lambda scope: scope.choice_field(name)


def _call(node: Call) -> Evaluate:
    return FUNCTIONS[node.name].python(tuple(map(compile_python, node.arguments)))


def _operation(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if operator == "and":
        return lambda scope: as_boolean(left(scope)) and as_boolean(right(scope))
    if operator == "or":
        return lambda scope: as_boolean(left(scope)) or as_boolean(right(scope))
    if operator in COMPARE:
        return _comparison(COMPARE[operator], left, right)
    return _arithmetic(OPERATIONS[operator], left, right)


def _comparison(compare: Compare, left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda scope: compare(left(scope), right(scope))


def _arithmetic(operate: Operate, left: Evaluate, right: Evaluate) -> Evaluate:
    def calculate(scope: Scope) -> Value:
        result = operate(as_number(left(scope)), as_number(right(scope)))
        return result if result.is_finite() else NAN

    return calculate


def _negation(operand: Evaluate) -> Evaluate:
    return lambda scope: negative(as_number(operand(scope)))


_COMPILERS: Mapping[type, Callable[[Any], Evaluate]] = {
    Number: lambda node: _constant(node.value),
    Text: lambda node: _constant(node.value),
    Reference: lambda node: _reference(node.name),
    Every: lambda node: _every(node.name),
    Field: lambda node: _field(node.name),
    Current: lambda _: _current,
    Call: _call,
    Operation: lambda node: _operation(
        node.operator, compile_python(node.left), compile_python(node.right)
    ),
    Negation: lambda node: _negation(compile_python(node.operand)),
}
