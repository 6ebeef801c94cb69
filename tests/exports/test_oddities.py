"""The sheet of warnings: what units were told, what they said, and what they did not say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exports.oddities import EXPLANATION
from exports.tables import UnitResponse, build_sheets
from forms.explanations import Oddity, canonical_explanations
from forms.tree import Check, Definition, Group, Labels
from tests.exports.books import values, written
from tests.exports.small import (
    campaign,
    choices,
    closed,
    column,
    expression,
    form,
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

HOSTILE = '=HYPERLINK("http://x")'


def checked(*questions: Any) -> Definition:
    """Return a form of these questions that looks for odd figures, and wants to know why of one."""
    checks = (
        Check("tang", expression("${n} > 100"), labels("Tăng"), explain=True, question="n"),
        Check("muc", expression("${n} > 200"), labels("Mức"), question="muc"),
        Check("chung", expression("${n} > 300"), labels("Chung"), explain=True),
    )
    return replace(form(*(questions or (question("n"),))), checks=checks)


def said(response: UnitResponse, **reasons: tuple[str, str]) -> UnitResponse:
    """Return a response with the messages and reasons of its checks."""
    found = (Oddity(name, message, True, "", text) for name, (message, text) in reasons.items())
    return replace(response, explanations=canonical_explanations(found))


def test_every_warning_is_a_row_with_its_figure_and_its_reason() -> None:
    definition = checked(
        question("n"),
        question("muc", "select_one", choices=choices(("tot", "Tốt"), ("kha", "Khá"))),
    )
    first = said(
        sent(unit("A1"), definition, {"n": 1234, "muc": "tot"}),
        chung=("Tất cả (1.234) đều lớn.", HOSTILE),
        muc=("Mức cao.", ""),
        tang=("Tăng hơn 4 lần.", ""),
    )
    sheet = sheet_of(campaign(closed(definition, first, unsent(unit("A2")))), "15.")
    assert sheet.name == "15. Cảnh báo số liệu"
    assert row_of(sheet, "Tăng hơn 4 lần.") == [
        1, "Đơn vị A1", "Đợt 1", "Câu n", 1234, "Tăng", "Tăng hơn 4 lần.",
        "Chưa giải thích",
    ]  # fmt: skip
    level = ["Câu muc", "Tốt", "Mức", "Mức cao.", None]
    assert row_of(sheet, "Mức cao.")[3:] == level
    assert row_of(sheet, HOSTILE)[3:5] == [None, None]
    counted = "Đợt 1: 3 cảnh báo, 2 cảnh báo cần giải thích: 1 đã giải thích, 1 chưa giải thích"
    assert any(counted in text for text in texts(sheet))


def test_what_is_worked_out_is_called_by_its_heading_rather_than_its_section() -> None:
    made = replace(question("tong", "calculate"), labels=Labels(), calculation=expression("${n}"))
    section = Group("phan", labels("IV. Phần"), children=(question("n"), made))
    shown = table("units", column("a", "${tong}", band="Đảng viên"))
    check = Check("tang", expression("${n} > 1"), labels("Tăng"), question="tong")
    definition = replace(form(section, tables=[shown]), checks=(check,))
    response = said(sent(unit("A1"), definition, {"n": 5}), tang=("Tăng rồi.", ""))
    sheet = sheet_of(campaign(closed(definition, response)), "15.")
    assert row_of(sheet, "Tăng rồi.")[3] == "Đảng viên: a"


def test_a_cell_of_a_table_is_called_by_its_row_too() -> None:
    row = Group("hang", labels("Tổng cộng"), children=(question("n"),))
    definition = checked(Group("bang", labels("Bảng"), appearance=("matrix",), children=(row,)))
    response = said(sent(unit("A1"), definition, {"n": 5}), tang=("Tăng.", "Vì thế."))
    sheet = sheet_of(campaign(closed(definition, response)), "15.")
    assert "Tổng cộng: Câu n" in row_of(sheet, "Tăng.")


def test_what_is_not_explained_is_marked_until_something_else_stands_there() -> None:
    definition = checked()
    response = said(sent(unit("A1"), definition, {"n": 5}), tang=("Tăng.", ""))
    book = values(written(sheet_of(campaign(closed(definition, response)), "15.")))
    (ranges,) = book.worksheets[0].conditional_formatting
    (rule,) = ranges.rules
    column = "ABCDEFGH"[EXPLANATION]
    row = next(c.row for c in book.worksheets[0][column] if c.value == "Chưa giải thích")
    assert str(ranges.sqref) == f"{column}{row}"
    assert rule.formula == [f'{column}{row}="Chưa giải thích"']
    assert rule.dxf.font.b
    assert rule.dxf.fill.bgColor.rgb == "FFE7E6E6"


def test_a_campaign_without_warnings_says_so_and_one_without_checks_has_no_sheet() -> None:
    definition = checked()
    usual = sheet_of(campaign(closed(definition, sent(unit("A1"), definition, {"n": 5}))), "15.")
    assert "Không có" in texts(usual)
    assert usual.shades == ()
    names = [sheet.name for sheet in build_sheets(campaign(closed(form(question("n")))))]
    assert not any(name.startswith("15.") for name in names)


def test_the_sheet_speaks_english() -> None:
    definition = checked()
    response = said(sent(unit("A1"), definition, {"n": 5}), tang=("Tăng.", ""))
    sheet = sheet_of(campaign(closed(definition, response), language="en"), "15.")
    assert sheet.name == "15. Warnings"
    assert "Not explained" in texts(sheet)
