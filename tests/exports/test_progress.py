"""The sheet of progress: states and times, and counts that keep required and invited apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

from openpyxl import load_workbook

from exports.cells import Cell, Row
from exports.tables import Consolidation, UnitResponse
from tests.exports.books import write
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.small import (
    campaign,
    changed_later,
    closed,
    form,
    formula_of,
    question,
    row_of,
    sent,
    sheet_of,
    shown,
    texts,
    unit,
    unsent,
)

FORM = form()
COUNTS = (
    "Số phải gửi, được mời",
    "Đã gửi",
    "Đúng hạn",
    "Trễ hạn",
    "Đã rút",
    "Chưa gửi",
    "Tỷ lệ (%)",
)
ADDED_COUNTS = ("Thêm sau (ngoài tỷ lệ)", "Thêm sau, đã gửi")


def late(response: UnitResponse, days: int, returns: int = 0) -> UnitResponse:
    sent_at = datetime(2021, 9, 1, 17, 5, 59, tzinfo=UTC)
    return replace(response, state="late", days_late=days, returns=returns, sent_at=sent_at)


def one_round(*responses: UnitResponse) -> Consolidation:
    return campaign(closed(FORM, *responses))


def counted(
    whole: Consolidation, label: str, duty: str, column: int = 4, names: Sequence[str] = COUNTS
) -> list[Cell]:
    """Return the counts of a part of the units."""
    rows = [row.cells for row in sheet_of(whole, "1.").rows if len(row.cells) > column]
    mine = [cells for cells in rows if cells[0] == label and cells[3] == duty]
    assert [cells[2] for cells in mine] == list(names)
    assert all(formula_of(cells[column]) for cells in mine)
    return [shown(cells[column]) for cells in mine]


def test_a_unit_shows_its_state_and_its_local_time() -> None:
    response = late(sent(unit("A1"), FORM, {}), days=2, returns=1)
    assert row_of(sheet_of(one_round(response), "1."), "Đơn vị A1") == [
        1, "Đơn vị A1", "Huyện ủy, thành ủy", "Bắt buộc",
        "Nộp trễ", datetime.fromisoformat("2021-09-02T00:05"), 2, 1, None,
    ]  # fmt: skip


def test_more_time_and_what_the_board_decided_stand_beside() -> None:
    extended = datetime(2021, 9, 5, 16, 59, 59, tzinfo=UTC)
    whole = replace(sent(unit("A1"), FORM, {}), extended_to=extended, stage="accepted")
    waiting = replace(unsent(unit("A2")), extended_to=extended)
    returned = replace(sent(unit("A3"), FORM, {}), stage="returned")
    sheet = sheet_of(one_round(whole, waiting, returned), "1.")
    assert [row_of(sheet, f"Đơn vị A{number}")[-1] for number in (1, 2, 3)] == [
        "Gia hạn đến 05/09/2021; Đã duyệt",
        "Gia hạn đến 05/09/2021",
        "Đang trả lại để chỉnh sửa",
    ]


def corrected(response: UnitResponse, day: int) -> UnitResponse:
    return replace(response, corrected_at=datetime(2021, 9, day, 18, 0, tzinfo=UTC))


def test_a_correction_is_told_beside_the_state_of_the_first_sending() -> None:
    round_ = closed(FORM, corrected(sent(unit("A1"), FORM, {}), 3), sent(unit("A2"), FORM, {}))
    for due, remark in ((2, " (sau hạn)"), (9, "")):
        due_at = datetime(2021, 9, due, 16, 59, 59, tzinfo=UTC)
        sheet = sheet_of(campaign(replace(round_, due_at=due_at)), "1.")
        row = row_of(sheet, "Đơn vị A1")
        assert (row[4], row[-1]) == ("Đã gửi đúng hạn", f"Điều chỉnh ngày 04/09/2021{remark}")
        assert row_of(sheet, "Đơn vị A2")[-1] is None


def test_a_correction_names_its_round_when_there_are_several() -> None:
    first, second = (corrected(sent(unit("A1"), FORM, {}), day) for day in (3, 4))
    sheet = sheet_of(campaign(closed(FORM, first), closed(FORM, second, number=2)), "1.")
    assert row_of(sheet, "Đơn vị A1")[-1] == (
        "Đợt 1: Điều chỉnh ngày 04/09/2021\nĐợt 2: Điều chỉnh ngày 05/09/2021"
    )


def test_a_unit_that_has_not_sent_has_no_figures() -> None:
    sheet = sheet_of(one_round(unsent(unit("A1", required=False), "drafting")), "1.")
    assert row_of(sheet, "Đơn vị A1")[3:] == ["Mời", "Đang soạn", None, None, None, None]


def test_required_and_invited_units_are_counted_apart() -> None:
    whole = one_round(
        sent(unit("A1"), FORM, {}),
        late(sent(unit("A2"), FORM, {}), days=1),
        unsent(unit("A3")),
        sent(unit("A4", required=False), FORM, {}),
        unsent(unit("B1", "B", required=False), "not_opened"),
    )
    assert counted(whole, "Huyện ủy, thành ủy", "Bắt buộc")[:6] == [3, 2, 1, 1, 0, 1]
    assert counted(whole, "Huyện ủy, thành ủy", "Mời") == [1, 1, 1, 0, 0, 0, 100]
    assert counted(whole, "Khối sở, ban, ngành", "Mời") == [1, 0, 0, 0, 0, 1, 0]
    assert counted(whole, "CỘNG CÁC KHỐI", "Bắt buộc")[:6] == [3, 2, 1, 1, 0, 1]
    assert counted(whole, "CỘNG CÁC KHỐI", "Mời") == [2, 1, 1, 0, 0, 1, 50]


def test_who_was_withdrawn_is_not_missing_and_has_a_reason_and_a_successor() -> None:
    row = row_of(sheet_of(changed_later(FORM), "1."), "Đơn vị A2")
    assert (row[4], row[-1]) == (
        "Đã rút",
        "Rút ngày 31/08/2021: Sáp nhập theo nghị quyết; đơn vị kế thừa: Đơn vị A9",
    )


def test_shares_are_of_those_asked_at_the_opening() -> None:
    whole = changed_later(FORM)
    found = counted(whole, "CỘNG CÁC KHỐI", "Bắt buộc", names=COUNTS + ADDED_COUNTS)
    due, sent_, on_time, late_, left, missing, percent, added, added_sent = found
    assert (due, sent_, on_time, late_, left, missing) == (3, 1, 1, 0, 1, 1)
    assert sent_ + left + missing == due
    assert (round(float(percent), 1), added, added_sent) == (33.3, 2, 1)
    shown_texts = texts(sheet_of(whole, "1."))
    assert "Đã gửi đúng hạn (thêm sau)" in shown_texts
    assert any("1/3 đơn vị đã gửi (ngoài ra 1/2 đơn vị" in text for text in shown_texts)


def test_parts_without_units_are_not_printed() -> None:
    sheet = sheet_of(one_round(sent(unit("A1"), FORM, {})), "1.")
    assert "Khối sở, ban, ngành" not in texts(sheet)


def test_each_round_has_its_own_columns_and_asks_its_own_units() -> None:
    first = closed(FORM, sent(unit("A1"), FORM, {}))
    second = closed(FORM, unsent(unit("A1")), unsent(unit("A2")), number=2)
    whole = campaign(first, second)
    sheet = sheet_of(whole, "1.")
    assert row_of(sheet, "Đơn vị A1")[4] == "Đã gửi đúng hạn"
    assert row_of(sheet, "Đơn vị A1")[8] == "Chưa gửi"
    assert row_of(sheet, "Đơn vị A2")[4] is None
    assert counted(whole, "CỘNG CÁC KHỐI", "Bắt buộc")[0] == 1
    assert counted(whole, "CỘNG CÁC KHỐI", "Bắt buộc", column=8)[0] == 2


def test_a_duty_that_differs_from_round_to_round_stands_in_each_round() -> None:
    first = closed(FORM, sent(unit("A1"), FORM, {}))
    second = closed(FORM, unsent(unit("A1", required=False)), number=2)
    whole = campaign(first, second)
    row = row_of(sheet_of(whole, "1."), "Đơn vị A1")
    assert [row[3], row[8]] == ["Bắt buộc", "Mời"]
    assert counted(whole, "CỘNG CÁC KHỐI", "Bắt buộc")[0] == 1
    assert counted(whole, "CỘNG CÁC KHỐI", "Mời", column=9)[0] == 1


def test_a_campaign_without_closed_rounds_prints_the_heading_and_nothing() -> None:
    assert "Không có" in texts(sheet_of(campaign(), "1."))


def test_late_and_missing_reports_are_marked_by_more_than_colour() -> None:
    book = load_workbook(BytesIO(write(make_campaign(2, Shape(units=8, feedback=0)))))
    rules = [
        (rule.formula[0], rule.dxf)
        for found in book["1. Tiến độ báo cáo"].conditional_formatting
        for rule in found.rules
    ]
    late = [look for formula, look in rules if '"Nộp trễ"' in formula]
    missing = [look for formula, look in rules if '"Chưa gửi"' in formula]
    assert len(late) == len(missing) == 2
    assert all(look.font.b and look.font.i and "▲" in look.numFmt.formatCode for look in late)
    assert all(look.font.i and "○" in look.numFmt.formatCode for look in missing)
    assert sum("N(" in formula for formula, _ in rules) == 2


def test_a_unit_that_has_changed_its_group_is_counted_in_that_of_its_line() -> None:
    definition = form(question("a"))
    moved = [sent(unit("A1", group), definition, {"a": 1}) for group in "AB"]
    whole = campaign(*(closed(definition, one, number=n) for n, one in enumerate(moved, start=1)))
    sheet = sheet_of(whole, "1.")
    found = [cells for cells in map(shown_cells, sheet.rows) if "Đã gửi" in cells]
    assert [cells[0] for cells in found] == ["Huyện ủy, thành ủy", "CỘNG CÁC KHỐI"]


def shown_cells(row: Row) -> list[Cell]:
    return [shown(cell) for cell in row.cells]
