"""The syntax tree of an expression: frozen nodes, what they mention, and their JSON both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "div", "mod")
OPERATORS = frozenset(("or", "and", *COMPARISONS, *ARITHMETIC))


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """Text between quotes, in NFC."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of another question: ${name}."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """The values of another question in every instance of its repeat, also seen from within."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the choice that a choice filter looks at."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path through the form, like ../name, before it is known what it leads to."""

    source: str
    position: int


@dataclass(frozen=True, slots=True)
class Current:
    """The value of the question at hand: a point."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function called with any number of arguments."""

    name: str
    arguments: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and the sign between them, one of OPERATORS."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    """The minus sign before one operand."""

    operand: Node


Node = Number | Text | Reference | Every | Field | Path | Current | Call | Operation | Negation


def operands(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below `node`, from left to right."""
    match node:
        case Operation(_, left, right):
            return (left, right)
        case Negation(operand):
            return (operand,)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def replaced(node: Node, replace: Callable[[Path], Node]) -> Node:
    """Return the expression with what `replace` makes of each path in it."""
    match node:
        case Path():
            return replace(node)
        case Operation(operator, left, right):
            return Operation(operator, replaced(left, replace), replaced(right, replace))
        case Negation(operand):
            return Negation(replaced(operand, replace))
        case Call(name, arguments):
            return Call(name, tuple(replaced(argument, replace) for argument in arguments))
        case _:
            return node


def references(node: Node) -> frozenset[str]:
    """Return the names of the questions an expression mentions."""
    return frozenset(part.name for part in _walk(node) if isinstance(part, Reference | Every))


def choice_fields(node: Node) -> frozenset[str]:
    """Return the columns of a choice that a choice filter mentions."""
    return frozenset(part.name for part in _walk(node) if isinstance(part, Field))


def call_nodes(node: Node) -> Iterator[Call]:
    """Yield every call in an expression."""
    return (part for part in _walk(node) if isinstance(part, Call))


def uses_current(node: Node) -> bool:
    """Return whether an expression mentions the value of its own question."""
    return any(isinstance(part, Current) for part in _walk(node))


def calls(node: Node) -> frozenset[str]:
    """Return the names of the functions an expression calls."""
    return frozenset(call.name for call in call_nodes(node))


def _walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(operands(part))


def to_json(node: Node) -> list[Any]:
    """Return a node as nested arrays, the kind of node first: ["+", ["ref", "a"], ["num", "1"]].

    The kinds are num, text, ref, all, field, ".", call, neg, and every sign of OPERATORS.
    """
    return [*_HEADS[type(node)](node), *map(to_json, operands(node))]


_HEADS: dict[type, Callable[[Any], list[str]]] = {
    Number: lambda node: ["num", f"{node.value:f}"],
    Text: lambda node: ["text", node.value],
    Reference: lambda node: ["ref", node.name],
    Every: lambda node: ["all", node.name],
    Field: lambda node: ["field", node.name],
    Current: lambda _: ["."],
    Call: lambda node: ["call", node.name],
    Operation: lambda node: [node.operator],
    Negation: lambda _: ["neg"],
}


def from_json(parts: list[Any]) -> Node:
    """Return the node that `to_json` wrote. Raises ValueError for anything else."""
    match parts:
        case ["."]:
            return Current()
        case ["num" | "text" | "ref" | "all" | "field" as kind, str(value)]:
            return _LEAVES[kind](value)
        case ["call", str(name), *arguments]:
            return Call(name, tuple(map(from_json, arguments)))
        case ["neg", list(operand)]:
            return Negation(from_json(operand))
        case [str(operator), list(left), list(right)] if operator in OPERATORS:
            return Operation(operator, from_json(left), from_json(right))
    raise ValueError(f"not an expression: {str(parts)[:80]}")


_LEAVES: dict[str, Callable[[str], Node]] = {
    "num": lambda text: Number(Decimal(text)),
    "text": Text,
    "ref": Reference,
    "all": Every,
    "field": Field,
}
