"""Distributions above a list: how many rows chose what, and their share, round by round."""

from __future__ import annotations

from typing import Any

from exports.cells import Cell, Formula, Sheet
from tests.exports.small import (
    campaign,
    choices,
    closed,
    column,
    form,
    labels,
    question,
    sent,
    sheet_of,
    shown,
    table,
    texts,
    unit,
)

LEVELS = choices(("tot", "Tốt"), ("kha", "Khá"), ("chua", "Chưa đạt"))


def asking(kind: str = "select_one", *more: Any, show: bool = True) -> Any:
    columns = [column("muc", "${muc}", "text"), column("loi", "${loi}", "text")]
    wanted = table(
        "list", *(columns if show else columns[1:]), name="muc_do", position=8,
        labels=labels("Mức độ"), head=("muc",),
    )  # fmt: skip
    return form(question("muc", kind, choices=LEVELS), question("loi", "text"), tables=[wanted])


def two_rounds() -> Sheet:
    first, second = asking(), asking()
    said = [("A1", "tot"), ("A2", "tot"), ("A3", "kha")]
    return sheet_of(
        campaign(
            closed(first, *(sent(unit(code), first, {"muc": m, "loi": "x"}) for code, m in said)),
            closed(second, sent(unit("A1"), second, {"muc": "chua"}),
                   sent(unit("A2"), second, {"loi": "chỉ có lời"}), number=2),
        ),
        "8.",
    )  # fmt: skip


def figures(sheet: Sheet, label: str) -> list[list[Cell]]:
    """Return what stands behind a label above the list, once for each round."""
    found = [
        [shown(cell) for cell in row.cells]
        for row in sheet.rows
        if len(row.cells) > 1 and row.cells[1] == label
    ]
    return [[cell for cell in row[2:] if cell is not None] for row in found]


def test_each_round_has_its_counts_and_shares() -> None:
    sheet = two_rounds()
    assert [[str(c) for c in row] for row in figures(sheet, "Tốt")] == [["2", "66.7"], ["0", "0.0"]]
    assert [[str(c) for c in row] for row in figures(sheet, "Khá")] == [["1", "33.3"], ["0", "0.0"]]
    assert [[str(c) for c in r] for r in figures(sheet, "Chưa đạt")] == [
        ["0", "0.0"],
        ["1", "100.0"],
    ]
    assert figures(sheet, "Số đơn vị đã đánh giá") == [[3], [1]]


def test_they_stand_above_the_list_whose_headings_are_repeated() -> None:
    sheet = two_rounds()
    rows = [row.cells for row in sheet.rows]
    heading = next(n for n, cells in enumerate(rows) if cells[:2] == ["TT", "Đơn vị"])
    assert sheet.heading == (heading, heading)
    last = max(n for n, cells in enumerate(rows) if "Số đơn vị đã đánh giá" in cells)
    assert last < heading


def test_counts_and_shares_are_formulas_over_the_list() -> None:
    sheet = two_rounds()
    row = next(r.cells for r in sheet.rows if len(r.cells) > 1 and r.cells[1] == "Tốt")
    counted = [cell for cell in row if isinstance(cell, Formula)]
    assert len(counted) == 2
    assert counted[0].text.startswith("SUMPRODUCT(")


def test_one_round_needs_no_title_of_its_own() -> None:
    asked = asking()
    sheet = sheet_of(campaign(closed(asked, sent(unit("A1"), asked, {"muc": "tot"}))), "8.")
    assert figures(sheet, "Tốt")[0][0] == 1
    assert "Đợt 1" not in texts(sheet)


def test_several_choices_are_each_counted() -> None:
    asked = asking("select_multiple")
    said = (["tot", "kha"], ["kha"])
    responses = (sent(unit(f"A{n}"), asked, {"muc": m}) for n, m in enumerate(said))
    sheet = sheet_of(campaign(closed(asked, *responses)), "8.")
    assert [row[0] for row in figures(sheet, "Khá")] == [2]
    assert [str(row[1]) for row in figures(sheet, "Tốt")] == ["50.0"]


def test_a_question_that_the_list_does_not_show_is_counted_all_the_same() -> None:
    asked = asking(show=False)
    sheet = sheet_of(campaign(closed(asked, sent(unit("A1"), asked, {"muc": "tot", "loi": "x"}))),
                     "8.")  # fmt: skip
    assert figures(sheet, "Tốt")[0][0] == 1


def test_without_rows_nothing_is_counted() -> None:
    sheet = sheet_of(campaign(closed(asking())), "8.")
    assert "Không có" in texts(sheet)
    assert "Số đơn vị đã đánh giá" not in texts(sheet)
