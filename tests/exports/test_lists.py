"""Tables of kind `list`: rows, headings by choice, counts of choices, several rounds as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from exports.tables import build_sheets
from forms.tree import Definition, Group
from tests.exports.small import (
    SENT,
    campaign,
    cells_of,
    choices,
    closed,
    column,
    expression,
    form,
    formula_of,
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

KINDS = choices(("kh", "Kế hoạch"), ("cv", "Công văn"), ("so", "> 5 tờ *"))
DOCUMENTS = Group(
    "van_ban",
    repeat=True,
    children=(
        question("loai", "select_one", choices=KINDS),
        question("ngay", "date"),
        question("linh_vuc", "select_multiple", choices=KINDS),
    ),
)
COLUMNS = (
    column("c_loai", "${loai}", "text"),
    column("c_ngay", "${ngay}", "date"),
    column("c_linh_vuc", "${linh_vuc}", "text"),
    column("danh_dau", None, "text"),
)


def documents(**parts: Any) -> Definition:
    made = table("list", *COLUMNS, rows="van_ban", **parts)
    return form(question("ten", "text"), DOCUMENTS, tables=[made])


def test_every_instance_is_a_row_with_labels_and_real_dates() -> None:
    definition = documents()
    answers = {
        "van_ban": [
            {"loai": "kh", "ngay": "2021-06-09", "linh_vuc": ["cv", "so"]},
            {"ngay": "2021-07-01"},
        ]
    }
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    first = [1, "Đơn vị A1", "Kế hoạch", date(2021, 6, 9), "Công văn; > 5 tờ *", None]
    assert row_of(sheet, "Kế hoạch") == first
    assert row_of(sheet, date(2021, 7, 1)) == [2, "Đơn vị A1", None, date(2021, 7, 1), None, None]


def test_blank_instances_and_units_that_have_not_sent_are_no_rows() -> None:
    definition = documents()
    blank = sent(unit("A1"), definition, {"van_ban": [{}]})
    sheet = sheet_of(campaign(closed(definition, blank, unsent(unit("A2")))))
    assert "Không có" in texts(sheet)
    assert any("1/2 đơn vị đã gửi" in text for text in texts(sheet))


def test_a_list_of_responses_leaves_out_those_with_nothing_to_list() -> None:
    made = table("list", column("sent", "${sent_date}", "date"), column("c_ten", "${ten}", "text"))
    definition = form(question("ten", "text"), tables=[made])
    responses = [
        sent(unit("A1"), definition, {"ten": "Có"}), sent(unit("A2"), definition, {}),
    ]  # fmt: skip
    sheet = sheet_of(campaign(closed(definition, *responses)))
    assert row_of(sheet, "Đơn vị A1") == [1, "Đơn vị A1", date(2021, 8, 30), "Có"]
    assert "Đơn vị A2" not in texts(sheet)


def test_rows_stand_under_their_choice_in_the_order_of_the_choices() -> None:
    definition = documents(group_by="loai")
    answers = {"van_ban": [{"loai": "cv"}, {"ngay": "2021-07-01"}, {"loai": "kh"}, {"loai": "cv"}]}
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    headings = ["Kế hoạch", "Công văn", "Chưa phân loại"]
    places = [
        next(n for n, row in enumerate(sheet.rows) if row.cells and row.cells[0] == heading)
        for heading in headings
    ]
    assert places == sorted(places)
    assert [row.cells[0] for row in sheet.rows if row.cells and isinstance(row.cells[0], int)] == [
        1, 2, 3, 4,
    ]  # fmt: skip


def test_choices_are_counted_below_a_list_of_instances() -> None:
    definition = documents(foot=("loai", "linh_vuc"))
    answers = {
        "van_ban": [
            {"loai": "kh", "linh_vuc": ["kh", "cv"]},
            {"loai": "kh", "linh_vuc": ["cv"]},
            {"loai": "so"},
        ]
    }
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    title = number_of(sheet, "Thống kê: Câu loai")
    assert title > number_of(sheet, "Đơn vị A1")
    counted = [row.cells[-1] for row in sheet.rows[title : title + 4]]
    assert list(map(shown, counted)) == [2, 0, 1, 3]
    assert "COUNTIF" in formula_of(counted[0])
    assert "SUMPRODUCT" in formula_of(counted[2])
    second = number_of(sheet, "Thống kê: Câu linh_vuc")
    several = [row.cells[-1] for row in sheet.rows[second : second + 3]]
    assert list(map(shown, several)) == [1, 2, 0]
    assert all(map(formula_of, several))


def test_choices_are_counted_below_a_list_of_responses_too() -> None:
    made = table("list", column("c_loai", "${loai}", "text"), foot=("loai",))
    definition = form(question("loai", "select_one", choices=KINDS), tables=[made])
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, {"loai": "kh"}))))
    assert number_of(sheet, "Thống kê: Câu loai") > number_of(sheet, "Đơn vị A1")


def test_a_form_places_the_unit_and_rows_stand_by_a_date_before_it() -> None:
    made = table(
        "list",
        column("ngay", "${sent_date}", "date"),
        column("don_vi", "${unit_name}", "text"),
        column("c_ten", "${ten}", "text"),
    )
    definition = form(question("ten", "text"), tables=[made])
    late, early = (sent(unit(code), definition, {"ten": code}) for code in ("A1", "A2"))
    late = replace(late, sent_at=SENT + timedelta(days=2))
    sheet = sheet_of(campaign(closed(definition, late, early)))
    assert row_of(sheet, "A2") == [1, date(2021, 8, 30), "Đơn vị A2", "A2"]
    assert row_of(sheet, "A1") == [2, date(2021, 9, 1), "Đơn vị A1", "A1"]
    assert "Đơn vị" not in texts(sheet)


def test_the_round_stands_behind_a_unit_that_the_form_places() -> None:
    made = table(
        "list", column("c_ten", "${ten}", "text"), column("don_vi", "${unit_name}", "text")
    )
    definition = form(question("ten", "text"), tables=[made])
    one, two = (sent(unit("A1"), definition, {"ten": text}) for text in ("Một", "Hai"))
    whole = campaign(closed(definition, one), closed(definition, two, number=2))
    assert row_of(sheet_of(whole), "Hai") == [2, "Hai", "Đơn vị A1", "Đợt 2"]


def test_a_counted_question_that_the_list_does_not_show_is_counted_in_figures() -> None:
    made = table("list", column("c_ten", "${ten}", "text"), foot=("loai",))
    definition = form(
        question("ten", "text"), question("loai", "select_one", choices=KINDS), tables=[made]
    )
    answers = {"ten": "Một", "loai": "kh"}
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    assert cells_of(sheet, "Kế hoạch")[-1] == 1


def test_rounds_with_the_same_table_share_a_sheet_that_names_the_round() -> None:
    first, second = documents(), documents()
    one = sent(unit("A1"), first, {"van_ban": [{"loai": "kh"}]})
    two = sent(unit("A1"), second, {"van_ban": [{"loai": "cv"}]})
    whole = campaign(closed(first, one), closed(second, two, number=2))
    assert len([s for s in build_sheets(whole) if s.name.startswith("2.")]) == 1
    sheet = sheet_of(whole)
    assert row_of(sheet, "Kế hoạch")[:4] == [1, "Đơn vị A1", "Đợt 1", "Kế hoạch"]
    assert row_of(sheet, "Công văn")[:4] == [2, "Đơn vị A1", "Đợt 2", "Công văn"]
    assert any("Đợt 1: 1/1 đơn vị đã gửi; Đợt 2: 1/1" in text for text in texts(sheet))


def test_the_filter_of_a_list_sees_the_instance() -> None:
    definition = documents(filter=expression("${loai} = 'cv'"))
    answers = {"van_ban": [{"loai": "kh"}, {"loai": "cv"}, {}]}
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    assert "Kế hoạch" not in texts(sheet)
    assert row_of(sheet, "Công văn")[0] == 1


@pytest.mark.parametrize("length", [6_000, 32_000])
def test_a_text_higher_than_a_row_may_be_takes_several_rows(length: int) -> None:
    made = table("list", column("c_ten", "${ten}", "text"), column("o", "${ten}", "text"))
    definition = form(question("ten", "text"), tables=[made])
    answers = {"ten": "chữ " * (length // 4)}
    responses = sent(unit("A1"), definition, answers), sent(unit("A2"), definition, {"ten": "b"})
    sheet = sheet_of(campaign(closed(definition, *responses)))
    assert all(row.height is None or row.height <= 409 for row in sheet.rows)
    first = number_of(sheet, "Đơn vị A1") - 1
    last = number_of(sheet, "Đơn vị A2") - 2
    assert last > first
    merged = [m for m in sheet.merges if m.first_row == first and m.first_column == m.last_column]
    assert {(m.first_column, m.last_row) for m in merged} == {(c, last) for c in range(4)}


def test_a_list_is_sorted_by_the_columns_that_it_names() -> None:
    definition = documents(sort=("c_loai", "-c_ngay"))
    rows = [
        {"loai": "kh", "ngay": "2021-06-09"},
        {"loai": "cv", "ngay": "2021-07-01"},
        {"ngay": "2021-08-01"},
        {"loai": "kh", "ngay": "2021-06-30"},
    ]
    responses = [
        sent(unit("A1"), definition, {"van_ban": rows[:2]}),
        sent(unit("A2"), definition, {"van_ban": rows[2:]}),
    ]
    sheet = sheet_of(campaign(closed(definition, *responses)))
    listed = [list(row.cells[1:4]) for row in sheet.rows if row.cells and row.cells[0] in range(9)]
    assert listed == [
        ["Đơn vị A1", "Công văn", date(2021, 7, 1)],
        ["Đơn vị A2", "Kế hoạch", date(2021, 6, 30)],
        ["Đơn vị A1", "Kế hoạch", date(2021, 6, 9)],
        ["Đơn vị A2", None, date(2021, 8, 1)],
    ]


def test_texts_are_sorted_as_vietnamese_sorts_them() -> None:
    made = table("list", column("c", "${ten}", "text"), sort=("c",))
    definition = form(question("ten", "text"), tables=[made])
    names = ("Ân", "Đông", "An", "Dương")
    responses = [
        sent(unit(f"A{n}"), definition, {"ten": name}) for n, name in enumerate(names, start=1)
    ]
    sheet = sheet_of(campaign(closed(definition, *responses)))
    assert [cell for row in sheet.rows for cell in row.cells if cell in names] == [
        "An", "Ân", "Dương", "Đông",
    ]  # fmt: skip


def test_a_moment_is_a_real_date_with_its_time() -> None:
    made = table("list", column("c", "${luc}", "moment"), column("d", "${luc}", "text"))
    definition = form(question("luc", "dateTime"), tables=[made])
    answers = {"luc": "2021-08-31T14:05"}
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))))
    moment = datetime(2021, 8, 31, 14, 5)  # noqa: DTZ001 - cells know no time zone
    assert row_of(sheet, "Đơn vị A1")[2:] == [moment, "31/08/2021 14:05"]
