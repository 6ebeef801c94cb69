"""Read an expression: the XPath subset of XLSForm into a syntax tree. The only importer of lark."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial, reduce
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from forms.expressions.errors import ExpressionError
from forms.expressions.functions import FUNCTIONS, Function
from forms.expressions.nodes import (
    Call,
    Current,
    Negation,
    Node,
    Number,
    Operation,
    Path,
    Reference,
    Text,
    replaced,
)

LONGEST = 4_000
DEEPEST = 60

_MARK = re.compile(r"""'[^']*'|"[^"]*"|['"()]""")
_QUOTE = re.compile(r"['\"]")
_WORD = re.compile(r"[^\W\d]\w*(?:[-:.]\w+)*")
# What is known by the place of an expression in its form, like a path.
_PLACES = frozenset({"last", "version"})
# What a word processor makes of the signs that were typed, one for one.
_TYPED_SIGNS = str.maketrans("“”„‟‘’‚‛−–", "\"\"\"\"''''--")


class _Part(NamedTuple):
    """A node under construction, and how many levels it has."""

    node: Node
    depth: int = 1


def refuse_path(path: Path) -> Node:
    """Refuse a path: where a form does not say what it leads to, only ${name} is understood."""
    reason = "word" if _WORD.fullmatch(path.source) else "path"
    raise ExpressionError(reason, path.position, path.source)


def parse(source: str, follow: Callable[[Path], Node] = refuse_path) -> Node:
    """Return the syntax tree of an expression; text between quotes is put in NFC.

    `follow` says what a path leads to. Long chains of `and`, `or` and `+` become balanced trees, so
    that no tree is deeper than DEEPEST. Curly quotes and dashes that a word processor made are
    taken for the straight ones. Raises ExpressionError when the expression cannot be understood or
    could never work.
    """
    try:
        return replaced(_parse(source), follow)
    except ExpressionError:
        typed = source.translate(_TYPED_SIGNS)
        if typed == source:
            raise
    return replaced(_parse(typed), follow)


def _parse(source: str) -> Node:
    if not source.strip():
        raise ExpressionError("empty")
    if len(source) > LONGEST:
        raise ExpressionError("long", LONGEST, limit=LONGEST)
    unclosed = _unclosed_parenthesis(source)
    try:
        part = cast(_Part, _grammar().parse(source))
    except UnexpectedCharacters as error:
        raise _unknown_sign(source, cast(int, error.pos_in_stream)) from None
    except UnexpectedToken as error:
        raise _unexpected(source, error.token, unclosed) from None
    return part.node


def _unclosed_parenthesis(source: str) -> int | None:
    """Return where the innermost parenthesis that stays open is. Raises for what cannot match."""
    opened: list[int] = []
    for mark in _MARK.finditer(source):
        if mark[0] in "'\"":
            raise ExpressionError("string", mark.start())
        if mark[0] == "(":
            opened.append(mark.start())
        elif mark[0] == ")" and not opened:
            raise ExpressionError("closing", mark.start())
        elif mark[0] == ")":
            opened.pop()
        if len(opened) > DEEPEST:
            raise ExpressionError("deep", mark.start(), limit=DEEPEST)
    return opened[-1] if opened else None


def _unknown_sign(source: str, position: int) -> ExpressionError:
    word = _WORD.match(source, position)
    if word:
        return ExpressionError("word", position, word[0])
    if source[position] == "$":
        return ExpressionError("reference", position)
    return ExpressionError("sign", position, source[position])


def _unexpected(source: str, token: Token, unclosed: int | None) -> ExpressionError:
    if token.type == "PATH" and _WORD.fullmatch(token):
        return ExpressionError("word", token.start_pos or 0, str(token))
    if token.type != "$END":
        return ExpressionError("sign", token.start_pos or 0, str(token))
    if unclosed is not None:
        return ExpressionError("parenthesis", unclosed)
    return ExpressionError("end", len(source))


