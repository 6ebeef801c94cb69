"""The expressions of a form as the formulas of its fill-in workbook.

to_excel takes a cell for each question. Here stand what it has no cells for: the day, the place of
an instance among the others, what all instances of a repeat come to. Each becomes a name that no
question has, and whoever knows the cells gives one for it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forms.expressions import (
    Call,
    Current,
    ExpressionError,
    Negation,
    Node,
    Operation,
    Reference,
    Text,
    operands,
    to_excel,
)
from forms.expressions.functions import FUNCTIONS
from forms.expressions.nodes import ARITHMETIC
from forms.tree import Expression

CellOf = Callable[[str], str]
Tells = Callable[[str], bool]

TODAY, POSITION, SELF = "\0today", "\0position", "\0self"
_GATHERED = "\0all"
# What may be asked of all instances of a repeat at once.
GATHERING = frozenset({"sum", "min", "max", "count", "count-non-empty"})
_ORDER = frozenset({"<", "<=", ">", ">="})
_EQUALITY = frozenset({"=", "!="})
_CALLS = {"today": TODAY, "position": POSITION}
_NOTHING = Text("")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all instances of a repeat come to: a function, and the question or repeat it is of."""

    function: str
    name: str


def gathered_of(name: str) -> Gathered | None:
    """Return what a name gathers, None when it is the name of something else."""
    if not name.startswith(_GATHERED):
        return None
    _, function, of = name.split(":", 2)
    return Gathered(function, of)


def no_formula(name: str) -> ExpressionError:
    """Return the refusal of an expression that no formula can say."""
    return ExpressionError("no_formula", 0, name)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an expression stands.

    `cell_of` gives the cell of a name, or raises ExpressionError; `is_gathered` tells whether a
    name means all instances of a repeat, `is_moment` whether its cell holds a date or a time.
    """

    cell_of: CellOf
    is_gathered: Tells
    is_moment: Tells

    def formula(self, expression: Expression, *, condition: bool = False) -> str:
        """Return the formula, TRUE or FALSE for a `condition`. Raises ExpressionError."""
        node = self._adapted(expression.node)
        self._refuse_moments(node, as_number=False)
        return to_excel(Call("boolean", (node,)) if condition else node, self.cell_of)

    def _adapted(self, node: Node) -> Node:
        """Return the expression with names for what to_excel has no cells for."""
        name = self._name_of(node)
        if name:
            return Reference(name)
        match node:
            case Call(name, arguments):
                return Call(name, tuple(map(self._adapted, arguments)))
            case Operation(operator, left, right):
                return Operation(operator, self._adapted(left), self._adapted(right))
            case Negation(operand):
                return Negation(self._adapted(operand))
        return node

    def _name_of(self, node: Node) -> str:
        """Return the name that stands for a node, blank when none does."""
        match node:
            case Current():
                return SELF
            case Call(name, ()):
                return _CALLS.get(name, "")
            case Call(name, (Reference(of),)) if name in GATHERING and self.is_gathered(of):
                return f"{_GATHERED}:{name}:{of}"
        return ""

    def _refuse_moments(self, node: Node, *, as_number: bool) -> None:
        """Refuse a date where it would be text or a value: a cell holds its serial number.

        `as_number`: the place of the node is one for numbers, which days are, too.
        """
        if isinstance(node, Reference):
            if not as_number and self._moment(node):
                raise no_formula(node.name)
            return
        for part, numeric in _places(node, self._moment):
            self._refuse_moments(part, as_number=numeric)

    def _moment(self, node: Node) -> bool:
        if isinstance(node, Reference):
            return node.name == TODAY or self.is_moment(node.name)
        return isinstance(node, Call) and FUNCTIONS[node.name].gives == "date"


def _places(node: Node, moment: Callable[[Node], bool]) -> Iterator[tuple[Node, bool]]:
    """Yield each operand, and whether its place is one for numbers."""
    match node:
        case Operation(operator, left, right) if operator in ARITHMETIC or operator in _ORDER:
            yield from ((left, True), (right, True))
        case Operation(operator, left, right) if operator in _EQUALITY:
            # A date is as good as a number beside another date, or nothing at all.
            yield left, moment(right) or right == _NOTHING
            yield right, moment(left) or left == _NOTHING
        case Negation(operand):
            yield operand, True
        case Call(name, arguments):
            excel = FUNCTIONS[name].excel
            takes = excel.takes if excel else ("any",)
            kinds = (*takes, *takes[-1:] * len(arguments))
            for argument, kind in zip(arguments, kinds, strict=False):
                yield argument, kind in ("number", "boolean")
        case _:
            yield from ((part, False) for part in operands(node))
