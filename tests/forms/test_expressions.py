"""Expressions are read as XLSForm means them, and every wrong one is told in a sentence."""

import json
import re
from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from forms.expressions import (
    FUNCTIONS,
    Call,
    Current,
    ExpressionError,
    Number,
    Operation,
    Reference,
    Text,
    Value,
    as_boolean,
    as_number,
    as_text,
    calls,
    compile_python,
    from_json,
    is_blank,
    parse,
    references,
    to_excel,
    to_json,
    uses_current,
)
from tests.forms.expression_cases import CASES, Given, evaluate_case, parse_case, value_of


def evaluate(expression: str, current: Value = "", **values: Value) -> Value:
    return compile_python(parse(expression))(Given(values, current))


def error_of(expression: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(expression)
    return caught.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"])
def test_a_vector_gives_what_it_says(case: dict[str, Any]) -> None:
    result, expected = evaluate_case(case), value_of(case["expected"])
    assert type(result) is type(expected)
    if isinstance(expected, Decimal) and expected.is_nan():
        assert isinstance(result, Decimal)
        assert result.is_nan()
    elif isinstance(expected, Decimal):
        assert as_text(result) == as_text(expected)
    else:
        assert result == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"])
def test_a_tree_survives_the_way_through_json(case: dict[str, Any]) -> None:
    node = parse_case(case)
    assert from_json(json.loads(json.dumps(to_json(node)))) == node


def test_a_function_stands_in_the_vectors_or_it_is_not_known_to_work() -> None:
    tried = frozenset[str]().union(*(calls(parse_case(case)) for case in CASES))
    assert tried == FUNCTIONS.keys()


def test_a_minus_between_references_is_no_part_of_a_name() -> None:
    minus = Operation("-", Reference("a"), Reference("b"))
    assert parse("${a}-${b}") == parse("${a} -${b}") == minus


def test_a_point_is_the_question_itself_or_part_of_a_number() -> None:
    assert parse(". - 1") == Operation("-", Current(), Number(Decimal(1)))
    assert parse(".5") == Number(Decimal("0.5"))


def test_the_name_of_a_function_may_be_followed_by_space() -> None:
    assert parse("count-selected (.)") == Call("count-selected", (Current(),))


def test_text_between_quotes_is_put_in_nfc() -> None:
    assert parse("'Đo\u031b\u0323t'") == Text("Đợt")


def test_json_is_compact() -> None:
    assert to_json(parse("${a} >= 1.50 and not(. = 'x')")) == [
        "and",
        [">=", ["ref", "a"], ["num", "1.50"]],
        ["call", "not", ["=", ["."], ["text", "x"]]],
    ]


@pytest.mark.parametrize(
    "parts", [[], ["x"], ["num"], ["ref", 1], ["+", ["."]], ["^", ["."], ["."]]]
)
def test_other_json_is_no_expression(parts: list[Any]) -> None:
    with pytest.raises(ValueError, match="not an expression"):
        from_json(parts)


def test_what_an_expression_mentions() -> None:
    node = parse("if(${a} > 1, round(. + ${b}), ${a})")
    assert references(node) == {"a", "b"}
    assert calls(node) == {"if", "round"}
    assert uses_current(node)
    assert not uses_current(parse("${a}"))


@pytest.mark.parametrize(
    ("expression", "reason", "position"),
    [
        ("", "empty", 0),
        (" \n ", "empty", 0),
        ("1 +", "end", 3),
        ("${a} = ", "end", 7),
        ("1 ! 2", "sign", 2),
        ("1 2", "sign", 2),
        ("1.2.3", "sign", 3),
        ("..", "path", 0),
        ("/a/b", "path", 0),
        ("= 3", "sign", 0),
        ("round(1,)", "sign", 8),
        ("“a = 1", "string", 0),
        ("a - b", "word", 0),
        ("${a} = co", "word", 7),
        ("5 divide 2", "word", 2),
        ("Đợt = 1", "word", 0),
        ("$a", "reference", 0),
        ("1 + ${}", "reference", 4),
        ("${a b}", "reference", 0),
        ("1 + ${a", "reference", 4),
        ("'abc", "string", 0),
        ("${a} = \"x' and 1", "string", 7),
        ("(1 + 2", "parenthesis", 0),
        ("not((1)", "parenthesis", 3),
        ("1 + 2)", "closing", 5),
        (")", "closing", 0),
        ("1 + tong(2)", "function", 4),
        ("1 + IF(1, 2, 3)", "capitals", 4),
        ("position(${a})", "question_name", 0),
        ("pulldata('a', ${b}, 'c', 'd')", "literal", 0),
        ("previous(1)", "question_name", 0),
        ("jr:choice-name('a', 'b')", "question_name", 0),
        ("1 + round()", "arguments", 4),
        ("round(1, 2, 3)", "arguments", 0),
        ("today(1)", "arguments", 0),
        ("coalesce(1)", "arguments", 0),
        ("regex(., '(')", "pattern", 0),
        ("regex(., '(?P<a>x)')", "pattern", 0),
        ("regex(., '(?i)x')", "pattern", 0),
        ("regex(., 'a{99999999999}')", "pattern", 0),
        ("regex(., '[[a]')", "pattern", 0),
        ("regex(., '(?=a)a')", "pattern", 0),
        ("regex(., '(a)\\1')", "pattern", 0),
        ("regex(., 'a++')", "pattern", 0),
        ("regex(., 'a{1001}')", "pattern", 0),
        ("1 + number(date('2021-02-30'))", "date", 11),
        ("date('4/6/2021')", "date", 0),
        ("1" * 4001, "long", 4000),
        ("(" * 61 + "1" + ")" * 61, "deep", 60),
        ("-" * 100 + "1", "deep", 40),
        ("*".join("1" * 62), "deep", 119),
        ("not(" * 61 + "1" + ")" * 61, "deep", 243),
    ],
)
def test_a_wrong_expression_is_refused_at_its_place(
    expression: str, reason: str, position: int
) -> None:
    error = error_of(expression)
    assert (error.reason_code, error.position) == (reason, position)
    for language in ("vi", "en"):
        assert error.sentence(language).endswith(".")
        assert "{" not in re.sub(r"\$\{tên\}|\$\{name\}|“.*”", "", error.sentence(language))


def test_the_sentence_names_the_place_and_what_was_expected() -> None:
    error = error_of("1 + round(1, 2, 3)")
    assert error.sentence("vi") == "Hàm round cần 1-2 tham số, ở đây có 3 (ký tự thứ 5)."
    assert error.sentence("en") == str(error)
    assert "≥ 2" in error_of("coalesce(1)").sentence("vi")


def test_long_chains_are_no_deep_trees() -> None:
    assert evaluate(" + ".join(["${a}"] * 500), a=Decimal(2)) == 1000
    assert evaluate(" or ".join(f"${{a}} = '{number}'" for number in range(200)), a="199") is True
    assert evaluate("1 - 1 " + "+ 1 " * 500 + "- 1") == 499


def test_a_nested_expression_of_sixty_levels_works() -> None:
    assert evaluate("not(" * 59 + "1" + ")" * 59) is False


def test_a_huge_text_matches_no_pattern() -> None:
    assert evaluate("regex(., 'a*')", current="a" * 10_000) is True
    assert evaluate("regex(., 'a*')", current="a" * 10_001) is False


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|a)*", "(.*a){20}", "([a-z]+)*"])
def test_no_pattern_takes_long(pattern: str) -> None:
    begun = perf_counter()
    assert evaluate(f"regex(., '{pattern}')", current="a" * 5_000 + "!") is False
    assert perf_counter() - begun < 1


