"""A campaign beside an earlier one: what is comparable, what is live, what stays blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from exports.cells import Cell, Formula, Sheet
from exports.drawings import Figure
from exports.options import WorkbookOptions
from exports.page import Head
from exports.predecessor import BEFORE, DIFFERENCE, NOW, build_predecessor
from exports.tables import Consolidation, build_sheets
from tests.exports.books import SOFFICE, formulas, recalculated, write
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.small import (
    campaign,
    cells_of,
    closed,
    column,
    form,
    formula_of,
    number_of,
    question,
    row_of,
    sent,
    sheet_of,
    table,
    texts,
    unit,
    unsent,
)
from tests.exports.test_recalculated import same

COLUMNS = (
    column("tong", "${tong}", total=True, band="Đảng viên"),
    column("qt", "${qt}", total=True, band="Đảng viên"),
    column("ty_le", "percent(${qt}, ${tong})", "percent", band="Đảng viên"),
    column("moi", "${moi}", total=True),
)
NOW_FORM = form(
    question("tong"), question("qt"), question("moi"), tables=[table("units", *COLUMNS)]
)
BEFORE_FORM = form(question("tong"), question("qt"), tables=[table("units", *COLUMNS[:3])])


def compared(before: dict[str, int], now: dict[str, int]) -> Consolidation:
    """Return a campaign of one unit beside an earlier one of the same unit and a silent one."""
    earlier = campaign(
        closed(BEFORE_FORM, sent(unit("A1"), BEFORE_FORM, before), unsent(unit("A2"))),
        campaign_code="kh0",
        title="Kế hoạch trước",
    )
    here = campaign(closed(NOW_FORM, sent(unit("A1"), NOW_FORM, now)))
    return replace(here, previous=earlier)


WHOLE = compared({"tong": 400, "qt": 50}, {"tong": 500, "qt": 125, "moi": 7})


def test_totals_of_the_same_name_stand_side_by_side() -> None:
    sheet = sheet_of(WHOLE, "19.")
    assert sheet.name == "19. So sánh chuyên đề trước"
    assert row_of(sheet, "Đảng viên: tong")[2:] == [400, 500, 100, 25]
    assert row_of(sheet, "Đảng viên: qt")[2:] == [50, 125, 75, 150]
    assert row_of(sheet, "Đảng viên: ty_le")[2:] == [Decimal("12.5"), 25, Decimal("12.5"), None]
    assert not any("moi" in text for text in texts(sheet))
    assert any("So sánh với chuyên đề kh0: Kế hoạch trước" in text for text in texts(sheet))


def test_what_the_form_computes_is_a_live_formula_of_either_campaign() -> None:
    sheet = sheet_of(WHOLE, "19.")
    whole, part = (number_of(sheet, f"Đảng viên: {name}") for name in ("tong", "qt"))
    cells = cells_of(sheet, "Đảng viên: ty_le")
    for place, letter in ((BEFORE, "C"), (NOW, "D")):
        text = formula_of(cells[place])
        assert f"{letter}{whole}" in text
        assert f"{letter}{part}" in text
    assert isinstance(cells[DIFFERENCE], Formula)


def test_how_far_the_rounds_were_is_compared_too() -> None:
    sheet = sheet_of(WHOLE, "19.")
    assert row_of(sheet, "Số phải gửi, được mời")[2:5] == [2, 1, -1]
    assert row_of(sheet, "Đã gửi, tỷ lệ (%)")[2:5] == [50, 100, 50]
    assert row_of(sheet, "Đúng hạn")[2:5] == [1, 1, 0]


def test_a_total_of_this_campaign_refers_to_its_sheet() -> None:
    sheets = build_sheets(compared({"tong": 400}, {"tong": 500}))
    book = {sheet.name: sheet for sheet in sheets}
    (name,) = (name for name in book if name.startswith("19."))
    cells = cells_of(book[name], "Đảng viên: tong")
    assert isinstance(cells[NOW], Formula)
    assert (cells[NOW].value, cells[BEFORE]) == (500, 400)
    (total,) = referred(book, cells[NOW].text)
    assert total.value == 500


def referred(book: Mapping[str, Sheet], text: str) -> list[Cell]:
    """Return the cells that a sum of cells of another sheet refers to."""
    places = [part.rpartition("!") for part in text.strip("()").split("+")]
    found = []
    for name, _, place in places:
        column_name, row = coordinate_from_string(place.replace("$", ""))
        cells = book[name.strip("'")].rows[row - 1].cells
        found.append(cells[column_index_from_string(column_name) - 1])
    return found


def test_the_progress_of_this_campaign_refers_to_the_sheet_of_progress() -> None:
    book = {sheet.name: sheet for sheet in build_sheets(WHOLE)}
    (name,) = (name for name in book if name.startswith("19."))
    for label in ("Số phải gửi, được mời", "Đã gửi", "Đúng hạn"):
        cells = cells_of(book[name], label)
        text = formula_of(cells[NOW])
        assert text.strip("(").startswith("'1. Tiến độ báo cáo'!")
        assert sum(cell.value for cell in referred(book, text)) == cells[NOW].value == 1
        assert isinstance(cells[BEFORE], int)


def test_a_figure_of_another_table_by_the_same_name_is_not_referred_to() -> None:
    known = {("dot1", "tong"): ("2. Khác", Figure(("C12",), 7))}
    page = build_predecessor(WHOLE, Head("19.", "so sánh"), known)
    assert cells_of(page.sheet("19."), "Đảng viên: tong")[NOW] == 500


def test_nothing_is_grown_from_nothing_and_blank_stays_blank() -> None:
    sheet = sheet_of(compared({"tong": 0}, {"tong": 30}), "19.")
    assert row_of(sheet, "Đảng viên: tong")[2:] == [0, 30, 30, None]
    assert row_of(sheet, "Đảng viên: qt")[2:] == [None] * 4
    assert row_of(sheet, "Đảng viên: ty_le")[4] is None


def test_units_that_no_total_counts_are_not_compared() -> None:
    earlier = campaign(
        closed(BEFORE_FORM, sent(unit("A1", counted=False), BEFORE_FORM, {"tong": 9}))
    )
    sheet = sheet_of(replace(WHOLE, previous=earlier), "19.")
    assert row_of(sheet, "Đảng viên: tong")[2:4] == [None, 500]


def test_the_round_of_the_same_code_is_taken_else_the_first_with_such_a_table() -> None:
    rounds = [
        closed(BEFORE_FORM, sent(unit("A1"), BEFORE_FORM, {"tong": n}), number=n) for n in (3, 2)
    ]
    here = closed(NOW_FORM, sent(unit("A1"), NOW_FORM, {"tong": 5}), number=2)
    whole = replace(campaign(here), previous=campaign(*rounds))
    assert row_of(sheet_of(whole, "19."), "Đảng viên: tong")[2] == 2
    other = replace(whole, rounds=(replace(here, code="dot9"),))
    assert row_of(sheet_of(other, "19."), "Đảng viên: tong")[2] == 3
    assert "Đợt 2 (Đợt 3)" in texts(sheet_of(other, "19."))


def test_without_anything_of_the_same_name_the_sheet_says_so() -> None:
    plain = form(question("x"))
    earlier = campaign(closed(plain, sent(unit("A1"), plain, {"x": 1})))
    assert "Không có" in texts(sheet_of(replace(WHOLE, previous=earlier), "19."))


def test_without_an_earlier_campaign_there_is_no_such_sheet() -> None:
    names = [sheet.name for sheet in build_sheets(replace(WHOLE, previous=None))]
    assert not any(name.startswith("19.") for name in names)


def test_the_sheet_speaks_english() -> None:
    english = replace(WHOLE, language="en", options=WorkbookOptions(language="en"))
    assert sheet_of(english, "19.").name == "19. Earlier campaign"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_every_stored_value_is_what_the_formula_gives(tmp_path: Path) -> None:
    usual = Shape(feedback=0, difficulties=0)
    earlier = make_campaign(8, replace(usual, sent=0.5, answered=0.6))
    book = write(replace(make_campaign(7, usual), previous=earlier))
    found = [cell for cell in formulas(book) if cell.sheet.startswith("19.")]
    assert len(found) > 100
    computed = recalculated(book, tmp_path)
    wrong = [c for c in found if not same(c.stored, computed[c.sheet][c.address].value)]
    assert wrong == []


def test_a_figure_that_is_changed_changes_what_depends_on_it(tmp_path: Path) -> None:
    if SOFFICE is None:
        pytest.skip("LibreOffice is not installed")
    path = tmp_path / "book.xlsx"
    path.write_bytes(write(WHOLE))
    book = load_workbook(path)
    sheet = book["19. So sánh chuyên đề trước"]
    row = number_of(sheet_of(WHOLE, "19."), "Đảng viên: tong")
    sheet.cell(row, BEFORE + 1).value = 1000
    book.save(path)
    after = recalculated(path.read_bytes(), tmp_path)[sheet.title]
    assert [after.cell(row, place).value for place in (5, 6)] == [-500, -50]
    assert after.cell(row + 2, BEFORE + 1).value == 5


def test_no_two_rows_of_the_shipped_forms_are_called_the_same() -> None:
    whole = make_campaign(7, Shape(feedback=0, difficulties=0))
    sheet = sheet_of(replace(whole, previous=whole), "19.")
    parts: list[list[str]] = []
    for row in sheet.rows:
        if row.styles[:1] == ("group text",):
            parts.append([])
        elif parts and len(row.cells) > 1 and row.cells[1]:
            parts[-1].append(str(row.cells[1]))
    called = [name for part in parts for name in part]
    assert "Đảng viên: Đã quán triệt, tỷ lệ (%)" in called
    assert "Đảng viên: Có tài liệu, tỷ lệ (%)" in called
    assert "Có tài liệu, tỷ lệ (%)" in called
    assert all(len(part) == len(set(part)) for part in parts)
