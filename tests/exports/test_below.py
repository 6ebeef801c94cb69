"""Units below others in tables of units: outline levels, numbers, and no double counting."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from openpyxl import load_workbook

from exports.rounds import Consolidation, ReportingUnit
from exports.units import UnitRow, rows_below
from tests.exports.books import write
from tests.exports.small import (
    campaign,
    closed,
    column,
    form,
    question,
    row_of,
    sent,
    sheet_of,
    table,
    texts,
    unit,
    unsent,
)

FORM = form(question("a"), tables=[table("units", column("a", "${a}", total=True))])


def commune(code: str, above: str, group: str = "A", *, counted: bool = False) -> ReportingUnit:
    return replace(unit(code, group, counted=counted, required=False), above=above)


def districts(*, counted: bool = True) -> Consolidation:
    """Return two districts; two communes of the first one stand in a group of their own."""
    return campaign(
        closed(
            FORM,
            sent(unit("H1", counted=counted), FORM, {"a": 10}),
            sent(unit("H2", counted=counted), FORM, {"a": 5}),
            sent(commune("X1", "H1", "B"), FORM, {"a": 4}),
            unsent(commune("X2", "H1", "B")),
        )
    )


def test_communes_stand_below_their_district_and_are_numbered_with_it() -> None:
    sheet = sheet_of(districts())
    names = [row.cells[:2] for row in sheet.rows if str(row.cells[1:2]).find("Đơn vị ") > 0]
    assert [list(cells) for cells in names] == [
        [1, "Đơn vị H1"], ["1.1", "Đơn vị X1"], ["1.2", "Đơn vị X2"], [2, "Đơn vị H2"],
    ]  # fmt: skip
    assert not [text for text in texts(sheet) if text.startswith("CỘNG KHỐI SỞ")]


def test_groups_units_and_communes_have_outline_levels_with_their_sign_above() -> None:
    book = load_workbook(BytesIO(write(districts())))["2. Biểu"]
    levels = {
        row[1].value: book.row_dimensions[row[1].row].outlineLevel for row in book.iter_rows()
    }
    assert levels["CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY"] == 0
    assert (levels["Đơn vị H1"], levels["Đơn vị X1"], levels["Đơn vị H2"]) == (1, 2, 1)
    assert levels["TỔNG CỘNG"] == 0
    assert book.sheet_properties.outlinePr.summaryBelow is False
    assert book.sheet_format.outlineLevelRow == 2


def test_what_a_commune_reports_is_counted_once() -> None:
    sheet = sheet_of(districts())
    assert row_of(sheet, "Đơn vị X1")[2:5] == [4, None, "–"]
    assert row_of(sheet, "TỔNG CỘNG")[2] == 15
    uncounted = sheet_of(districts(counted=False))
    group = row_of(uncounted, "CỘNG KHỐI HUYỆN ỦY, THÀNH ỦY (không cộng vào tổng)")
    assert group[2] == 15
    assert any("Dấu “–”" in text for text in texts(sheet))


def test_a_commune_whose_district_is_not_in_the_table_stands_by_itself() -> None:
    whole = campaign(closed(FORM, sent(commune("X1", "H9", "B"), FORM, {"a": 4})))
    sheet = sheet_of(whole)
    assert row_of(sheet, "Đơn vị X1")[:3] == [1, "Đơn vị X1", 4]
    assert row_of(sheet, "CỘNG KHỐI SỞ, BAN, NGÀNH (không cộng vào tổng)")[2] == 4


def test_units_that_stand_below_each_other_are_all_there() -> None:
    rows = [UnitRow(unsent(commune(code, above)), [], {}) for code, above in
            (("X1", "X2"), ("X2", "X1"), ("X3", "X1"), ("X4", "X4"))]  # fmt: skip
    assert rows_below(rows) == {}
    assert [row.level for row in rows] == [1, 1, 1, 1]