def test_numbers_that_are_too_large_are_no_numbers() -> None:
    huge = "9" * 200
    assert is_blank(evaluate("${a} * ${a}", a=huge))
    assert is_blank(evaluate("sum(${a}, ${a})", a="9" * 400))


def test_a_calculation_without_a_result_is_seen_as_blank() -> None:
    assert evaluate("${a} = ''", a=Decimal("NaN")) is True


@pytest.mark.parametrize(
    ("value", "number", "text", "truth"),
    [
        ("", None, "", False),
        ("0", "0", "0", True),
        (" 12.50 ", "12.50", " 12.50 ", True),
        ("2021-06-04", "18782", "2021-06-04", True),
        ("2021-13-04", None, "2021-13-04", True),
        (Decimal("12.50"), "12.50", "12.5", True),
        (Decimal("1E+2"), "100", "100", True),
        (Decimal(0), "0", "0", False),
        (Decimal("-0.0"), "0", "0", False),
        (Decimal("NaN"), None, "", False),
        (Decimal("0.00001"), "0.00001", "0.00001", True),
        (True, "1", "true", True),
        (False, "0", "false", False),
        (date(2021, 6, 4), "18782", "2021-06-04", True),
        (("3", "4"), "3", "3", True),
        ((), None, "", False),
    ],
)
def test_one_kind_of_value_turns_into_another(
    value: Value, number: str | None, text: str, truth: bool
) -> None:
    assert as_text(value) == text
    assert as_boolean(value) is truth
    if number is None:
        assert as_number(value).is_nan()
    else:
        assert as_number(value) == Decimal(number)


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        ("${a} + ${b}", 'IF(COUNT(A1,B1)<2,"",A1+B1)'),
        ("${a} + ${a}", 'IF(COUNT(A1)<1,"",A1+A1)'),
        ("${a} - (${b} + 1)", 'IF(COUNT(A1,B1)<2,"",A1-(B1+1))'),
        ("${a} * 100 div ${b}", 'IF(COUNT(A1,B1)<2,"",IFERROR(A1*100/B1,""))'),
        ("${a} div 100", 'IF(COUNT(A1)<1,"",A1/100)'),
        ("${a} > 0", "IF(COUNT(A1)<1,FALSE,A1>0)"),
        ("${a} = 'co' and ${b} != 2", 'AND(EXACT(A1,"co"),IF(COUNT(B1)<1,TRUE,B1<>2))'),
        ("${d} >= date('2021-06-04')", "IF(COUNT(D1)<1,FALSE,D1>=DATE(2021,6,4))"),
        ("'a \"b\"'", '"a ""b"""'),
        ("coalesce(${a}, 0)", "IF(LEN(A1)>0,A1,0)"),
    ],
)
def test_a_formula_can_be_read_by_those_who_audit_it(expression: str, formula: str) -> None:
    assert to_excel(parse(expression), lambda name: f"{name.upper()}1") == formula


