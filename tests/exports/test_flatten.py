"""The sheet of raw answers: machine columns, typed cells, nobody's telephone number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from exports.cells import Cell
from exports.options import USUAL, WorkbookOptions
from forms.tree import Group
from tests.exports.small import (
    campaign,
    choices,
    closed,
    form,
    question,
    row_of,
    sent,
    sheet_of,
    unit,
    unsent,
)

KINDS = choices(("kh", "Kế hoạch"), ("cv", "Công văn"))
FORM = form(
    question("ghi_chu", "note"),
    question("so", "integer"),
    question("ty_le", "decimal"),
    question("ngay", "date"),
    question("loai", "select_one", choices=KINDS),
    question("cac_loai", "select_multiple", choices=KINDS),
    question("tinh", "calculate"),
    question("ma", "text"),
    question("dien_thoai", "text", appearance=("contact",)),
    Group("lien_he", appearance=("contact",), children=(question("thu", "text"),)),
    Group(
        "van_ban",
        repeat=True,
        children=(question("ten", "text"), question("nam", "integer")),
    ),
)


def raw(options: WorkbookOptions = USUAL, **answers: Any) -> dict[str, Cell]:
    """Return the raw row of one unit by machine column; blank cells are left out."""
    whole = campaign(closed(FORM, sent(unit("A1"), FORM, answers)), options=options)
    sheet = sheet_of(whole, "16.")
    titles, row = sheet.rows[0].cells, row_of(sheet, "A1")
    return {str(t): cell for t, cell in zip(titles, row, strict=True) if cell is not None}


def test_a_row_begins_with_what_is_known_of_the_response() -> None:
    row = raw()
    assert row == {
        "campaign": "kh",
        "round": "dot1",
        "unit_code": "A1",
        "unit_name": "Đơn vị A1",
        "unit_group": "A",
        "unit_level": "huyen",
        "required": 1,
        "counted": 1,
        "state": "on_time",
        "sent_at": datetime.fromisoformat("2021-08-30T09:00"),
        "days_late": 0,
        "returns": 0,
        "form_version": "1",
    }


def test_answers_keep_their_types_and_choices_their_names() -> None:
    row = raw(
        so=1234, ty_le="95.5", ngay="2021-06-09", loai="kh", cac_loai=["kh", "cv"],
        tinh="45.5", ma="0912345678",
    )  # fmt: skip
    assert (row["so"], row["ty_le"], row["ngay"]) == (1234, Decimal("95.5"), date(2021, 6, 9))
    assert (row["loai"], row["cac_loai"]) == ("kh", "kh cv")
    assert (row["tinh"], row["ma"]) == (Decimal("45.5"), "0912345678")


def test_a_computed_text_of_digits_stays_text() -> None:
    assert raw(tinh="0912")["tinh"] == "0912"
    assert raw(tinh=912)["tinh"] == 912


def test_a_computed_date_is_a_date_and_a_moment_a_moment() -> None:
    definition = form(question("ngay", "calculate"), question("luc", "calculate"))
    answers = [
        {"ngay": "2021-06-09", "luc": "2021-06-09T14:05"},
        {"ngay": "2021-02-30", "luc": "2021-06-09T14:05 hoặc sau"},
    ]
    responses = [sent(unit(f"A{n}"), definition, given) for n, given in enumerate(answers)]
    sheet = sheet_of(campaign(closed(definition, *responses)), "16.")
    assert row_of(sheet, "A0")[-2:] == [
        date(2021, 6, 9),
        datetime.fromisoformat("2021-06-09T14:05"),
    ]
    assert sheet.rows[1].styles[-2:] == ("plain date", "plain moment")
    assert row_of(sheet, "A1")[-2:] == list(answers[1].values())


def test_a_number_too_long_for_excel_is_text() -> None:
    assert raw(so=10**20)["so"] == "1" + "0" * 20


def test_a_repeat_is_its_count_and_its_answers_joined() -> None:
    row = raw(van_ban=[{"ten": "Một", "nam": 2020}, {"nam": 2021}])
    assert (row["van_ban"], row["ten"], row["nam"]) == (2, "Một | ", "2020 | 2021")


def test_what_serves_to_reach_a_person_is_left_out() -> None:
    row = raw(dien_thoai="0912345678", thu="a@b.vn", ma="x")
    assert "0912345678" not in row.values()
    assert "a@b.vn" not in row.values()


def test_notes_have_no_column() -> None:
    sheet = sheet_of(campaign(closed(FORM)), "16.")
    assert "ghi_chu" not in sheet.rows[0].cells
    assert "dien_thoai" not in sheet.rows[0].cells


def test_rounds_share_the_columns_of_the_same_name() -> None:
    other = form(question("so", "integer"), question("moi", "integer"))
    first = closed(FORM, sent(unit("A1"), FORM, {"so": 1}))
    second = closed(other, sent(unit("A1"), other, {"so": 2, "moi": 3}), number=2)
    sheet = sheet_of(campaign(first, second), "16.")
    titles = list(sheet.rows[0].cells)
    assert titles.count("so") == 1
    rows = [row.cells for row in sheet.rows[1:]]
    assert [cells[titles.index("so")] for cells in rows] == [1, 2]
    assert [cells[titles.index("moi")] for cells in rows] == [None, 3]


def test_a_unit_that_has_not_sent_has_a_row_without_answers() -> None:
    sheet = sheet_of(campaign(closed(FORM, unsent(unit("A1")))), "16.")
    assert row_of(sheet, "A1")[8:] == ["missing", *[None] * 14]


def test_an_answer_to_a_question_that_is_gone_has_a_column_still() -> None:
    older = form(
        question("so", "integer"), question("cu", "integer"), question("dien_thoai", "text")
    )
    answers = {"so": 1, "cu": 5, "dien_thoai": "0912345678"}
    whole = campaign(closed(FORM, sent(unit("A1"), older, answers)))
    sheet = sheet_of(whole, "16.")
    assert dict(zip(sheet.rows[0].cells, row_of(sheet, "A1"), strict=True))["cu"] == 5
    assert "0912345678" not in row_of(sheet, "A1")


def test_every_type_of_question_has_cells_of_its_own_type() -> None:
    definition = form(
        question("thang", "range"),
        question("luc", "dateTime"),
        question("gio", "time"),
        question("thu_tu", "rank", choices=KINDS),
        question("noi", "geopoint"),
        question("bat_dau", "start"),
        question("hom_nay", "today"),
    )
    answers = {
        "thang": 7,
        "luc": "2021-08-31T14:05",
        "gio": "09:05",
        "thu_tu": ["cv", "kh"],
        "noi": "10.0125 105.0809 0 0",
        "bat_dau": "2021-08-31T08:00",
        "hom_nay": "2021-08-31",
    }
    sheet = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, answers))), "16.")
    row = dict(zip(sheet.rows[0].cells, row_of(sheet, "A1"), strict=True))
    styles = dict(zip(sheet.rows[0].cells, sheet.rows[1].styles, strict=True))
    assert row["thang"] == 7
    assert row["luc"] == datetime(2021, 8, 31, 14, 5)  # noqa: DTZ001 - cells know no time zone
    assert (row["gio"], row["thu_tu"]) == ("09:05", "cv kh")
    assert row["noi"] == "10.0125 105.0809 0 0"
    assert row["hom_nay"] == date(2021, 8, 31)
    assert (styles["luc"], styles["hom_nay"]) == ("plain moment", "plain date")


def test_choices_are_shown_by_their_labels_where_that_is_chosen() -> None:
    row = raw(
        WorkbookOptions(labelled=True),
        loai="kh",
        cac_loai=["kh", "cv"],
        so=5,
        ma="kh",
        van_ban=[{"ten": "cv", "nam": 2021}],
    )
    assert (row["loai"], row["cac_loai"]) == ("Kế hoạch", "Kế hoạch; Công văn")
    assert (row["so"], row["ma"], row["ten"]) == (5, "kh", "cv")
    assert raw(WorkbookOptions(labelled=True), loai="khac")["loai"] == "khac"


def test_a_group_a_level_and_a_state_are_labelled_too() -> None:
    definition = form(question("n"))
    report = replace(sent(unit("A1"), definition, {"n": 1}), state="late")
    whole = campaign(closed(definition, report))
    labelled = replace(whole, options=WorkbookOptions(labelled=True))
    for given, expected in (
        (whole, ("A", "huyen", "late")),
        (labelled, ("Huyện ủy, thành ủy", "huyện", "Nộp trễ")),
    ):
        names, cells = (row.cells for row in sheet_of(given, "16.").rows)
        row = dict(zip(names, cells, strict=True))
        assert (row["unit_group"], row["unit_level"], row["state"]) == expected


def test_contacts_are_there_only_where_they_are_chosen() -> None:
    answers = {"dien_thoai": "0912345678", "thu": "a@b.example"}
    assert answers.keys().isdisjoint(raw(**answers))
    assert answers.items() <= raw(WorkbookOptions(contacts=True), **answers).items()
