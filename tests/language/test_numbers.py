"""Numbers are read as they were meant, and percentages never flatter."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.numbers import (
    format_number,
    parse_decimal,
    parse_integer,
    percent,
    roman,
    round_half_up,
)


@pytest.mark.parametrize(
    "typed", ["1234", "1.234", "1,234", "1 234", "1\u00a0234", " 1234 ", "01234"]
)
def test_a_count_is_read_with_any_separator(typed: str) -> None:
    assert parse_integer(typed) == 1234


@pytest.mark.parametrize(
    "typed",
    [
        "1.23",
        "12,5",
        "1.2345",
        "-3",
        "1.234,5",
        "",
        "một",
        "1.234,567",
        "0.123",
        "1.234\n5",
        "１２",
        "١٢",
        "1e3",
        "1_000",
    ],
)
def test_anything_else_is_no_count(typed: str) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        parse_integer(typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("95,5", "95.5"),
        ("95.5 %", "95.5"),
        ("1.234", "1234"),
        ("1,234", "1.234"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        ("-5,5", "-5.5"),
        ("\u22125", "-5"),
        ("100%", "100"),
    ],
)
def test_a_decimal_is_read_vietnamese_first(typed: str, value: str) -> None:
    assert parse_decimal(typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    ["", "%", "-", "năm", "1,2,3", "1.2345", "12 34", "5,", ",5", "1e3", "NaN", "Infinity", "%5"],
)
def test_anything_else_is_no_decimal(typed: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_decimal(typed)


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("12.25", 1, "12.3"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.125", 2, "0.13"),
        ("7", 2, "7.00"),
    ],
)
def test_halves_round_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert str(round_half_up(Decimal(value), places)) == rounded


def test_there_is_no_minus_zero() -> None:
    assert str(round_half_up(Decimal("-0.04"), 1)) == "0.0"


def test_numbers_are_written_in_two_languages() -> None:
    assert format_number(1234567) == "1.234.567"
    assert format_number(Decimal("1234.5"), 1) == "1.234,5"
    assert format_number(Decimal("12.25"), 1) == "12,3"
    assert format_number(Decimal("1234.5"), 1, "en") == "1,234.5"
    assert format_number(10**40).count(".") == 13


@given(st.integers(min_value=0))
def test_a_written_count_is_read_back(count: int) -> None:
    assert parse_integer(format_number(count)) == count
    assert parse_integer(format_number(count, language="en")) == count


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_a_written_decimal_is_read_back(value: Decimal) -> None:
    assert parse_decimal(format_number(value, 2)) == value


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (9996, 10000, "99.9"),
        (10, 10, "100.0"),
        (1, 100000, "0.1"),
        (0, 5, "0.0"),
        (49, 400, "12.3"),
        (Decimal("1.5"), 3, "50.0"),
    ],
)
def test_a_percentage_is_complete_only_when_complete(
    part: int | Decimal, whole: int, shown: str
) -> None:
    assert str(percent(part, whole)) == shown


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (Decimal("NaN"), 2), (2, Decimal("NaN"))])
def test_there_is_no_percentage_of_nothing(part: int | Decimal, whole: int | Decimal) -> None:
    assert percent(part, whole) is None


def test_a_percentage_has_the_places_asked_for() -> None:
    assert percent(2, 3, places=0) == 67
    assert percent(999, 1000, places=0) == 99


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_is_100_only_when_all_and_0_only_when_none(part: int, whole: int) -> None:
    share = percent(min(part, whole), whole)
    assert (share == 100) == (part >= whole)
    assert (share == 0) == (part == 0)


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (40, "XL"), (2021, "MMXXI"), (3999, "MMMCMXCIX")],
)
def test_roman_numerals(number: int, written: str) -> None:
    assert roman(number) == written


@pytest.mark.parametrize("number", [0, -1, 4000])
def test_there_is_no_roman_numeral_outside_1_to_3999(number: int) -> None:
    with pytest.raises(ValueError, match="no Roman numeral"):
        roman(number)
