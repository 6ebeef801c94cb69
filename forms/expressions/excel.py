"""Write an expression as an Excel formula: English names, commas, no equals sign.

A cell may be blank or hold the "" of another formula, and Excel takes the first for 0 and stumbles
over the second. So every stretch of arithmetic first counts the numbers it needs, once, and is ""
when one is missing; a comparison is then FALSE, and `!=` TRUE: what NaN does in the other targets.
Cells hold numbers, dates and texts; a cell with a date can be compared with date('...') and with
other such cells, and their difference is in days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forms.expressions.errors import ExpressionError
from forms.expressions.formulas import Excel, Kind
from forms.expressions.functions import FUNCTIONS
from forms.expressions.nodes import (
    ARITHMETIC,
    COMPARISONS,
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    operands,
)

# What Excel itself allows in one formula.
LONGEST_FORMULA = 8_192
LONGEST_TEXT = 255
DEEPEST_FORMULA = 64

SIGNS = {"!=": "<>", "div": "/"}
SUM, PRODUCT, ATOM = 1, 2, 3
RANKS = {"+": SUM, "-": SUM, "*": PRODUCT, "div": PRODUCT, "mod": ATOM}

CellOf = Callable[[str], str]


def to_excel(node: Node, cell_of: CellOf) -> str:
    """Return the formula of an expression; `cell_of` gives the cell of a question, as C9.

    Raises ExpressionError("no_formula") for what Excel cannot say, or says otherwise.
    """
    formula = _bounded(_Writer(cell_of).value(node))
    if _depth(formula) > DEEPEST_FORMULA:
        raise _no_formula(formula[:40])
    return formula


def _bounded(formula: str) -> str:
    """Return the formula; refuse it as soon as it is too long, for some parts are said twice."""
    if len(formula) > LONGEST_FORMULA:
        raise _no_formula(formula[:40])
    return formula


def _depth(formula: str) -> int:
    depth = deepest = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of arithmetic: its text, the cells whose numbers it needs, how it binds.

    `fails`: it may give an error, for which a blank must stand.
    """

    text: str
    cells: tuple[str, ...] = ()
    rank: int = ATOM
    fails: bool = False

    def at_least(self, rank: int) -> str:
        """Return the text as an operand of a sign of `rank`."""
        return self.text if self.rank >= rank else f"({self.text})"

    def guarded(self, blank: str) -> str:
        """Return the text, or `blank` where a number is missing or there is no result."""
        text = f"IFERROR({self.text},{blank})" if self.fails else self.text
        if not self.cells:
            return text
        return f"IF(COUNT({','.join(self.cells)})<{len(self.cells)},{blank},{text})"


def _joined(text: str, parts: Iterable[_Stretch], rank: int, *, fails: bool = False) -> _Stretch:
    parts = tuple(parts)
    cells = tuple(dict.fromkeys(cell for part in parts for cell in part.cells))
    return _Stretch(_bounded(text), cells, rank, fails or any(part.fails for part in parts))


