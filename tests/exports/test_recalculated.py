"""LibreOffice computes every formula anew and finds the value that was stored with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from exports.cells import Formula, Row, Sheet
from exports.tables import Consolidation
from tests.exports.books import SOFFICE, formulas, recalculated, values, write, written
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.small import changed_later, form

pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")

SHAPES = {
    "as usual": Shape(feedback=60, difficulties=6),
    "gaps and hostile texts": Shape(sent=0.5, answered=0.5, feedback=25, hostile=0.3),
    "hardly anything": Shape(sent=0.03, feedback=8, difficulties=1),
    "nothing": Shape(sent=0.0, feedback=0, difficulties=0),
}


def same(stored: Any, computed: Any) -> bool:
    """Return whether two values are the same to the last of 12 digits; no value is a blank."""
    if isinstance(stored, int | float) and isinstance(computed, int | float):
        return abs(stored - computed) <= 1e-12 * max(1.0, abs(stored))
    return (stored or "") == (computed or "") and type(stored or "") is type(computed or "")


@pytest.mark.parametrize("name", SHAPES)
def test_every_stored_value_is_what_the_formula_gives(name: str, tmp_path: Path) -> None:
    book = write(make_campaign(len(name), SHAPES[name]))
    computed = recalculated(book, tmp_path)
    found = formulas(book)
    assert len(found) > 100 or name == "nothing"
    wrong = [
        (cell, computed[cell.sheet][cell.address].value)
        for cell in found
        if not same(cell.stored, computed[cell.sheet][cell.address].value)
    ]
    assert wrong == []


def test_who_came_and_went_after_the_opening_is_counted_by_formulas(tmp_path: Path) -> None:
    book = write(changed_later(form()))
    computed = recalculated(book, tmp_path)
    assert all(same(c.stored, computed[c.sheet][c.address].value) for c in formulas(book))


def test_the_formulas_are_really_computed(tmp_path: Path) -> None:
    wrong = Sheet("1. a", (10.0,), (Row((Formula("1+1", 3),), ("body integer",)),))
    assert recalculated(written(wrong), tmp_path)["1. a"]["A1"].value == 2


# --- what the board changes by hand ---------------------------------------------------------------

SHEET = "2. Biểu 1 - Cuộc, người dự Đ1"
Change = Callable[[Worksheet], None]


def changed(whole: Consolidation, folder: Path, change: Change) -> Worksheet:
    """Return a sheet as it is computed after the board changed something on it."""
    book = load_workbook(BytesIO(write(whole)))
    change(book[SHEET])
    output = BytesIO()
    book.save(output)
    return recalculated(output.getvalue(), folder)[SHEET]


def row_number(sheet: Worksheet, text: str) -> int:
    return next(row[1].row for row in sheet.iter_rows() if str(row[1].value).startswith(text))


def campaign_with_all_figures() -> Consolidation:
    return make_campaign(3, Shape(sent=1.0, answered=1.0, feedback=0, difficulties=0))


def test_a_mark_that_the_board_sets_or_takes_away_changes_the_total(tmp_path: Path) -> None:
    whole = campaign_with_all_figures()
    before = values(write(whole))[SHEET]
    total = row_number(before, "TỔNG CỘNG")
    counted, other = row_number(before, "Huyện ủy An Biên"), row_number(before, "Sở Nội vụ")

    def move_mark(sheet: Worksheet) -> None:
        marks = next(
            c.column for row in sheet.iter_rows() for c in row if c.value == "Cộng vào tổng"
        )
        sheet.cell(counted, marks).value = None
        sheet.cell(other, marks).value = "x"

    after = changed(whole, tmp_path, move_mark)
    for column in range(3, 15):
        expected = before.cell(total, column).value - before.cell(counted, column).value
        assert after.cell(total, column).value == expected + before.cell(other, column).value
    group = row_number(before, "CỘNG KHỐI SỞ, BAN, NGÀNH CẤP TỈNH")
    assert after.cell(group, 3).value == before.cell(other, 3).value


def test_a_figure_that_the_board_fills_in_for_a_unit_enters_its_total(tmp_path: Path) -> None:
    whole = make_campaign(3, Shape(sent=0.0, feedback=0, difficulties=0))
    row = row_number(values(write(whole))[SHEET], "Huyện ủy An Biên")

    def fill_in(sheet: Worksheet) -> None:
        sheet.cell(row, 12).value, sheet.cell(row, 13).value = 60, 40

    after = changed(whole, tmp_path, fill_in)
    total = row_number(after, "TỔNG CỘNG")
    for number in (row, total):
        assert [after.cell(number, column).value for column in range(12, 16)] == [60, 40, 100, 40]
    assert after.cell(total, 3).value in (None, "")


def test_a_total_stays_in_step_when_the_round_has_one_group_only(tmp_path: Path) -> None:
    whole = campaign_with_all_figures()
    first = whole.rounds[0]
    only = tuple(r for r in first.responses if r.unit.group_code == "huyen_thanh_uy")
    book = write(replace(whole, rounds=(replace(first, responses=only),)))
    computed = recalculated(book, tmp_path)
    assert all(same(c.stored, computed[c.sheet][c.address].value) for c in formulas(book))
