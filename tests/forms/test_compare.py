"""What differs between two versions of a form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.compare import Comparison, Facet, compare, longest_rising
from forms.tree import Definition
from tests.forms.forms import definition, shipped

BEFORE = """
|survey|type|name|label::Tiếng Việt (vi)|label::English (en)|required|constraint|appearance|
| | begin group | g | Nhóm | Group | | | |
| | text | ten | Tên | Name | yes | | |
| | integer | so | Số | Number | | . > 0 | |
| | select_one mau | mau | Màu | Colour | | | |
| | end group | | | | | | |
| | text | y_kien | Ý kiến | Remarks | | | multiline |
| | date | ngay | Ngày | Date | | | |
| choices | list_name | name | label::Tiếng Việt (vi) | label::English (en) |
| | mau | do | Đỏ | Red |
| | mau | xanh | Xanh | Blue |
| | mau | vang | Vàng | Yellow |
| settings | form_title | form_id | version |
| | Phiếu | p | 1 |
"""


def changed(*changes: tuple[str, str]) -> Definition:
    text = BEFORE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return definition(text)


def differences(*changes: tuple[str, str]) -> Comparison:
    return compare(definition(BEFORE), changed(*changes))


def told(comparison: Comparison) -> list[tuple[str, str]]:
    return [(d.kind, d.item.name) for d in comparison.differences]


def facets(comparison: Comparison, name: str) -> tuple[Facet, ...]:
    (found,) = [d.facets for d in comparison.differences if d.item.name == name]
    return found


def test_a_form_does_not_differ_from_itself() -> None:
    assert compare(definition(BEFORE), definition(BEFORE)).empty
    assert compare(shipped("bao_cao_dot_1"), shipped("bao_cao_dot_1")).empty


def test_added_and_removed() -> None:
    comparison = differences(("| | date | ngay | Ngày | Date |", "| | time | gio | Giờ | Time |"))
    assert told(comparison) == [("added", "gio"), ("removed", "ngay")]


def test_the_same_question_under_another_name_is_guessed() -> None:
    comparison = differences(("| | text | ten |", "| | text | ho_ten |"))
    assert told(comparison) == [("renamed", "ho_ten")]
    (difference,) = comparison.differences
    assert difference.old
    assert difference.old.name == "ten"


def test_another_type_is_no_new_name() -> None:
    comparison = differences(("| | text | ten |", "| | note | ho_ten |"), ("Name | yes", "Name | "))
    assert told(comparison) == [("added", "ho_ten"), ("removed", "ten")]


def test_of_two_candidates_none_is_guessed() -> None:
    twice = "| | text | ten_1 | Tên | Name | yes | | |\n| | text | ten_2 | Tên | Name | yes | | |"
    comparison = differences(("| | text | ten | Tên | Name | yes | | |", twice))
    assert told(comparison) == [("added", "ten_1"), ("added", "ten_2"), ("removed", "ten")]


@pytest.mark.parametrize(
    ("change", "name", "facet"),
    [
        (("| Tên | Name |", "| Họ tên | Name |"), "ten", Facet("labels", "Tên", "Họ tên", "vi")),
        (
            ("| Tên | Name |", "| Tên | Full name |"),
            "ten",
            Facet("labels", "Name", "Full name", "en"),
        ),
        (("Name | yes |", "Name | |"), "ten", Facet("required", "true()", "")),
        ((". > 0", ". > 1"), "so", Facet("constraint", ". > 0", ". > 1")),
        (("| | integer | so", "| | decimal | so"), "so", Facet("type", "integer", "decimal")),
        (("multiline", ""), "y_kien", Facet("appearance", "multiline", "")),
        (
            ("| | mau | vang | Vàng | Yellow |\n", ""),
            "mau",
            Facet("choice_removed", "Vàng", choice="vang"),
        ),
        (
            ("| | mau | vang |", "| | mau | den | Đen | Black |\n| | mau | vang |"),
            "mau",
            Facet("choice_added", new="Đen", choice="den"),
        ),
        (
            ("| xanh | Xanh |", "| xanh | Xanh lam |"),
            "mau",
            Facet("choice_label", "Xanh", "Xanh lam", "vi", "xanh"),
        ),
    ],
)
def test_what_of_a_question_has_changed(change: tuple[str, str], name: str, facet: Facet) -> None:
    comparison = differences(change)
    assert told(comparison) == [("changed", name)]
    assert facets(comparison, name) == (facet,)


def test_choices_in_another_order() -> None:
    comparison = differences(
        ("| | mau | do | Đỏ | Red |\n", ""),
        ("| Yellow |\n", "| Yellow |\n| | mau | do | Đỏ | Red |\n"),
    )
    assert facets(comparison, "mau") == (Facet("choice_order"),)


def test_a_question_that_moved_is_the_only_one_that_moved() -> None:
    line = "| | text | ten | Tên | Name | yes | | |\n"
    comparison = differences((line, ""), ("| | select_one mau", f"{line}| | select_one mau"))
    assert len(comparison.differences) == 1
    assert comparison.differences[0].kind == "moved"
    assert comparison.differences[0].facets == (Facet("order"),)


def test_out_of_a_group() -> None:
    line = "| | select_one mau | mau | Màu | Colour | | | |\n"
    end = "| | end group | | | | | | |\n"
    comparison = differences((line, ""), (end, end + line))
    assert told(comparison) == [("moved", "mau")]
    assert facets(comparison, "mau") == (Facet("group", "g", ""),)


def test_into_a_repeat() -> None:
    comparison = differences(("begin group", "begin repeat"), ("end group", "end repeat"))
    assert facets(comparison, "g") == (Facet("type", "group", "repeat"),)
    assert facets(comparison, "ten") == (Facet("repeat", "", "g"),)


def test_the_form_as_a_whole() -> None:
    comparison = differences(("| Phiếu | p | 1 |", "| Phiếu mới | p | 2 |"))
    assert [facet.key for facet in comparison.form] == ["title", "version", "tables"]
    assert comparison.form[0] == Facet("title", "Phiếu", "Phiếu mới", "vi")


def test_the_two_reports_have_little_in_common() -> None:
    comparison = compare(shipped("bao_cao_dot_1"), shipped("bao_cao_dot_2"))
    assert comparison.of_kind("added")
    assert comparison.of_kind("removed")


@given(st.lists(st.integers(0, 50), unique=True, max_size=8))
def test_thelongest_rising_run_is_the_longest(numbers: list[int]) -> None:
    kept = sorted(longest_rising(numbers))
    run = [numbers[place] for place in kept]
    assert run == sorted(run)
    assert len(run) == longest(numbers)


def longest(numbers: list[int]) -> int:
    """Return the length of a longest rising run, by trying all ends."""
    best: list[int] = []
    for place, number in enumerate(numbers):
        earlier = [best[i] for i in range(place) if numbers[i] < number]
        best.append(1 + max(earlier, default=0))
    return max(best, default=0)
