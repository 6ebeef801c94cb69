"""Documents of the Party and of the State: heads, annexes, signatures, pages."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from exports.letterheads import style_of
from exports.options import WorkbookOptions
from exports.rounds import Consolidation
from tests.exports.books import write
from tests.exports.campaigns import Shape, make_campaign

MOTTO = "Độc lập - Tự do - Hạnh phúc"
LETTERHEAD = WorkbookOptions(letterhead=True)
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
WHOLE = make_campaign(3, Shape(units=6, feedback=0, difficulties=1))
OFFICE = replace(
    WHOLE,
    document_style="decree",
    parent_body="Ủy ban nhân dân tỉnh",
    board_name="Sở Văn hóa",
    report_symbol="/BC-SVH",
    signer_title="K/T GIÁM ĐỐC\nPHÓ GIÁM ĐỐC",
)


def book(whole: Consolidation) -> dict[str, Worksheet]:
    return {sheet.title: sheet for sheet in load_workbook(BytesIO(write(whole))).worksheets}


def texts(sheet: Worksheet) -> list[str]:
    return [c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]


STATE_BOOK, PARTY_BOOK = book(OFFICE), book(WHOLE)
PROGRESS, TABLE = "1. Tiến độ báo cáo", "2. Biểu 1 - Cuộc, người dự Đ1"


def cell(sheet: Worksheet, text: str) -> Any:
    return next(c for row in sheet.iter_rows() for c in row if c.value == text)


def test_no_document_of_the_party_has_the_motto_of_the_state() -> None:
    for sheet in [*PARTY_BOOK.values(), *book(replace(WHOLE, options=LETTERHEAD)).values()]:
        assert not {MOTTO, STATE} & set(texts(sheet))


def test_no_document_of_the_state_names_the_party() -> None:
    for sheet in [*STATE_BOOK.values(), *book(replace(OFFICE, options=LETTERHEAD)).values()]:
        assert PARTY not in texts(sheet)


def test_the_letterhead_of_the_state() -> None:
    sheet = STATE_BOOK[PROGRESS]
    assert texts(sheet)[:8] == [
        "ỦY BAN NHÂN DÂN TỈNH", STATE, "← Về bìa", "SỞ VĂN HÓA", MOTTO, "_______",
        "Số: ……/BC-SVH", "Rạch Giá, ngày …… tháng …… năm 2021",
    ]  # fmt: skip
    state, motto, board = (cell(sheet, text) for text in (STATE, MOTTO, "SỞ VĂN HÓA"))
    assert (state.font.bold, state.font.size, state.alignment.shrink_to_fit) == (True, 12, True)
    assert (motto.font.bold, motto.font.underline, motto.font.size) == (True, "single", 13)
    assert board.font.bold
    assert not cell(sheet, "ỦY BAN NHÂN DÂN TỈNH").font.bold


def test_annexes_are_numbered_as_their_style_wants() -> None:
    assert texts(STATE_BOOK[TABLE])[0] == "Phụ lục I"
    attached = "(Kèm theo Báo cáo số ……/BC-SVH ngày …… tháng …… năm 2021 của Sở Văn hóa)"
    assert attached in texts(STATE_BOOK[TABLE])
    assert texts(PARTY_BOOK[TABLE])[0] == "PHỤ LỤC 1"


def test_tables_may_have_a_letterhead_instead() -> None:
    sheet = book(replace(OFFICE, options=LETTERHEAD))[TABLE]
    assert MOTTO in texts(sheet)
    assert not [text for text in texts(sheet) if text.startswith(("Phụ lục", "(Kèm theo"))]


def test_below_the_title_stands_the_rule_of_the_style() -> None:
    assert "-----" in texts(PARTY_BOOK[TABLE])
    assert "-----" not in texts(STATE_BOOK[TABLE])


@pytest.mark.parametrize(
    ("typed", "party", "state"),
    [
        ("KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH", "K/T CHỦ TỊCH\nPHÓ CHỦ TỊCH", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"),
        ("T/M ỦY BAN", "T/M ỦY BAN", "TM. ỦY BAN"),
        ("T/L. BAN", "T/L BAN", "TL. BAN"),
        ("TUQ. GIÁM ĐỐC", "T/UQ GIÁM ĐỐC", "TUQ. GIÁM ĐỐC"),
        ("TRƯỞNG BAN", "TRƯỞNG BAN", "TRƯỞNG BAN"),
        ("TT HĐND", "TT HĐND", "TT HĐND"),
    ],
)
def test_who_signs_for_another_is_said_as_the_style_does(
    typed: str, party: str, state: str
) -> None:
    assert style_of("party").sign(typed) == party
    assert style_of("decree").sign(typed) == state


def test_the_signature_is_written_so() -> None:
    assert "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC" in texts(STATE_BOOK[TABLE])


def test_pages_of_both_are_numbered_in_the_header_but_the_first() -> None:
    for sheets, size in ((PARTY_BOOK, 14), (STATE_BOOK, 13)):
        for sheet in sheets.values():
            assert sheet.oddHeader.center.text == "&P"
            assert sheet.oddHeader.center.size == size
            assert sheet.HeaderFooter.differentFirst
            margins = sheet.page_margins
            sides = (margins.top, margins.bottom, margins.left, margins.right)
            assert [round(inches * 25.4) for inches in sides] == [20, 20, 30, 15]


def test_a_style_that_is_not_known_is_that_of_the_party() -> None:
    assert style_of("?") is style_of("party")
