"""Rounds side by side: only what both have, by formulas over the totals of other sheets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from exports.cells import Formula
from exports.tables import build_sheets
from forms.compile import compile_form
from forms.findings import FormErrors
from tests.exports.small import (
    campaign,
    cells_of,
    closed,
    column,
    form,
    formula_of,
    labels,
    question,
    row_of,
    sent,
    sheet_of,
    table,
    texts,
    unit,
    unsent,
)

SHARE = "percent(${so_b}, ${so_a})"


def compared(*columns: Any) -> Any:
    return table(
        "comparison", *columns, name="so_sanh", position=14, labels=labels("So sánh hai đợt")
    )


def report(*columns: Any) -> Any:
    """Return a form that asks for two numbers and compares what is said."""
    units = table(
        "units",
        column("a", "${a}", total=True),
        column("b", "${b}", total=True),
        column("tong", "${a} + ${b}"),
    )
    return form(question("a"), question("b"), tables=[units, compared(*columns)])


FIRST = report(
    column("so_a", "${a}"),
    column("so_b", "${b}"),
    column("ty_le", SHARE, "percent"),
    column("tong", "${tong}"),
    column("dung_han", "percent(${units_on_time}, ${units_asked})", "percent"),
    column("chi_dot_1", "${a}"),
)
# The second one calls its rows alike, in another order, and has none called `chi_dot_1`.
SECOND = report(
    column("ty_le", SHARE, "percent"),
    column("so_b", "${b}"),
    column("so_a", "${a}"),
    column("tong", "${tong}"),
    column("dung_han", "percent(${units_on_time}, ${units_asked})", "percent"),
)


def two_rounds(second: dict[str, Any] | None = None) -> Any:
    late = replace(sent(unit("A2"), FIRST, {"a": 100, "b": 1}), state="late", days_late=1)
    return campaign(
        closed(FIRST, sent(unit("A1"), FIRST, {"a": 300, "b": 199}), late),
        closed(SECOND, sent(unit("A1"), SECOND, second or {"a": 40, "b": 30}), unsent(unit("A2")),
               number=2),
    )  # fmt: skip


def test_rounds_stand_side_by_side_with_their_difference() -> None:
    sheet = sheet_of(two_rounds(), "14.")
    assert row_of(sheet, "TT") == ["TT", "Chỉ tiêu", "Đợt 1", "Đợt 2", "Chênh lệch"]
    assert row_of(sheet, "so_a") == [1, "so_a", 400, 40, -360]
    assert row_of(sheet, "tong")[2:] == [600, 70, -530]
    assert [str(cell) for cell in row_of(sheet, "ty_le")[2:]] == ["50", "75", "25"]
    assert [str(cell) for cell in row_of(sheet, "dung_han")[2:]] == ["50", "50", "0"]


def test_what_only_one_round_has_is_not_compared() -> None:
    assert "chi_dot_1" not in texts(sheet_of(two_rounds(), "14."))


def test_cells_refer_to_the_totals_of_the_other_sheets() -> None:
    whole = two_rounds()
    sheet, units = sheet_of(whole, "14."), sheet_of(whole, "2.")
    formula = formula_of(cells_of(sheet, "so_a")[2])
    total = 1 + next(n for n, row in enumerate(units.rows) if "TỔNG CỘNG" in row.cells)
    assert set(re.findall(r"'[^']*'!\$[A-Z]+\$\d+", formula)) == {f"'2. Biểu'!$C${total}"}
    assert "'1. Tiến độ báo cáo'!" in formula_of(cells_of(sheet, "dung_han")[2])
    assert "!" not in formula_of(cells_of(sheet, "ty_le")[2])
    assert "ROUND(" in formula_of(cells_of(sheet, "ty_le")[4])


def test_a_difference_needs_both_figures() -> None:
    sheet = sheet_of(two_rounds({"b": 5}), "14.")
    assert row_of(sheet, "so_a")[2:] == [400, None, None]
    assert row_of(sheet, "ty_le")[4] is None
    assert isinstance(cells_of(sheet, "so_a")[4], Formula)


def test_one_round_alone_has_no_sheet_of_comparison_and_no_annex_of_it() -> None:
    whole = two_rounds()
    one = build_sheets(replace(whole, rounds=whole.rounds[:1]))
    assert not any(sheet.name.startswith("14.") for sheet in one)
    assert any(sheet.name.startswith("14.") for sheet in build_sheets(whole))


def test_of_three_rounds_the_last_two_are_compared() -> None:
    third = closed(FIRST, sent(unit("A1"), FIRST, {"a": 41, "b": 30}), number=3)
    whole = two_rounds()
    sheet = sheet_of(replace(whole, rounds=(*whole.rounds, third)), "14.")
    assert "Chênh lệch Đợt 3 so với Đợt 2" in texts(sheet)
    assert row_of(sheet, "so_a")[2:] == [400, 40, 41, 1]


WRITTEN = """
| survey | type | name | label |
|        | integer | a | A |
| tables | type | name | kind | position | label | value | format | chart | head |
|        | begin table | so_sanh | comparison | 14 | So sánh | | | | {head} |
|        | column | so_a | | | Số | ${{{name}}} | {format} | {chart} | |
|        | end table | | | | | | | | |
|        | begin table | bieu | units | 2 | Biểu | | | | |
|        | column | tong | | | Tổng | ${{a}} | integer | units | |
|        | end table | | | | | | | | |
"""


def written(name: str = "tong", kind: str = "integer", chart: str = "yes", head: str = "") -> bytes:
    return WRITTEN.format(name=name, format=kind, chart=chart, head=head).encode()


def test_a_comparison_may_stand_before_the_table_that_it_names() -> None:
    first, _ = compile_form(written(), "a.md").definition.tables
    assert (first.kind, first.columns[0].chart) == ("comparison", "yes")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "a"}, "Bảng so sánh chỉ dùng được các cột của bảng kiểu units"),
        ({"chart": "groups"}, "Không vẽ được biểu đồ theo “groups”"),
        ({"kind": "tick"}, "Cột để Ban đánh dấu (tick) chỉ có ở bảng kiểu list"),
        ({"head": "a"}, "Chỉ bảng kiểu list có thống kê ở đầu bảng"),
    ],
)
def test_what_a_comparison_cannot_say_is_told(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(FormErrors) as told:
        compile_form(written(**wrong), "a.md")
    assert said in str([finding.sentence("vi") for finding in told.value.errors])
