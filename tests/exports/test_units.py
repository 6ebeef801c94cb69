"""Tables of kind `units`: who is added up, what is live, what stays blank."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exports.cells import Formula
from exports.columns import computed_order
from exports.tables import Consolidation
from forms.tree import Column
from tests.exports.small import (
    campaign,
    cells_of,
    closed,
    column,
    expression,
    form,
    number_of,
    question,
    row_of,
    sent,
    sheet_of,
    shown,
    table,
    texts,
    unit,
    unsent,
)
from tests.forms.forms import definition

# TT, unit, total, reached, share, remarks, mark.
COLUMNS = (
    column("tong", "${tong}", total=True, band="Đảng viên"),
    column("qt", "${qt}", total=True, band="Đảng viên"),
    column("ty_le", "percent(${qt}, ${tong})", "percent", band="Đảng viên"),
)
FORM = form(question("tong"), question("qt"), tables=[table("units", *COLUMNS)])


def figures(*pairs: tuple[str, dict[str, int] | None], counted: str = "A") -> Consolidation:
    """Return a campaign of units "GROUP + number" with their answers."""
    responses = []
    for code, answers in pairs:
        who = unit(code, code[0], counted=code[0] in counted)
        responses.append(unsent(who) if answers is None else sent(who, FORM, answers))
    return campaign(closed(FORM, *responses))


def test_a_unit_shows_its_numbers_and_a_live_share() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 400, "qt": 49})))
    assert row_of(sheet, "Đơn vị A1") == [1, "Đơn vị A1", 400, 49, Decimal("12.3"), None, "x"]
    cells = cells_of(sheet, "Đơn vị A1")
    assert isinstance(cells[4], Formula)
    assert not isinstance(cells[2], Formula)
    row = number_of(sheet, "Đơn vị A1")
    assert f"D{row}" in cells[4].text
    assert f"C{row}" in cells[4].text


def test_totals_are_ratios_of_sums_and_never_means_of_shares() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 1000, "qt": 0}), ("A2", {"tong": 10, "qt": 10})))
    assert row_of(sheet, "TỔNG CỘNG") == [None, "TỔNG CỘNG", 1010, 10, Decimal("1.0"), None, None]


def test_a_share_is_100_only_when_complete() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 10_000, "qt": 9_996}), ("A2", {"tong": 5, "qt": 5})))
    assert row_of(sheet, "Đơn vị A1")[4] == Decimal("99.9")
    assert row_of(sheet, "Đơn vị A2")[4] == 100


def test_a_unit_that_has_not_sent_is_a_blank_row() -> None:
    sheet = sheet_of(figures(("A1", None), ("A2", {"tong": 0, "qt": 0})))
    assert row_of(sheet, "Đơn vị A1") == [1, "Đơn vị A1", None, None, None, "Chưa gửi", "x"]
    assert row_of(sheet, "Đơn vị A2") == [2, "Đơn vị A2", 0, 0, None, None, "x"]


def test_what_a_withdrawn_unit_has_sent_stays_in_the_total_and_is_marked() -> None:
    consolidation = figures(("A1", {"tong": 10, "qt": 1}), ("A2", {"tong": 5, "qt": 2}))
    (asked,) = consolidation.rounds
    gone = replace(asked.responses[1], withdrawn_at=datetime(2021, 9, 5, tzinfo=UTC))
    rounds = (replace(asked, responses=(asked.responses[0], gone)),)
    sheet = sheet_of(replace(consolidation, rounds=rounds))
    assert row_of(sheet, "Đơn vị A2")[5] == "Đã rút; số đã gửi vẫn cộng"
    assert row_of(sheet, "TỔNG CỘNG")[2:4] == [15, 3]


def test_a_gap_is_blank_and_a_zero_is_a_zero() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 5}), ("A2", {"qt": 0})))
    assert row_of(sheet, "Đơn vị A1")[2:5] == [5, None, None]
    assert row_of(sheet, "Đơn vị A2")[2:5] == [None, 0, None]
    assert row_of(sheet, "TỔNG CỘNG")[2:5] == [5, 0, 0]


def test_a_total_over_nothing_is_blank() -> None:
    sheet = sheet_of(figures(("A1", None), ("B1", {"tong": 5, "qt": 5})))
    assert row_of(sheet, "TỔNG CỘNG")[2:] == [None] * 5


def test_a_group_that_is_not_counted_shows_its_sum_but_stays_out_of_the_total() -> None:
    sheet = sheet_of(
        figures(("A1", {"tong": 10, "qt": 5}), ("B1", {"tong": 7, "qt": 7}), ("B2", None))
    )
    assert row_of(sheet, "CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY")[:4] == [
        "I", "CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY", 10, 5,
    ]  # fmt: skip
    uncounted = "CỘNG KHỐI SỞ, BAN, NGÀNH (không cộng vào tổng)"
    assert row_of(sheet, uncounted)[:5] == ["II", uncounted, 7, 7, 100]
    assert row_of(sheet, "TỔNG CỘNG")[2:4] == [10, 5]


def test_units_are_numbered_through_and_stand_in_official_order() -> None:
    sheet = sheet_of(figures(("B1", {}), ("A2", {}), ("A1", {})))
    names = [text for text in texts(sheet) if text.startswith("Đơn vị ")]
    assert names == ["Đơn vị A2", "Đơn vị A1", "Đơn vị B1"]
    assert [row_of(sheet, name)[0] for name in names] == [1, 2, 3]


def test_a_counted_unit_in_a_group_of_others_is_the_only_one_added() -> None:
    counted, other = unit("A1"), unit("A2", counted=False)
    answers = {"tong": 4, "qt": 1}
    responses = sent(counted, FORM, answers), sent(other, FORM, answers)
    sheet = sheet_of(campaign(closed(FORM, *responses)))
    assert row_of(sheet, "CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY")[2] == 4
    assert [row_of(sheet, f"Đơn vị {code}")[-1] for code in ("A1", "A2")] == ["x", None]


def test_the_filter_sees_the_unit_even_when_it_has_not_sent() -> None:
    only = table(
        "units", *COLUMNS, filter=expression("${unit_group} = 'A' and ${unit_code} != 'A2'")
    )
    definition = form(question("tong"), question("qt"), tables=[only])
    responses = [unsent(unit("A1")), unsent(unit("A2")), unsent(unit("B1", "B"))]
    sheet = sheet_of(campaign(closed(definition, *responses)))
    assert [text for text in texts(sheet) if text.startswith("Đơn vị ")] == ["Đơn vị A1"]
    assert any("0/1 đơn vị đã gửi" in text for text in texts(sheet))


def test_a_table_without_units_says_so() -> None:
    sheet = sheet_of(campaign(closed(FORM)))
    assert "Không có" in texts(sheet)
    assert "TỔNG CỘNG" not in texts(sheet)


def test_a_unit_of_an_unknown_group_is_not_lost() -> None:
    sheet = sheet_of(campaign(closed(FORM, sent(unit("Z1", "Z"), FORM, {"tong": 3}))))
    assert row_of(sheet, "CỘNG KHỐI Z")[2] == 3


def test_a_number_too_long_for_excel_is_shown_as_text() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 10**17, "qt": 1})))
    assert row_of(sheet, "Đơn vị A1")[2:5] == ["100000000000000000", 1, None]


@pytest.mark.parametrize(
    ("columns", "computed"),
    [
        ([column("a", "${a}"), column("b", "${a} + 1")], ["b"]),
        ([column("c", "${b} + 1"), column("b", "${a} + 1"), column("a", "${a}")], ["b", "c"]),
        ([column("a", "${a} * 2"), column("b", "${q}")], []),
        ([column("a", "${b} + 1"), column("b", "${a} + 1")], []),
        ([column("a", "7"), column("b", None)], []),
        ([column("a", "${a}", "text"), column("b", "${a}")], []),
    ],
    ids=["after", "before", "own question", "circle", "no name", "text"],
)
def test_which_columns_are_formulas(columns: list[Column], computed: list[str]) -> None:
    assert computed_order(columns) == computed


def test_a_circle_of_columns_is_answered_from_the_questions() -> None:
    circle = table("units", column("a", "${b} + 1"), column("b", "${a} + 1"))
    definition = form(question("a"), question("b"), tables=[circle])
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, {"a": 1, "b": 2}))))
    assert row_of(sheet, "Đơn vị A1")[2:4] == [3, 2]


def test_every_total_is_a_formula() -> None:
    sheet = sheet_of(figures(("A1", {"tong": 3, "qt": 1}), ("B1", None)))
    for text in ("TỔNG CỘNG", "CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY"):
        cells = cells_of(sheet, text)
        assert all(isinstance(cell, Formula) for cell in cells[2:5])
        assert shown(cells[2]) == 3


def test_a_fixed_rows_table_stands_under_the_labels_of_its_rows() -> None:
    asked = definition("""
        | survey | type | name | label | appearance |
        | | integer | so_to | Số tổ | |
        | | begin group | cuoc | Số cuộc, người dự | matrix |
        | | begin group | hoi_nghi | Hội nghị | |
        | | integer | c_hn | Số cuộc | |
        | | integer | l_hn | Lượt người dự | |
        | | end group | | | |
        | | begin group | chi_bo | Họp chi bộ | |
        | | integer | c_cb | Số cuộc | |
        | | integer | l_cb | Lượt người dự | |
        | | end group | | | |
        | | end group | | | |
        """)
    answers = {"so_to": 1, "c_hn": 2, "l_hn": 300, "c_cb": 4, "l_cb": 500}
    sheet = sheet_of(campaign(closed(asked, sent(unit("A1"), asked, answers))), "20.")
    upper = row_of(sheet, "Số tổ")
    lower = row_of(sheet, "Số cuộc")
    assert upper[2:7] == ["Số tổ", "Hội nghị", None, "Họp chi bộ", None]
    assert lower[2:7] == [None, "Số cuộc", "Lượt người dự", "Số cuộc", "Lượt người dự"]
    assert row_of(sheet, "Đơn vị A1")[2:7] == [1, 2, 300, 4, 500]


def test_a_heading_shows_no_marks_and_leaves_values_open() -> None:
    asked = definition("""
        | survey | type | name | label |
        | | text | ten | Tên |
        | | integer | so | **Số** cuộc của ${ten} |
        """)
    sheet = sheet_of(campaign(closed(asked, sent(unit("A1"), asked, {"so": 3}))), "20.")
    assert "Số cuộc của …" in texts(sheet)
