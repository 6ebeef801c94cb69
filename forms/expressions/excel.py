"""The third target: an expression as an Excel formula over the cells of one row.

A cell may be blank or hold the "" of another formula, and neither is a number. So every stretch of
arithmetic first counts the numbers it needs, once, and is blank when one is missing; a comparison
is then FALSE. That is what NaN does in the other targets.
"""

from __future__ import annotations

from collections.abc import Callable

from forms.expressions.ast import (
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
)
from forms.expressions.functions import FUNCTIONS
from forms.expressions.parse import ExpressionError

CellOf = Callable[[str], str]
ARITHMETIC = {"+": "+", "-": "-", "*": "*", "div": "/"}
COMPARISONS = frozenset({"<", "<=", ">", ">="})
LONGEST_FORMULA = 8_192


def to_excel(node: Node, cell_of: CellOf) -> str:
    """Return the formula, without the equals sign; `cell_of` gives the cell of a question.

    Raises ExpressionError when there is no such formula.
    """
    formula = _formula(node, cell_of)
    if len(formula) > LONGEST_FORMULA:
        raise ExpressionError("no_formula", 0, formula[:40])
    return formula


def _formula(node: Node, cell_of: CellOf) -> str:
    if _is_numeric(node):
        return _guarded(node, cell_of, '""')
    match node:
        case Text(text):
            return '"' + text.replace('"', '""') + '"'
        case Reference(name):
            cell = cell_of(name)
            return f'IF({cell}="","",{cell})'
        case Operation(("and" | "or") as sign, left, right):
            return f"{sign.upper()}({_truth(left, cell_of)},{_truth(right, cell_of)})"
        case Operation(sign, left, right) if sign in COMPARISONS:
            return _comparison(sign, left, right, cell_of)
        case Operation(("=" | "!=") as sign, left, right):
            return _equality(sign, left, right, cell_of)
        case Call("if", (condition, first, second)):
            taken = f"{_formula(first, cell_of)},{_formula(second, cell_of)}"
            return f"IF({_truth(condition, cell_of)},{taken})"
        case Call(name, arguments):
            return _call(name, [_argument(a, cell_of) for a in arguments])
    raise ExpressionError("no_formula", 0, type(node).__name__)


def _is_numeric(node: Node) -> bool:
    match node:
        case Number() | Negation():
            return True
        case Operation(sign, _, _):
            return sign in ARITHMETIC or sign == "mod"
        case Call(name, _):
            return FUNCTIONS[name].numeric
    return False


def _guarded(node: Node, cell_of: CellOf, otherwise: str) -> str:
    cells, body = _needed(node, cell_of), _arithmetic(node, cell_of)
    return _guard(cells, body, otherwise)


def _guard(cells: list[str], body: str, otherwise: str) -> str:
    if "/" in body:
        body = f"IFERROR({body},{otherwise})"
    if not cells:
        return body
    return f"IF(COUNT({','.join(cells)})<{len(cells)},{otherwise},{body})"


def _needed(node: Node, cell_of: CellOf) -> list[str]:
    """Return the cells whose numbers a stretch of arithmetic needs, each once."""
    match node:
        case Reference(name):
            return [cell_of(name)]
        case Negation(operand):
            return _needed(operand, cell_of)
        case Operation(_, left, right):
            parts: tuple[Node, ...] = (left, right)
        case Call(name, arguments) if FUNCTIONS[name].numeric:
            parts = arguments
        case Number():
            return []
        case _:
            raise ExpressionError("no_formula", 0, type(node).__name__)
    return list(dict.fromkeys(cell for part in parts for cell in _needed(part, cell_of)))


def _arithmetic(node: Node, cell_of: CellOf) -> str:
    match node:
        case Number(value):
            return format(value, "f")
        case Reference(name):
            return cell_of(name)
        case Negation(operand):
            return f"-({_arithmetic(operand, cell_of)})"
        case Operation("mod", left, right):
            a, b = _arithmetic(left, cell_of), _arithmetic(right, cell_of)
            # Excel's MOD takes the sign of the divisor, XPath's that of the dividend.
            return f"(({a})-({b})*TRUNC(({a})/({b})))"
        case Operation(sign, left, right) if sign in ARITHMETIC:
            a, b = _operand(left, cell_of), _operand(right, cell_of)
            return f"{a}{ARITHMETIC[sign]}{b}"
        case Call(name, arguments) if FUNCTIONS[name].numeric:
            return _call(name, [_operand(a, cell_of) for a in arguments])
    raise ExpressionError("no_formula", 0, type(node).__name__)


def _operand(node: Node, cell_of: CellOf) -> str:
    text = _arithmetic(node, cell_of)
    return text if isinstance(node, (Reference, Number, Call)) else f"({text})"


def _comparison(sign: str, left: Node, right: Node, cell_of: CellOf) -> str:
    cells = list(dict.fromkeys(_needed(left, cell_of) + _needed(right, cell_of)))
    body = f"{_operand(left, cell_of)}{sign}{_operand(right, cell_of)}"
    return _guard(cells, body, "FALSE")


def _equality(sign: str, left: Node, right: Node, cell_of: CellOf) -> str:
    if isinstance(left, Text) or isinstance(right, Text):
        # EXACT, because Excel's own = takes no notice of capitals.
        same = f"EXACT({_argument(left, cell_of)},{_argument(right, cell_of)})"
        return same if sign == "=" else f"NOT({same})"
    cells = list(dict.fromkeys(_needed(left, cell_of) + _needed(right, cell_of)))
    body = f"{_operand(left, cell_of)}{'=' if sign == '=' else '<>'}{_operand(right, cell_of)}"
    return _guard(cells, body, "FALSE" if sign == "=" else "TRUE")


def _truth(node: Node, cell_of: CellOf) -> str:
    if isinstance(node, Reference):
        cell = cell_of(node.name)
        return f'AND({cell}<>"",{cell}<>0)'
    if _is_numeric(node):
        return _guard(_needed(node, cell_of), f"({_arithmetic(node, cell_of)})<>0", "FALSE")
    return _formula(node, cell_of)


def _argument(node: Node, cell_of: CellOf) -> str:
    return cell_of(node.name) if isinstance(node, Reference) else _formula(node, cell_of)


def _call(name: str, arguments: list[str]) -> str:
    excel = FUNCTIONS[name].excel
    if excel is None:
        raise ExpressionError("no_formula", 0, name)
    return excel(*arguments)
