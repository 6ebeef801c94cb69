"""The tree of an expression: small, frozen, the same for all three targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A text between quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`: the value of a question."""

    name: str


@dataclass(frozen=True, slots=True)
class Current:
    """`.`: the value of the question itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and the operator between them, as XPath spells it."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    """Minus something."""

    operand: Node


Node: TypeAlias = Number | Text | Reference | Current | Call | Operation | Negation


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below the node."""
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Operation):
        return node.left, node.right
    return (node.operand,) if isinstance(node, Negation) else ()


def references(node: Node) -> frozenset[str]:
    """Return the names of the questions that the expression uses."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Reference))


def calls(node: Node) -> frozenset[str]:
    """Return the names of the functions that the expression uses."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Call))


def uses_current(node: Node) -> bool:
    """Return whether the expression uses `.`."""
    return any(isinstance(part, Current) for part in walk(node))


def to_json(node: Node) -> list[Any]:
    """Return the node as nested lists: ["=", ["ref", "a"], ["text", "x"]]."""
    match node:
        case Number(value):
            return ["num", str(value)]
        case Text(value):
            return ["text", value]
        case Reference(name):
            return ["ref", name]
        case Current():
            return ["."]
        case Call(name, arguments):
            return ["call", name, *(to_json(argument) for argument in arguments)]
        case Negation(operand):
            return ["neg", to_json(operand)]
        case Operation(operator, left, right):
            return [operator, to_json(left), to_json(right)]


def from_json(data: list[Any]) -> Node:
    """Return the node that `to_json` wrote."""
    match data:
        case ["num", value]:
            return Number(Decimal(value))
        case ["text", value]:
            return Text(value)
        case ["ref", name]:
            return Reference(name)
        case ["."]:
            return Current()
        case ["call", name, *arguments]:
            return Call(name, tuple(from_json(argument) for argument in arguments))
        case ["neg", operand]:
            return Negation(from_json(operand))
        case [operator, left, right]:
            return Operation(operator, from_json(left), from_json(right))
    raise ValueError(f"not an expression: {data!r}")
