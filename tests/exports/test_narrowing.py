"""A workbook of a part of a campaign says so wherever somebody may look."""

from __future__ import annotations

from dataclasses import replace

from exports.narrowing import narrowed
from exports.options import WorkbookOptions
from exports.tables import build_sheets
from tests.exports.small import (
    campaign,
    closed,
    column,
    form,
    public,
    question,
    sent,
    sheet_of,
    table,
    texts,
    unit,
)
from views.workbook import workbook_name

FORM = form(question("n"), tables=[table("units", column("n", "${n}", total=True))])
ANSWERED = form(
    question("g"), tables=[table("distribution", column("g", "${g}"), position=12, name="phan_hoi")]
)
WHOLE = campaign(
    closed(FORM, sent(unit("A1"), FORM, {"n": 1}), sent(unit("B1", "B"), FORM, {"n": 2})),
    closed(FORM, sent(unit("A1"), FORM, {"n": 3}), number=2),
    public(ANSWERED, []),
)
SCOPE = "(Phạm vi: Huyện ủy, thành ủy; Chỉ đơn vị bắt buộc báo cáo; Đợt 1, Phản hồi)"
CHOSEN = WorkbookOptions(groups=("A",), required_only=True, rounds=("dot1", "phan_hoi"))
PART = narrowed(WHOLE, CHOSEN)


def test_every_printed_sheet_of_a_part_names_what_it_is_of() -> None:
    printed = [sheet for sheet in build_sheets(PART) if sheet.printed]
    assert len(printed) > 4
    for sheet in printed:
        of_feedback = sheet.name.startswith("12.")
        # Feedback belongs to no group.
        assert ("(Phạm vi: Đợt 1, Phản hồi)" if of_feedback else SCOPE) in texts(sheet), sheet.name


def test_no_total_of_a_part_looks_like_that_of_all() -> None:
    for start in ("1.", "2."):
        shown = texts(sheet_of(PART, start))
        assert "CỘNG TRONG PHẠM VI" in shown
        assert not {"TỔNG CỘNG", "CỘNG CÁC KHỐI"} & set(shown)


def test_the_file_of_a_part_is_called_so() -> None:
    assert workbook_name(PART) == "Tổng hợp Kế hoạch (lọc) 05-09-2021.xlsx"
    assert workbook_name(WHOLE) == "Tổng hợp Kế hoạch 05-09-2021.xlsx"


def test_what_chooses_everything_is_of_everything() -> None:
    every = WorkbookOptions(groups=("A", "B"), rounds=("dot1", "dot2", "phan_hoi"))
    whole = narrowed(WHOLE, every)
    assert whole.options == WorkbookOptions()
    assert not any("Phạm vi" in text for text in texts(sheet_of(whole, "2.")))
    assert "TỔNG CỘNG" in texts(sheet_of(whole, "2."))


def test_of_many_groups_three_are_named() -> None:
    groups = tuple(replace(WHOLE.groups[0], code=f"g{n}", name=f"Khối {n}") for n in range(6))
    chosen = WorkbookOptions(groups=tuple(f"g{n}" for n in range(5)))
    part = narrowed(replace(WHOLE, groups=groups), chosen)
    named = "(Phạm vi: Khối 0, Khối 1, Khối 2 và 2 khối khác)"
    assert named in texts(sheet_of(part, "17."))
