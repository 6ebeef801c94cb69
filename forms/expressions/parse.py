"""From text to tree: the only file that knows the grammar."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

from forms.expressions.ast import (
    Call,
    Current,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    children,
)
from forms.expressions.functions import FUNCTIONS

LONGEST = 4_000
DEEPEST = 120
SENTENCES = {
    "empty": {"vi": "biểu thức trống", "en": "the expression is empty"},
    "long": {
        "vi": "biểu thức dài quá 4.000 ký tự",
        "en": "the expression is longer than 4,000 characters",
    },
    "deep": {"vi": "biểu thức lồng nhau quá nhiều", "en": "the expression is nested too deeply"},
    "sign": {"vi": "không hiểu “{detail}”", "en": "“{detail}” is not understood here"},
    "end": {"vi": "biểu thức chưa kết thúc", "en": "the expression ends too early"},
    "quote": {"vi": "thiếu dấu nháy đóng", "en": "the closing quote is missing"},
    "function": {"vi": "chưa hỗ trợ hàm {detail}()", "en": "the function {detail}() is unknown"},
    "arguments": {
        "vi": "hàm {detail}() nhận số đối số khác",
        "en": "the function {detail}() takes another number of arguments",
    },
    "no_formula": {
        "vi": "“{detail}” không viết được thành công thức Excel",
        "en": "“{detail}” has no Excel formula",
    },
}


class ExpressionError(ValueError):
    """An expression that cannot be used: why, and at which sign (counted from 0)."""

    def __init__(self, reason: str, position: int = 0, detail: str = "") -> None:
        super().__init__(f"{reason} at {position}: {detail}")
        self.reason = reason
        self.position = position
        self.detail = detail

    def sentence(self, language: str) -> str:
        """Return what is wrong, without a final stop."""
        sentences = SENTENCES[self.reason]
        return sentences.get(language, sentences["vi"]).format(detail=self.detail)


class _Builder(Transformer[Token, Node]):
    """Makes the tree from what the parser found."""

    def number(self, parts: list[Token]) -> Node:
        return Number(Decimal(parts[0]))

    def text(self, parts: list[Token]) -> Node:
        return Text(str(parts[0])[1:-1])

    def reference(self, parts: list[Token]) -> Node:
        return Reference(str(parts[0])[2:-1].strip())

    def current(self, parts: list[Token]) -> Node:
        return Current()

    def negation(self, parts: list[Node]) -> Node:
        return Negation(parts[-1])

    def operation(self, parts: list[Node | Token]) -> Node:
        left, operator, right = parts
        return Operation(str(operator), left, right)  # type: ignore[arg-type]  # the grammar says so

    def or_operation(self, parts: list[Node]) -> Node:
        return Operation("or", parts[0], parts[-1])

    def and_operation(self, parts: list[Node]) -> Node:
        return Operation("and", parts[0], parts[-1])

    def call(self, parts: list[Node | Token | None]) -> Node:
        name, *arguments = parts
        given = tuple(argument for argument in arguments if argument is not None)
        position = getattr(name, "start_pos", 0) or 0
        function = FUNCTIONS.get(str(name))
        if function is None:
            raise ExpressionError("function", position, str(name))
        if not function.fewest <= len(given) <= function.most:
            raise ExpressionError("arguments", position, str(name))
        return Call(str(name), given)  # type: ignore[arg-type]  # the grammar says so


_GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
# The tree is built while parsing, without recursion.
_PARSER = Lark(
    _GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder(visit_tokens=False)
)


def parse(source: str) -> Node:
    """Return the tree of an expression. Raises ExpressionError, with the place of the first fault."""
    if not source.strip():
        raise ExpressionError("empty")
    if len(source) > LONGEST:
        raise ExpressionError("long", LONGEST)
    try:
        node = cast(Node, _PARSER.parse(source))
    except UnexpectedCharacters as error:
        quote = source[error.pos_in_stream] in "'\""
        raise ExpressionError(
            "quote" if quote else "sign", error.pos_in_stream, source[error.pos_in_stream]
        ) from None
    except UnexpectedEOF:
        raise ExpressionError("end", len(source)) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise ExpressionError("end", len(source)) from None
        raise ExpressionError("sign", error.token.start_pos or 0, str(error.token)) from None
    _refuse_deep(node)
    return node


def _refuse_deep(node: Node) -> None:
    """Bound how deep a tree is, for what walks it later does so by recursion."""
    waiting = [(node, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > DEEPEST:
            raise ExpressionError("deep")
        waiting.extend((child, depth + 1) for child in children(part))
