"""The bytes of a workbook, read back: types, looks, page set-up, and nothing that can do harm."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from exports.cells import LONGEST_TEXT, Row, Sheet, plain_text
from exports.tables import build_sheets
from tests.exports.books import values, write, written
from tests.exports.campaigns import HOSTILE, Shape, make_campaign

CAMPAIGN = make_campaign(7, Shape(feedback=60, difficulties=5, hostile=0.05))
BOOK = write(CAMPAIGN)
SHEETS = {sheet.title: sheet for sheet in values(BOOK).worksheets}
PRINTED = [name for name in SHEETS if not name.startswith("16.")]
# What no form asks for is for the board itself, and not annexed to its report.
OWN = ("Bìa", "1.", "15.", "17.", "18.")
# Charts are printed in their own size, and head no page.
CHARTS = "Biểu đồ"
# Its headings stand below tables that would fill the screen.
ATTITUDES = "8. Tinh thần, nhận thức"
UNSIGNED = ("Bìa", "17.", "18.")
TABLES = [name for name in PRINTED if not name.startswith(OWN)]


def heading_rows(sheet: Worksheet) -> tuple[int, int]:
    """Return the first and last of the rows that are repeated on every page."""
    found = re.fullmatch(r"\$(\d+):\$(\d+)", sheet.print_title_rows or "")
    assert found
    return int(found[1]), int(found[2])


def parts(book: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sheets_stand_in_order_of_their_positions() -> None:
    assert list(SHEETS) == [
        "Bìa",
        "1. Tiến độ báo cáo",
        "2. Biểu 1 - Cuộc, người dự Đ1",
        "3. Biểu 2 - Đối tượng Đ1",
        "4. Biểu 3 - Cuộc, người dự Đ2",
        "5. Biểu 4 - Đoàn viên, hội viên",
        "6. Biểu 5 - Hộ dân",
        "7. Văn bản triển khai",
        "8. Tinh thần, nhận thức",
        "9. Mô hình sáng tạo",
        "10. Khó khăn, vướng mắc",
        "11. Đề xuất, kiến nghị",
        "12. Phản hồi - Nhóm 1",
        "13. Phản hồi - Nhóm 2",
        "14. So sánh hai đợt",
        "Biểu đồ",
        "15. Cảnh báo số liệu",
        "16. Dữ liệu gốc",
        "17. Nguồn gốc số liệu",
        "18. Từ điển dữ liệu",
    ]


def test_the_same_campaign_gives_the_same_bytes() -> None:
    again = make_campaign(7, Shape(feedback=60, difficulties=5, hostile=0.05))
    assert write(again) == BOOK


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_is_set_up_for_a4(name: str) -> None:
    sheet = SHEETS[name]
    assert sheet.page_setup.paperSize == 9
    margins = sheet.page_margins
    millimetres = [
        round(m * 25.4) for m in (margins.top, margins.bottom, margins.left, margins.right)
    ]
    assert millimetres == [20, 20, 30, 15]
    assert sheet.oddHeader.center.text == "&P"
    assert sheet.HeaderFooter.differentFirst
    assert not sheet.firstHeader.center.text
    assert not sheet.oddFooter.center.text
    assert bool(sheet.print_title_rows) == (name != CHARTS)


@pytest.mark.parametrize("name", [name for name in PRINTED if name != CHARTS])
def test_a_printed_sheet_is_one_page_wide_and_lies_when_it_is_wide(name: str) -> None:
    sheet = SHEETS[name]
    wide = width_of(sheet) > 7
    if sheet.row_breaks.brk:
        (widths,) = (made.widths for made in build_sheets(CAMPAIGN) if made.name == name)
        # In millimetres: a column is its digits of 8 pixels and an edge, at 96 dots an inch.
        needed = sum(width * 8 + 5 for width in widths) / 96 * 25.4
        assert needed * (sheet.page_setup.scale or 100) / 100 < (252 if wide else 165)
    else:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in {(1, 0), (None, 0)}
    assert sheet.page_setup.orientation == ("landscape" if wide else "portrait")


def width_of(sheet: Worksheet) -> int:
    """Return how many columns are printed: the way back to the cover stands beside them."""
    area = str(sheet.print_area or sheet.dimensions).rpartition("!")[2]
    return range_boundaries(area)[2] or 0


@pytest.mark.parametrize("name", [name for name in PRINTED[1:] if name not in (CHARTS, ATTITUDES)])
def test_headings_and_units_stay_on_the_screen(name: str) -> None:
    sheet = SHEETS[name]
    # The unit stands behind the date in the list of difficulties, behind a long text in proposals.
    column = {"10": "D", "11": "B", "17": "A"}.get(name.partition(".")[0], "C")
    assert sheet.freeze_panes == f"{column}{heading_rows(sheet)[1] + 1}"


def headings(name: str) -> list[object]:
    sheet = SHEETS[name]
    return [cell.value for cell in sheet[heading_rows(sheet)[1]]][: width_of(sheet)]


def test_difficulties_stand_by_date_with_the_date_before_the_unit() -> None:
    name = "10. Khó khăn, vướng mắc"
    assert headings(name)[:4] == ["TT", "Ngày", "Đơn vị", "Lĩnh vực"]
    days = [row[1].value for row in SHEETS[name].iter_rows() if isinstance(row[1].value, datetime)]
    assert len(days) == 5
    assert days == sorted(days)


def test_proposals_stand_before_the_units_that_make_them() -> None:
    assert headings("11. Đề xuất, kiến nghị") == ["TT", "Nội dung", "Đơn vị", "Đợt"]


@pytest.mark.parametrize("name", SHEETS)
def test_every_cell_is_in_times_new_roman(name: str) -> None:
    """In the scheme of a theme, Excel would show the font of the theme instead."""
    fonts = [cell.font for row in SHEETS[name].iter_rows() for cell in row]
    assert {(font.name, font.scheme) for font in fonts} == {("Times New Roman", None)}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_an_annex_with_its_title_and_a_signature(name: str) -> None:
    column = [str(row[0].value or "") for row in SHEETS[name].iter_rows()]
    assert column[0] == f"PHỤ LỤC {TABLES.index(name) + 1}"
    assert column[1].startswith("(Kèm theo Báo cáo số ……-BC/BTGTU, ngày ")
    assert column[1].endswith(" của Ban Tuyên giáo Tỉnh ủy Kiên Giang)")
    assert column[3] == ("BIỂU ĐỒ" if name == CHARTS else "BIỂU TỔNG HỢP")
    assert any(text.startswith("(Số liệu tính đến ngày ") for text in column)


@pytest.mark.parametrize("name", [name for name in PRINTED if not name.startswith(UNSIGNED)])
def test_both_who_sign_have_a_cell_for_their_name(name: str) -> None:
    sheet = SHEETS[name]
    *_, titles, names = ([cell for cell in row if cell.value] for row in sheet.iter_rows())
    assert [cell.value for cell in titles] == ["NGƯỜI LẬP BIỂU", "TRƯỞNG BAN"]
    assert [cell.value for cell in names] == ["Nguyễn Thanh Phong"]
    assert names[0].column == titles[1].column
    assert sheet.cell(sheet.max_row, 1).font.bold
    assert sheet.row_dimensions[sheet.max_row - 1].height > 70


def test_the_first_sheet_has_the_letterhead_of_a_party_document() -> None:
    sheet = SHEETS["1. Tiến độ báo cáo"]
    rows = sheet.iter_rows(max_row=4, max_col=width_of(sheet))
    head = [[cell for cell in row if cell.value] for row in rows]
    assert [[cell.value for cell in row] for row in head] == [
        ["TỈNH ỦY KIÊN GIANG", "ĐẢNG CỘNG SẢN VIỆT NAM"],
        ["BAN TUYÊN GIÁO"],
        ["*", "Rạch Giá, ngày …… tháng …… năm 2021"],
        ["Số ……-BC/BTGTU"],
    ]
    party, day = head[0][1], head[2][1]
    assert (party.font.bold, party.font.underline, party.font.size) == (True, "single", 15)
    assert head[1][0].font.bold
    assert not head[0][0].font.bold
    assert day.font.italic
    assert day.column == party.column


def test_raw_answers_are_printed_on_few_pages() -> None:
    """Only what is known of each response, one page wide, under its headings."""
    sheet = SHEETS["16. Dữ liệu gốc"]
    assert sheet.print_area == f"'16. Dữ liệu gốc'!$A$1:$M${sheet.max_row}"
    assert sheet["M1"].value == "form_version"
    assert sheet["J1"].value == "sent_at"
    assert sheet.column_dimensions["J"].width > 18
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"


def test_only_the_table_has_borders() -> None:
    sheet = SHEETS["2. Biểu 1 - Cuộc, người dự Đ1"]
    first, _ = heading_rows(sheet)
    bordered = {
        cell.row for row in sheet.iter_rows() for cell in row if cell.border.left.style == "thin"
    }
    last = max(row[0].row for row in sheet.iter_rows() if row[1].value == "TỔNG CỘNG")
    assert bordered == set(range(first, last + 1))


def test_numbers_dates_and_times_are_what_they_are() -> None:
    progress = SHEETS["1. Tiến độ báo cáo"]
    moments = [c for row in progress.iter_rows() for c in row if isinstance(c.value, datetime)]
    assert moments
    assert {cell.number_format for cell in moments} == {"dd/mm/yyyy hh:mm"}
    documents = SHEETS["7. Văn bản triển khai"]
    days = [c for row in documents.iter_rows() for c in row if isinstance(c.value, date)]
    assert days
    assert {cell.number_format for cell in days} == {"dd/mm/yyyy"}
    figures = SHEETS["2. Biểu 1 - Cuộc, người dự Đ1"]
    total = next(row for row in figures.iter_rows() if row[1].value == "TỔNG CỘNG")
    assert [total[i].number_format for i in (2, 14)] == ["#,##0", "0.0"]
    assert isinstance(total[2].value, int)


def test_headings_are_as_high_as_their_text() -> None:
    sheet = SHEETS["5. Biểu 4 - Đoàn viên, hội viên"]
    first, last = heading_rows(sheet)
    assert sum(sheet.row_dimensions[row].height for row in range(first, last + 1)) >= 55


def test_a_blank_formula_is_marked_as_text() -> None:
    """Without the mark, a program that does not calculate shows a blank as 0."""
    sheets = [body for name, body in parts(BOOK).items() if "worksheets/sheet" in name]
    blank = re.compile(rb'<c r="[A-Z0-9]+"(?: s="\d+")?( t="str")?><f>[^<]*</f><v></v></c>')
    found = [match[1] for body in sheets for match in blank.finditer(body)]
    assert found
    assert all(found)


# --- hostile text ---------------------------------------------------------------------------------

NASTY = (
    *HOSTILE, "\r\n=1", "\x00NUL", "\x0b\x1f", "\ufffe\uffff", "a\ud800b", "<v>1</v>", "]]>",
    "http://example.vn", "0912345678", "1234", "TRUE", "#REF!", "'=1", "e\u0302\u0309", "𝕏 🎋",
    " x ", "&amp;",
)  # fmt: skip


def test_no_text_becomes_anything_else() -> None:
    book = written(Sheet("1. a", (20.0,), tuple(Row((text,), ("body text",)) for text in NASTY)))
    for name, body in parts(book).items():
        if name.endswith((".xml", ".rels")):
            ET.fromstring(body)  # noqa: S314 - a file of our own
    sheet = values(book).worksheets[0]
    for text, cell in zip(NASTY, sheet["A"], strict=True):
        assert cell.data_type == "s", text
        assert cell.hyperlink is None
        if text.isprintable() and "\ud800" not in text:
            assert str(cell.value).rstrip(" ") == text.rstrip(" ")


def test_a_text_too_long_for_a_cell_is_cut_where_one_sees_it() -> None:
    long = "ữ" * 40_000
    cut = plain_text(long)
    assert len(cut) == LONGEST_TEXT
    assert cut.endswith("…")
    assert plain_text("ữ" * LONGEST_TEXT) == "ữ" * LONGEST_TEXT
    astral = plain_text("𝕏" * 20_000)
    assert len(astral.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert astral.endswith("𝕏…")