@v_args(inline=True)
class _Builder(Transformer[Token, _Part]):
    """Make nodes out of what the grammar recognised."""

    def start(self, whole: _Part) -> _Part:
        return whole

    def number(self, token: Token) -> _Part:
        return _Part(Number(Decimal(token)))

    def text(self, token: Token) -> _Part:
        return _Part(Text(unicodedata.normalize("NFC", token[1:-1])))

    def reference(self, token: Token) -> _Part:
        return _Part(Reference(unicodedata.normalize("NFC", token[2:-1].strip())))

    def path(self, token: Token) -> _Part:
        return _Part(Path(str(token), token.start_pos or 0))

    def current(self, _: Token) -> _Part:
        return _Part(Current())

    def negation(self, sign: Token, operand: _Part) -> _Part:
        return _checked(_Part(Negation(operand.node), operand.depth + 1), sign)

    def operation(self, left: _Part, sign: Token, right: _Part) -> _Part:
        return _operation(sign, left, right)

    def chain(self, first: _Part, *rest: _Part | Token) -> _Part:
        signs = [part for part in rest if isinstance(part, Token)]
        operands = [part for part in rest if isinstance(part, _Part)]
        for sign, run in groupby(zip(signs, operands, strict=True), key=itemgetter(0)):
            join = _joined if sign == "-" else _balanced
            first = join(sign, [first, *(operand for _, operand in run)])
        return first

    disjunction = conjunction = additive = chain

    def lookup(
        self, opening: Token, key: Token, sign: Token, wanted: _Part, column: Token
    ) -> _Part:
        for token, is_right in ((key, bool(_WORD.fullmatch(key))), (sign, sign == "=")):
            if not is_right:
                raise ExpressionError("sign", token.start_pos or 0, str(token))
        names = (_QUOTE.split(opening)[1], column.lstrip("]/ \t\r\n"), str(key))
        node = Call("pulldata", (*map(Text, names), wanted.node))
        return _checked(_Part(node, wanted.depth + 1), opening)

    def call(self, name: Token, *arguments: _Part) -> _Part:
        if name in _PLACES and not arguments:
            return _Part(Path(f"{name}()", name.start_pos or 0))
        nodes = tuple(argument.node for argument in arguments)
        nodes = _checked_arguments(name, nodes)
        depth = 1 + max((argument.depth for argument in arguments), default=0)
        return _checked(_Part(Call(str(name), nodes), depth), name)


def _operation(sign: Token, left: _Part, right: _Part) -> _Part:
    node = Operation(str(sign), left.node, right.node)
    return _checked(_Part(node, 1 + max(left.depth, right.depth)), sign)


def _joined(sign: Token, operands: list[_Part]) -> _Part:
    return reduce(partial(_operation, sign), operands)


def _balanced(sign: Token, operands: list[_Part]) -> _Part:
    if len(operands) == 1:
        return operands[0]
    middle = (len(operands) + 1) // 2
    return _operation(sign, _balanced(sign, operands[:middle]), _balanced(sign, operands[middle:]))


def _checked(part: _Part, token: Token) -> _Part:
    if part.depth > DEEPEST:
        raise ExpressionError("deep", token.start_pos or 0, limit=DEEPEST)
    return part


def _checked_arguments(name: Token, arguments: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the arguments as the function wants them. Raises ExpressionError."""
    position = name.start_pos or 0
    function = FUNCTIONS.get(name)
    if function is None:
        known = name.lower() in FUNCTIONS
        raise ExpressionError(
            "capitals" if known else "function", position, str(name), lower=name.lower()
        )
    found = len(arguments)
    if found < function.minimum or (function.maximum is not None and found > function.maximum):
        raise ExpressionError(
            "arguments", position, function.name, expected=_expected(function), found=found
        )
    reason = function.refuse(arguments) if function.refuse else None
    if reason:
        literal = next((a.value for a in reversed(arguments) if isinstance(a, Text)), str(name))
        raise ExpressionError(reason, position, literal)
    return function.adapt(arguments) if function.adapt else arguments


def _expected(function: Function) -> str:
    if function.maximum is None:
        return f"≥ {function.minimum}"
    if function.minimum == function.maximum:
        return str(function.minimum)
    return f"{function.minimum}-{function.maximum}"


@cache
def _grammar() -> Lark:
    """Return the parser. Making it takes as long as importing a large package: not at the start."""
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        transformer=_Builder(),
    )
