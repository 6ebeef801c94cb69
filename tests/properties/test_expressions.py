"""Whatever is written in a form or typed into it, an expression has a result or a clear error."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions import (
    FUNCTIONS,
    Call,
    Current,
    ExpressionError,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    Value,
    as_boolean,
    as_number,
    as_text,
    compile_python,
    from_json,
    is_blank,
    parse,
    to_excel,
    to_json,
)
from forms.expressions.excel import LONGEST_FORMULA
from forms.expressions.nodes import OPERATORS
from tests.forms.expression_cases import Given, evaluate_case, random_cases

NAMES = st.sampled_from(["a", "b", "so_nguoi"])
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="'\"")
TEXTS = st.text(LETTERS, max_size=12)
DECIMALS = st.decimals(0, 10**6, allow_nan=False, places=2)
PIECES = st.sampled_from(
    [*"().,+-*='\"$ 1", "${a}", " and ", "or", "div", "!=", "<=", "round(", "if(", "not(", "'x'"]
)


def calls(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Return calls of every function, with as many arguments as it takes."""

    def call(name: str) -> st.SearchStrategy[Node]:
        function = FUNCTIONS[name]
        most = function.maximum if function.maximum is not None else function.minimum + 2
        arguments = st.lists(nodes, min_size=function.minimum, max_size=most)
        return st.builds(Call, st.just(name), arguments.map(tuple))

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(call)


NODES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(
        st.builds(Number, DECIMALS),
        st.builds(Text, TEXTS),
        st.builds(Reference, NAMES),
        st.just(Current()),
    ),
    lambda nodes: st.one_of(
        st.builds(Operation, st.sampled_from(sorted(OPERATORS)), nodes, nodes),
        st.builds(Negation, nodes),
        calls(nodes),
    ),
    max_leaves=12,
)
ODD_VALUES: list[Value] = ["", "0", "12", "-1.5", "2021-06-04", "9" * 400, Decimal("NaN"), True]
SIMPLE_VALUES: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    DECIMALS,
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.sampled_from(ODD_VALUES),
)
VALUES = st.one_of(SIMPLE_VALUES, st.lists(SIMPLE_VALUES, max_size=3).map(tuple))


WRITTEN: dict[type, Callable[[Any], str]] = {
    Number: lambda node: f"{node.value:f}",
    Text: lambda node: f"'{node.value}'",
    Reference: lambda node: f"${{{node.name}}}",
    Current: lambda _: ".",
    Call: lambda node: f"{node.name}({', '.join(map(written, node.arguments))})",
    Operation: lambda node: f"({written(node.left)}) {node.operator} ({written(node.right)})",
    Negation: lambda node: f"-({written(node.operand)})",
}


def written(node: Node) -> str:
    """Return a node as somebody would write it, with parentheses around every operand."""
    return WRITTEN[type(node)](node)


def parsed(source: str) -> Node | None:
    """Return the tree of an expression, or None when it is refused as it should be."""
    try:
        return parse(source)
    except ExpressionError as error:
        refused = error
    assert 0 <= refused.position <= len(source)
    assert refused.sentence("vi").endswith(".")
    assert refused.sentence("en").endswith(".")
    return None


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_is_an_expression_or_told_to_be_none(source: str) -> None:
    node = parsed(source)
    if node is not None:
        compile_python(node)(Given({}))


@given(PIECES, st.integers(1, 4000), PIECES)
def test_nothing_repeated_is_too_deep(piece: str, times: int, end: str) -> None:
    node = parsed((piece * times)[:4000] + end)
    if node is not None:
        compile_python(node)(Given({"a": Decimal(1)}))


@given(NODES)
def test_a_tree_survives_json(node: Node) -> None:
    assert from_json(json.loads(json.dumps(to_json(node)))) == node


@given(NODES)
def test_what_is_written_is_what_is_read(node: Node) -> None:
    again = parsed(written(node))
    if again is not None:
        assert written(again) == written(parse(written(again)))


@given(NODES, st.dictionaries(NAMES, VALUES), SIMPLE_VALUES)
def test_evaluation_never_fails(node: Node, values: dict[str, Value], current: Value) -> None:
    result = compile_python(node)(Given(values, current))
    assert type(result) in (str, Decimal, bool, date, tuple)
    assert isinstance(as_text(result), str)
    assert isinstance(as_boolean(result), bool)
    assert not as_number(result).is_infinite()
    assert not isinstance(result, Decimal) or not result.is_infinite()


@given(NODES)
def test_a_formula_stays_within_what_excel_takes_or_is_refused(node: Node) -> None:
    try:
        formula = to_excel(node, str.upper)
    except ExpressionError as error:
        formula = error.reason_code
    assert formula == "no_formula" or 0 < len(formula) <= LONGEST_FORMULA
    assert not formula.startswith("=")


@given(DECIMALS, DECIMALS)
def test_arithmetic_is_exact(first: Decimal, second: Decimal) -> None:
    scope = Given({"a": first, "b": second})
    for sign, expected in (("+", first + second), ("-", first - second), ("*", first * second)):
        assert compile_python(parse(f"${{a}} {sign} ${{b}}"))(scope) == expected
    assert compile_python(parse("${a} < ${b}"))(scope) is (first < second)
    assert compile_python(parse("${a} = ${b}"))(scope) is (first == second)


@pytest.mark.parametrize("sign", ["+", "-", "*", "div", "mod"])
@given(DECIMALS)
def test_a_blank_makes_arithmetic_blank_and_comparisons_false(sign: str, number: Decimal) -> None:
    scope = Given({"a": number, "b": ""})
    assert is_blank(compile_python(parse(f"${{a}} {sign} ${{b}}"))(scope))
    for comparison in ("=", "<", "<=", ">", ">="):
        source = f"${{a}} {sign} ${{b}} {comparison} ${{a}}"
        assert compile_python(parse(source))(scope) is False
    assert compile_python(parse(f"${{a}} {sign} ${{b}} != ${{a}}"))(scope) is True


@given(st.lists(DECIMALS, min_size=1, max_size=200))
def test_a_long_sum_is_the_sum(numbers: list[Decimal]) -> None:
    source = " + ".join(map(str, numbers))[:4000].rstrip(" +.")
    assert compile_python(parse(source))(Given({})) == sum(map(Decimal, source.split(" + ")))


@given(st.lists(st.booleans(), min_size=1, max_size=150), st.sampled_from([any, all]))
def test_a_long_chain_of_conditions(
    truths: list[bool], combined: Callable[[list[bool]], bool]
) -> None:
    source = (" or " if combined is any else " and ").join(f"{str(t).lower()}()" for t in truths)
    assert compile_python(parse(source))(Given({})) is combined(truths)


@given(st.integers(0, 10**6))
def test_random_cases_have_a_result(seed: int) -> None:
    case: dict[str, Any] = next(random_cases(seed, 1, "0.01"))
    assert evaluate_case(case) == evaluate_case(case) or is_blank(evaluate_case(case))