@pytest.mark.parametrize(
    "expression",
    [
        "today()",
        ".",
        "${a} + .",
        "regex(${a}, 'x')",
        "selected-at(${a}, 0)",
        "date(${a})",
        "number(date('2021-06-04'))",
        "concat(date('2021-06-04'), '')",
        "substr(${a}, ${b})",
        "abs(int(" * 25 + "${a}" + "))" * 25,
        "coalesce(" * 50 + "${a}" + ", 'x')" * 50,
        "percent(" * 50 + "${a}" + ", ${b})" * 50,
        "boolean(coalesce(" * 25 + "${a}" + ", 'x'))" * 25,
        "concat(" + ", ".join(["if(${a} > 1, 'x', 'y')"] * 150) + ")",
    ],
)
def test_what_excel_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        to_excel(parse(expression), lambda name: f"'Biểu 1'!{name.upper()}1")
    assert caught.value.reason_code == "no_formula"


@pytest.mark.parametrize(
    "source",
    [
        "instance('xa')/root/item[ma = ${m}]/ten",
        'instance("xa")/root/item[ma=${m}]/ten',
        "instance( 'xa' )/root/item[ ma = ${m} ] /ten",
    ],
)
def test_an_instance_is_looked_up_in_as_odk_writes_it(source):
    assert parse(source) == parse("pulldata('xa', 'ten', 'ma', ${m})")
    assert parse(f"concat({source}, '!')") == parse(
        "concat(pulldata('xa', 'ten', 'ma', ${m}), '!')"
    )


@pytest.mark.parametrize(
    ("source", "reason", "place"),
    [
        ("instance('xa')/root/item[ma != 1]/ten", "sign", 28),
        ("instance('xa')/root/item[../ma = 1]/ten", "sign", 25),
        ("instance('xa')/root/item[ma = 1]", "sign", 31),
        ("instance('xa')/root/item", "sign", 14),
    ],
)
def test_no_other_way_into_an_instance_is_understood(source, reason, place):
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert (caught.value.reason_code, caught.value.position) == (reason, place)