class _Writer:
    """Writes each node as what its place asks for: a value, a number, a text or a condition."""

    def __init__(self, cell_of: CellOf) -> None:
        self.cell_of = cell_of
        self.writers: dict[Kind, Callable[[Node], str]] = {
            "any": self.value,
            "text": self.text,
            "boolean": self.condition,
        }

    def value(self, node: Node) -> str:
        """Write a node as it stands in a cell: "" when blank."""
        if _is_arithmetic(node):
            return self.number(node).guarded('""')
        match node:
            case Text(text):
                return _quoted(text)
            case Reference(name):
                cell = self.cell_of(name)
                return f'IF({cell}="","",{cell})'
            case Call():
                return self._call(node)
            case Operation():
                return self.condition(node)
        raise _no_formula(str(getattr(node, "name", ".")))

    def text(self, node: Node) -> str:
        """Write a node for a place where Excel turns everything into text."""
        match _kind(node):
            case "boolean":
                return f'IF({self.condition(node)},"true","false")'
            case "date":
                raise _no_formula("date")
        return self.cell_of(node.name) if isinstance(node, Reference) else self.value(node)

    def condition(self, node: Node) -> str:
        """Write a node as TRUE or FALSE."""
        match node:
            case Operation("and" | "or" as sign, _, _):
                parts = ",".join(map(self.condition, _same_sign(node, sign)))
                return f"{sign.upper()}({parts})"
            case Operation("=" | "!=" as sign, left, right):
                return self._equality(sign, left, right)
            case Operation(sign, left, right) if sign in COMPARISONS:
                return self._comparison(sign, left, right)
            case Call("if", (condition, then, otherwise)):
                branches = ",".join(map(self.condition, (condition, then, otherwise)))
                return f"IF({branches})"
        return self._truth(node)

    def _truth(self, node: Node) -> str:
        kind = _kind(node)
        if _is_arithmetic(node):
            stretch = self.number(node)
            return _joined(f"{stretch.text}<>0", [stretch], SUM).guarded("FALSE")
        if kind == "boolean" and isinstance(node, Call):
            return self._call(node)
        text = self.text(node)
        if kind == "text":
            return f"LEN({text})>0"
        return _bounded(f'IF(ISTEXT({text}),{text}<>"",N({text})<>0)')

    def _equality(self, sign: str, left: Node, right: Node) -> str:
        kinds = {_kind(left), _kind(right)}
        if "boolean" in kinds:
            return f"({self.condition(left)}){_sign(sign)}({self.condition(right)})"
        if kinds & {"number", "date"}:
            return self._comparison(sign, left, right)
        # EXACT, because Excel's own = takes no notice of capitals.
        same = f"EXACT({self.text(left)},{self.text(right)})"
        return same if sign == "=" else f"NOT({same})"

    def _comparison(self, sign: str, left: Node, right: Node) -> str:
        parts = [self._compared(left), self._compared(right)]
        text = f"{parts[0].text}{_sign(sign)}{parts[1].text}"
        return _joined(text, parts, SUM).guarded("TRUE" if sign == "!=" else "FALSE")

    def _compared(self, node: Node) -> _Stretch:
        if isinstance(node, Call) and _kind(node) == "date":
            return _Stretch(self._call(node))
        return self.number(node)

    def number(self, node: Node) -> _Stretch:
        """Write a node as a number within a stretch of arithmetic."""
        match node:
            case Number(value):
                return _Stretch(f"{value:f}")
            case Reference(name):
                cell = self.cell_of(name)
                return _Stretch(cell, (cell,))
            case Negation(operand):
                inner = self.number(operand)
                return _joined(f"-{inner.at_least(ATOM)}", [inner], PRODUCT)
            case Operation(sign, left, right) if sign in ARITHMETIC:
                return self._arithmetic(sign, left, right)
            case Call(name, arguments) if _is_arithmetic(node):
                parts = [self.number(argument) for argument in arguments]
                excel = _excel(name)
                return _joined(_written(excel, parts), parts, ATOM, fails=excel.fails)
        return self._other_number(node)

    def _other_number(self, node: Node) -> _Stretch:
        match _kind(node):
            case "number":
                return _Stretch(self.value(node))
            case "boolean":
                return _Stretch(f"N({self.condition(node)})")
            case "date":
                raise _no_formula("date")
        # Adding 0 makes a number of a text that is one, and an error of any other.
        return _Stretch(f"{self.value(node)}+0", rank=SUM, fails=True)

    def _arithmetic(self, sign: str, left: Node, right: Node) -> _Stretch:
        parts = first, second = self.number(left), self.number(right)
        rank = RANKS[sign]
        if sign == "mod":
            a, b = first.at_least(ATOM), second.at_least(ATOM)
            # Excel's MOD takes the sign of the divisor, XPath's that of the dividend. The
            # quotient of 0.3 and 0.1 is a little less than 3 for a spreadsheet.
            text = f"({a}-{b}*TRUNC(ROUND({a}/{b},9)))"
        else:
            # A sum is the same whichever of its signs comes first; no other sign is so kind.
            second_rank = rank if sign == "+" and _sign_of(right) == "+" else rank + 1
            text = f"{first.at_least(rank)}{_sign(sign)}{second.at_least(second_rank)}"
        fails = sign in ("div", "mod") and not (isinstance(right, Number) and right.value)
        return _joined(text, parts, rank, fails=fails)

    def _call(self, node: Call) -> str:
        excel = _excel(node.name)
        takes = excel.takes + excel.takes[-1:] * len(node.arguments)
        parts = [
            _Stretch(self.writers[kind](argument))
            for kind, argument in zip(takes, node.arguments, strict=False)
        ]
        return _written(excel, parts)


def _kind(node: Node) -> Kind:
    match node:
        case Number() | Negation():
            return "number"
        case Text():
            return "text"
        case Call(name, _):
            return FUNCTIONS[name].gives
        case Operation(sign, _, _):
            return "number" if sign in ARITHMETIC else "boolean"
        case _:
            return "any"


def _is_arithmetic(node: Node) -> bool:
    if isinstance(node, Call):
        return _kind(node) == "number" and _excel(node.name).takes == ("number",)
    return _kind(node) == "number"


def _excel(name: str) -> Excel:
    excel = FUNCTIONS[name].excel
    if excel is None:
        raise _no_formula(name)
    return excel


def _written(excel: Excel, parts: list[_Stretch]) -> str:
    texts = [part.at_least(ATOM) if excel.infix else part.text for part in parts]
    if callable(excel.write):
        return _bounded(excel.write(texts))
    return _bounded(excel.write.format(*texts, all=",".join(texts)))


def _same_sign(node: Node, sign: str) -> list[Node]:
    """Return the operands of a chain of one sign, however it is nested."""
    if _sign_of(node) != sign:
        return [node]
    return [part for operand in operands(node) for part in _same_sign(operand, sign)]


def _sign_of(node: Node) -> str:
    return node.operator if isinstance(node, Operation) else ""


def _sign(sign: str) -> str:
    return SIGNS.get(sign, sign)


def _quoted(text: str) -> str:
    doubled = [
        '"' + text[start : start + LONGEST_TEXT].replace('"', '""') + '"'
        for start in range(0, len(text), LONGEST_TEXT)
    ]
    return f"CONCATENATE({','.join(doubled)})" if len(doubled) > 1 else (doubled or ['""'])[0]


def _no_formula(detail: str) -> ExpressionError:
    return ExpressionError("no_formula", 0, detail)
