"""Statistics over figures: what they find, and what they must not find."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.tables import UnitResponse, build_sheets
from exports.unusual import (
    HEAPED,
    IDENTICAL,
    LEAST_UNITS,
    OUTLIER,
    Figures,
    far_from_group,
    is_rare,
    rounded,
    rule_of,
    rules_stated,
    same_as_another,
    typed_figures,
    unusual,
)
from forms.explanations import Oddity
from forms.tree import Check, Definition
from tests.exports.small import (
    campaign,
    closed,
    expression,
    form,
    labels,
    question,
    row_of,
    sent,
    sheet_of,
    texts,
    unit,
)

COUNTS = st.integers(0, 10**9)
USUAL = (100, 104, 98, 110, 96, 102, 105, 99)
COPIED = {"a": 120, "b": 45, "c": 300, "d": 77, "e": 45}


def report(code: str, group: str = "A", **values: int | str) -> Figures:
    return Figures(
        code, f"Đơn vị {code}", group, {name: Decimal(value) for name, value in values.items()}
    )


def reports(*values: int | str, group: str = "A") -> list[Figures]:
    return [report(f"{group}{number}", group, n=value) for number, value in enumerate(values)]


def found(units: list[Figures]) -> dict[str, list[tuple[str, str]]]:
    return {
        code: [(one.name, one.message) for one in oddities]
        for code, oddities in unusual(units, "vi").items()
    }


# --- far from the group ---------------------------------------------------------------------------


def test_a_figure_far_from_its_group_is_told_with_the_rule_and_its_measure() -> None:
    sentence = (
        "2.000 cao hơn nhiều so với trung vị 102 của 9 đơn vị trong khối (điểm z hiệu chỉnh 426,7)."
    )
    assert found(reports(*USUAL, 2000)) == {"A8": [(OUTLIER, sentence)]}
    low = found(reports(*(value + 1000 for value in USUAL), 3))
    assert "thấp hơn nhiều" in low["A8"][0][1]
    english = unusual(reports(*USUAL, 2000), "en")["A8"][0]
    assert english.message.startswith("2,000 is much more than the median 102 of 9 units")
    assert rule_of(english, form(), "en") == "Far from its group"
    assert not english.is_unexplained


def test_the_threshold_is_the_stated_one() -> None:
    """Median 0, MAD 1: 0.6745 x 5.19 is more than 3.5, 0.6745 x 5.18 is less."""
    base = [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    for value, told in (("5.18", False), ("5.19", True), ("-5.19", True)):
        units = reports(*base, value, "0")
        assert bool(list(far_from_group(units))) is told, value


def test_too_few_units_are_no_group() -> None:
    assert len(USUAL) == LEAST_UNITS
    assert found(reports(*USUAL[: LEAST_UNITS - 2], 2000)) == {}
    assert found(reports(*USUAL[: LEAST_UNITS - 1], 2000)) != {}


def test_groups_are_looked_at_apart() -> None:
    towns = reports(*(value * 100 for value in USUAL), group="B")
    assert found(reports(*USUAL) + towns) == {}
    assert set(found([*reports(*USUAL), report("A9", n=9800), *towns])) == {"A9"}


@given(COUNTS, st.integers(1, 60))
def test_equal_figures_are_never_far(value: int, number: int) -> None:
    assert list(far_from_group(reports(*[value] * number))) == []


@given(COUNTS, st.lists(COUNTS, max_size=8))
def test_without_any_spread_nothing_is_said(value: int, others: list[int]) -> None:
    """More than half the same: the median deviation is 0, whatever the others are."""
    units = reports(*[value] * (len(others) + LEAST_UNITS), *others)
    assert list(far_from_group(units)) == []


@given(st.lists(COUNTS, min_size=LEAST_UNITS, max_size=30), st.integers(1, 10**6))
@settings(max_examples=60)
def test_the_unit_of_measure_changes_nothing(values: list[int], factor: int) -> None:
    before = [finding.unit for finding in far_from_group(reports(*values))]
    scaled = [value * factor for value in values]
    assert [finding.unit for finding in far_from_group(reports(*scaled))] == before


@given(st.lists(COUNTS, min_size=LEAST_UNITS, max_size=30))
@settings(max_examples=60)
def test_fewer_than_half_are_far(values: list[int]) -> None:
    """At least half lie no farther from the median than the median deviation."""
    assert len(list(far_from_group(reports(*values)))) <= len(values) / 2


# --- the same as another --------------------------------------------------------------------------


def test_two_units_with_the_same_figures_are_told_of_each_other() -> None:
    said = found([report("A1", **COPIED), report("A2", **COPIED), report("A3", a=120)])
    assert said == {
        "A1": [(IDENTICAL, "5 số liệu giống hệt của: Đơn vị A2.")],
        "A2": [(IDENTICAL, "5 số liệu giống hệt của: Đơn vị A1.")],
    }
    many = found([report(f"A{number}", **COPIED) for number in range(6)])
    assert many["A0"][0][1].endswith("Đơn vị A1; Đơn vị A2; Đơn vị A3 và 2 đơn vị khác.")


def test_small_figures_do_not_count_for_it() -> None:
    with_small = [report("A1", **COPIED, f=3, g=0), report("A2", **COPIED, f=5, g=9)]
    assert set(found(with_small)) == {"A1", "A2"}


@pytest.mark.parametrize(
    "values",
    [
        {name: COPIED[name] for name in "abcd"},
        dict.fromkeys("abcdefgh", 100),
        {name: value % 10 for name, value in COPIED.items()},
    ],
    ids=["too few", "all alike", "all small"],
)
def test_what_many_units_share_by_chance_is_no_copy(values: dict[str, int]) -> None:
    assert found([report("A1", **values), report("A2", **values)]) == {}


def test_one_figure_that_differs_is_enough() -> None:
    assert (
        list(same_as_another([report("A1", **COPIED), report("A2", **{**COPIED, "a": 121})])) == []
    )


# --- round figures --------------------------------------------------------------------------------


def figures(round_ones: int, others: int, low: int = 100) -> Figures:
    values = [low + 5 * n for n in range(round_ones)] + [low + 1 + 5 * n for n in range(others)]
    return report("A1", **{f"q{n}": value for n, value in enumerate(values)})


def test_many_round_figures_are_told() -> None:
    assert found([figures(18, 4)]) == {
        "A1": [(HEAPED, "18/22 số liệu từ 100 trở lên tận cùng bằng 0 hoặc 5.")]
    }


def test_few_or_small_figures_tell_nothing_of_their_last_digits() -> None:
    assert list(rounded([figures(19, 0)])) == []
    assert list(rounded([figures(20, 0)])) != []
    assert list(rounded([figures(18, 18, low=0)])) == []


def test_the_chance_is_that_of_a_binomial_distribution() -> None:
    """P(X >= 11 of 20) = 0.00056 and P(X >= 10 of 20) = 0.0026, from printed tables."""
    assert [is_rare(ending, 20) for ending in (10, 11)] == [False, True]
    assert not is_rare(0, 20)
    assert is_rare(20, 20)


# --- what is looked at, and where it is shown -----------------------------------------------------


def test_only_typed_numbers_are_figures() -> None:
    definition = form(
        question("n"),
        question("d", "decimal"),
        question("r", "range"),
        question("t", "text"),
        question("c", "calculate"),
    )
    answers = {"n": 5, "d": "2.5", "r": 3, "t": "12", "c": 7, "x": 1}
    assert typed_figures(definition, answers) == {"n": 5, "d": Decimal("2.5")}
    assert typed_figures(definition, {"n": "nhiều", "d": "", "r": 1}) == {}


def test_every_rule_is_stated_with_its_numbers() -> None:
    for language, names in (
        ("vi", ["Khác xa trong khối", "Giống hệt đơn vị khác", "Nhiều số tròn"]),
        ("en", ["Far from its group", "Same as another unit", "Many round figures"]),
    ):
        stated = dict(rules_stated(language))
        assert list(stated) == names
        assert not any("{" in text for text in stated.values())
    assert "3,5" in dict(rules_stated("vi"))["Khác xa trong khối"]
    lost = Oddity("tang", "Tăng.", True, "")
    changed = Oddity("collected-n", "Sửa.", True, "n")
    assert rule_of(lost, form(), "vi") == "Kiểm tra của biểu mẫu"
    assert rule_of(changed, form(), "vi") == "Số cộng từ cấp dưới được sửa"


def test_a_check_is_called_by_its_label_else_by_its_message_without_values() -> None:
    message = labels("Số cuộc (${n}) gấp ${m} lần Đợt 1 (${ty_le}%).")
    check = Check("tang", expression("${n} > 1"), message)
    odd = Oddity("tang", "Số cuộc (5) gấp 2 lần Đợt 1 (200%).", True, "n")
    assert rule_of(odd, replace(form(), checks=(check,)), "vi") == "Số cuộc gấp … lần Đợt 1"
    labelled = replace(check, labels=labels("Tăng đột biến"))
    assert rule_of(odd, replace(form(), checks=(labelled,)), "vi") == "Tăng đột biến"


def units_with(definition: Definition, *values: int) -> list[UnitResponse]:
    return [
        sent(unit(f"A{number}"), definition, {"n": value}) for number, value in enumerate(values)
    ]


def test_the_sheet_of_warnings_has_them_and_calls_none_an_error() -> None:
    definition = form(question("n"))
    units = [
        sent(unit(f"A{n}"), definition, {"n": value}) for n, value in enumerate((*USUAL, 2000))
    ]
    sheet = sheet_of(campaign(closed(definition, *units)), "15.")
    assert row_of(sheet, "Khác xa trong khối")[:6] == [
        1, "Đơn vị A8", "Đợt 1", "Câu n", 2000, "Khác xa trong khối",
    ]  # fmt: skip
    assert any("1 cảnh báo, không yêu cầu giải thích" in text for text in texts(sheet))
    assert any(text.startswith("Khác xa trong khối: Điểm z hiệu chỉnh") for text in texts(sheet))
    assert not any(" lỗi" in text for text in texts(sheet))


def test_a_withdrawn_unit_is_in_no_statistics() -> None:
    definition = form(question("n"))
    units = [
        sent(unit(f"A{n}"), definition, {"n": value}) for n, value in enumerate((*USUAL, 2000))
    ]
    units[-1] = replace(units[-1], withdrawn_at=units[0].sent_at)
    names = [sheet.name for sheet in build_sheets(campaign(closed(definition, *units)))]
    assert not any(name.startswith("15.") for name in names)
