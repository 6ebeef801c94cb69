"""Workbooks as people and programs leave them: each cell is understood, or refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from forms.answers import Typed
from forms.formats import limits
from forms.workbook_reading import Filled
from forms.workbook_sheets import (
    CarriedIdentity,
    UnreadableWorkbook,
    identity_of,
    read_workbook,
)
from tests.exports.templates import (
    KITCHEN,
    changed,
    filled_in,
    form,
    opened,
    place_of,
    read_back,
    saved,
    sheet_with,
    text_cell,
    with_cell,
    with_part,
    written,
)
from tests.forms.forms import definition
from tests.forms.workbooks import MAIN, archive, ole, raw_xlsx, sheet_xml

DOT_1 = form("bao_cao_dot_1")
TCVN3 = "§¶ng uû x· ®· tæ chøc häc tËp"
VNI = "Ñaûng uûy xaõ ñaõ toå chöùc hoïc taäp"


@pytest.fixture(scope="module")
def blank() -> bytes:
    """Return the blank workbook with questions of every kind."""
    return written(form(KITCHEN))


@pytest.fixture(scope="module")
def dot_1() -> bytes:
    """Return a workbook of the first round with three documents in it."""
    typed = Typed(co_van_ban=["co"])
    for index, number in enumerate(("12-KH", "34-CV", "56-HD")):
        typed[f"van_ban-{index}-so_van_ban"] = [number]
        typed[f"van_ban-{index}-loai_van_ban"] = ["ke_hoach"]
    return written(DOT_1, typed)


def kitchen(source: bytes) -> Filled:
    return read_back(form(KITCHEN), source)


def said(filled: Filled) -> list[tuple[str, str]]:
    """Return the cell and the sentence of every fault."""
    return [(fault.cell, fault.sentence("vi")) for fault in filled.faults]


def notes(filled: Filled) -> list[tuple[str, str]]:
    """Return the cell and the sentence of every note."""
    return [(note.cell, note.sentence("vi")) for note in filled.notes]


def unmerge(sheet: Worksheet) -> None:
    """Unmerge all cells: openpyxl leaves them where they are when it moves rows."""
    for block in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(block))


# --- what one cell may hold -----------------------------------------------------------------------

UNDERSTOOD: list[tuple[str, Any, str]] = [
    # numbers, as numbers and as texts in both styles
    ("so_nguoi", 1234, "1.234"),
    ("so_nguoi", 1234.0, "1.234"),
    ("so_nguoi", "1.234", "1.234"),
    ("so_nguoi", "1,234", "1,234"),
    ("so_nguoi", "1 234", "1 234"),
    ("dien_tich", 1234.5, "1.234,5"),
    ("dien_tich", 0.1 + 0.2, "0,3"),
    ("dien_tich", "1.234,5", "1.234,5"),
    ("dien_tich", "1,234.5", "1,234.5"),
    ("diem", 7, "7"),
    # dates, as dates, texts and serial numbers
    ("ngay", date(2021, 8, 5), "05/8/2021"),
    ("ngay", datetime.combine(date(2021, 8, 5), time(10, 30)), "05/8/2021"),
    ("ngay", "5/8/2021", "5/8/2021"),
    ("ngay", "5-8-2021", "5-8-2021"),
    ("ngay", "2021-08-05", "2021-08-05"),
    ("thang", date(2021, 8, 1), "8/2021"),
    ("thang", "8/2021", "8/2021"),
    ("nam", 2021, "2021"),
    ("nam", date(2021, 5, 1), "2021"),
    ("gio", time(14, 5), "14:05"),
    ("gio", "14h05", "14h05"),
    ("luc", datetime.combine(date(2021, 8, 5), time(14, 5)), "05/8/2021 14:05"),
    ("luc", "14:05 ngày 5/8/2021", "14:05 ngày 5/8/2021"),
    # choices by label, by name, without marks or capitals, in another language
    ("danh_gia", "Đạt yêu cầu", "dat"),
    ("danh_gia", "dat yeu cau", "dat"),
    ("danh_gia", "  ĐẠT   YÊU CẦU ", "dat"),
    ("danh_gia", "Acceptable", "dat"),
    ("danh_gia", "chua_dat", "chua_dat"),
    ("dong_y", "x", "OK"),
    ("dong_y", "X", "OK"),
    ("dong_y", "✓", "OK"),
    ("dong_y", "có", "OK"),
    ("dong_y", True, "OK"),
    # texts
    ("ten", "Nguyễn Văn A", "Nguyễn Văn A"),
    ("ten", 12, "12"),
    ("nhan_xet", "dòng một\ndòng hai", "dòng một\ndòng hai"),
    ("noi", "10.0125, 105.0809", "10.0125, 105.0809"),
]


@pytest.mark.parametrize(("name", "value", "typed"), UNDERSTOOD)
def test_a_cell_is_understood(blank: bytes, name: str, value: Any, typed: str) -> None:
    filled = kitchen(filled_in(form(KITCHEN), blank, {name: value}))
    assert filled.typed == {name: [typed]}
    assert filled.faults == []


def test_a_mark_that_says_no_is_none(blank: bytes) -> None:
    for value in ("không", "0", False):
        assert kitchen(filled_in(form(KITCHEN), blank, {"dong_y": value})).typed == {}


def with_number(blank: bytes, name: str, text: str, attributes: str = "") -> Filled:
    """Return what is read when a cell holds a number, whatever its style."""
    place = place_of(form(KITCHEN), blank, name)
    return kitchen(with_cell(blank, place, f"<v>{text}</v>", attributes))


def test_a_day_as_a_number_is_read_and_told(blank: bytes) -> None:
    filled = with_number(blank, "ngay", "44413")
    assert filled.typed == {"ngay": ["05/8/2021"]}
    assert notes(filled)[0][1] == "Ô này là số 44413; đọc là ngày giờ 05/8/2021."


def test_a_year_is_no_day(blank: bytes) -> None:
    assert with_number(blank, "ngay", "2021").typed == {"ngay": ["2021"]}


def test_a_clock_as_a_number_is_read_and_told(blank: bytes) -> None:
    filled = with_number(blank, "gio", "0.5")
    assert filled.typed == {"gio": ["12:00"]}
    assert len(filled.notes) == 1


def test_days_are_counted_from_1904_where_the_file_says_so(blank: bytes) -> None:
    place = place_of(form(KITCHEN), blank, "ngay")
    source = with_cell(blank, place, "<v>42951</v>")
    source = with_part(
        source, "xl/workbook.xml", lambda x: x.replace("<workbookPr ", '<workbookPr date1904="1" ')
    )
    assert kitchen(source).typed == {"ngay": ["05/8/2021"]}


def test_a_percentage_is_read_as_people_see_it(blank: bytes) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "dien_tich")
        sheet[f"D{row}"] = 0.955
        sheet[f"D{row}"].number_format = "0.0%"

    filled = kitchen(changed(blank, fill))
    assert filled.typed == {"dien_tich": ["95,5"]}
    assert notes(filled)[0][1] == "Ô này có dạng phần trăm; đọc là 95,5."


def test_a_date_in_a_text_is_read_and_told(blank: bytes) -> None:
    filled = kitchen(filled_in(form(KITCHEN), blank, {"ten": date(2021, 12, 5)}))
    assert filled.typed == {"ten": ["05/12/2021"]}
    assert notes(filled)[0][1] == "Excel coi ô này là ngày giờ; đọc là “05/12/2021”."


def test_texts_may_stand_in_the_cell_itself(blank: bytes) -> None:
    place = place_of(form(KITCHEN), blank, "ten")
    source = with_cell(blank, place, text_cell("Đào Thị B"), 't="inlineStr"')
    assert kitchen(source).typed == {"ten": ["Đào Thị B"]}


def test_runs_of_a_text_are_one_text(blank: bytes) -> None:
    runs = "<is><r><t>Đào </t></r><r><rPr><b/></rPr><t>Thị B</t></r></is>"
    source = with_cell(blank, place_of(form(KITCHEN), blank, "ten"), runs, 't="inlineStr"')
    assert kitchen(source).typed == {"ten": ["Đào Thị B"]}


# --- formulas -------------------------------------------------------------------------------------


def test_the_result_of_a_formula_is_taken_and_told(blank: bytes) -> None:
    filled = kitchen(
        with_cell(blank, place_of(form(KITCHEN), blank, "so_nguoi"), "<f>700+34</f><v>734</v>")
    )
    assert filled.typed == {"so_nguoi": ["734"]}
    cell = place_of(form(KITCHEN), blank, "so_nguoi")[1]
    assert notes(filled) == [(cell, "Ô này là công thức; đã lấy giá trị của công thức: 734.")]


@pytest.mark.parametrize("content", ["<f>1+1</f>", "<f>1+1</f><v></v>"])
def test_a_formula_without_a_result_is_refused_by_its_cell(blank: bytes, content: str) -> None:
    place = place_of(form(KITCHEN), blank, "so_nguoi")
    filled = kitchen(with_cell(blank, place, content))
    assert said(filled) == [
        (
            place[1],
            "Ô này là công thức chưa có giá trị. Vui lòng nhập giá trị thay cho công thức.",
        )
    ]
    assert filled.refused == {"so_nguoi"}
    assert filled.faults[0].sheet == place[0] == "I. Chữ và số"


def test_an_error_of_excel_is_refused_by_its_cell(blank: bytes) -> None:
    place = place_of(form(KITCHEN), blank, "so_nguoi")
    filled = kitchen(with_cell(blank, place, "<f>1/0</f><v>#DIV/0!</v>", 't="e"'))
    assert said(filled) == [(place[1], "Ô này có giá trị lỗi #DIV/0!; vui lòng sửa lại.")]


def test_what_is_worked_out_is_never_read(blank: bytes) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "dien_tich")
        sheet[f"D{row + 1}"] = 999

    assert kitchen(changed(blank, fill)).typed == {}


# --- what cannot be meant -------------------------------------------------------------------------


def test_a_number_with_decimals_is_no_count(blank: bytes) -> None:
    # In English Excel, who types 1.234 gets a number a thousand times too small.
    filled = kitchen(filled_in(form(KITCHEN), blank, {"so_nguoi": 1.234}))
    (fault,) = said(filled)
    assert fault[1] == "Ô này có giá trị 1,234. Vui lòng nhập số nguyên, ví dụ 1234."
    assert filled.typed == {}


def test_a_date_is_no_number(blank: bytes) -> None:
    filled = kitchen(filled_in(form(KITCHEN), blank, {"so_nguoi": date(2021, 2, 1)}))
    assert said(filled)[0][1].startswith("Excel coi ô này là ngày giờ (01/02/2021)")


@pytest.mark.parametrize(("text", "encoding"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
@pytest.mark.parametrize("name", ["ten", "nhan_xet", "danh_gia"])
def test_an_old_encoding_is_refused_by_its_cell(
    blank: bytes, name: str, text: str, encoding: str
) -> None:
    filled = kitchen(filled_in(form(KITCHEN), blank, {name: text}))
    cell = place_of(form(KITCHEN), blank, name)[1]
    assert said(filled) == [
        (
            cell,
            f"Ô này dùng bảng mã cũ ({encoding}); vui lòng chuyển sang Unicode rồi tải lên lại.",
        )
    ]
    assert filled.typed == {}


@pytest.mark.parametrize(
    ("font", "text", "fault"),
    [
        (".VnTime", "tæ", True),
        (".VnTimeH", "123-BC/BTG", False),
        ("VNI-Times", "Ñaûng", True),
        ("VNI-Times", "123-BC", False),
        (".VnTime", "Đảng ủy", False),
    ],
)
def test_an_old_font_counts_where_letters_have_marks(
    blank: bytes, font: str, text: str, fault: bool
) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "ten")
        sheet[f"D{row}"] = text
        sheet[f"D{row}"].font = Font(name=font)

    filled = kitchen(changed(blank, fill))
    assert bool(filled.faults) is fault
    assert filled.typed == ({} if fault else {"ten": [text]})


def test_only_a_mark_marks(blank: bytes) -> None:
    filled = kitchen(filled_in(form(KITCHEN), blank, {"dong_y": "đồng ý một phần"}))
    assert said(filled)[0][1] == (
        "Ô này chỉ để đánh dấu x hoặc để trống, không ghi “đồng ý một phần”."
    )


def test_a_choice_that_is_none_is_left_to_the_form(blank: bytes) -> None:
    assert kitchen(filled_in(form(KITCHEN), blank, {"danh_gia": "Rất tốt"})).typed == {
        "danh_gia": ["Rất tốt"]
    }


# --- rows, columns, sheets ------------------------------------------------------------------------


def test_sheets_may_be_renamed_and_moved(dot_1: bytes) -> None:
    before = read_back(DOT_1, dot_1).typed

    def rename(book: Workbook) -> None:
        for number, sheet in enumerate(book.worksheets):
            sheet.title = f"Trang {number}"
        book.move_sheet(book.worksheets[3], -2)

    after = read_back(DOT_1, changed(dot_1, rename))
    assert after.typed == before
    assert after.places["tien_do"] == ("Trang 2", "D5")


def test_protection_and_looks_may_be_dropped(dot_1: bytes) -> None:
    def strip(xml: str) -> str:
        xml = re.sub("<sheetProtection[^>]*/>", "", xml)
        for tag in ("dataValidations", "conditionalFormatting", "cols"):
            xml = re.sub(rf"<{tag}\b.*</{tag}>", "", xml, flags=re.DOTALL)
        return re.sub(r' s="\d+"', "", xml)

    source = dot_1
    for number in range(1, 12):
        source = with_part(source, f"xl/worksheets/sheet{number}.xml", strip)
    assert read_back(DOT_1, source).typed == read_back(DOT_1, dot_1).typed


def test_rows_and_columns_may_be_inserted(dot_1: bytes) -> None:
    before = read_back(DOT_1, dot_1)

    def insert(book: Workbook) -> None:
        sheet, row = sheet_with(book, "co_van_ban")
        unmerge(sheet)
        sheet.insert_cols(4, 2)
        sheet.insert_rows(row, 3)

    after = read_back(DOT_1, changed(dot_1, insert))
    assert after.typed == before.typed
    assert after.faults == after.missing == []
    assert after.places["co_van_ban"][1] == "F10"


def test_what_is_written_beside_the_form_is_told_and_not_read(dot_1: bytes) -> None:
    def scribble(book: Workbook) -> None:
        sheet, row = sheet_with(book, "tien_do")
        sheet[f"K{row}"] = "hỏi lại phòng Tổ chức"
        sheet["D60"] = "tổng hợp ở đây"
        book.create_sheet("Nháp")["A1"] = "ghi chú"

    filled = read_back(DOT_1, changed(dot_1, scribble))
    assert filled.typed == read_back(DOT_1, dot_1).typed
    assert notes(filled) == [
        ("K5", "Ô này không thuộc biểu mẫu nên không được đọc: “hỏi lại phòng Tổ chức”."),
        ("D60", "Ô này không thuộc biểu mẫu nên không được đọc: “tổng hợp ở đây”."),
        ("", "Trang tính này không thuộc biểu mẫu nên không được đọc."),
    ]


def test_a_question_whose_row_is_gone_is_told(dot_1: bytes) -> None:
    def delete(book: Workbook) -> None:
        sheet, row = sheet_with(book, "tien_do")
        sheet.delete_rows(row)
        del book["VI. Phương pháp, hình thức"]

    filled = read_back(DOT_1, changed(dot_1, delete))
    assert filled.missing == ["tien_do", "co_sang_tao", "mo_hinh"]


def test_a_choice_whose_row_is_gone_is_refused(blank: bytes) -> None:
    def delete(book: Workbook) -> None:
        sheet, row = sheet_with(book, "cach/loa")
        unmerge(sheet)
        sheet[f"D{row - 1}"] = "x"
        sheet.delete_rows(row)

    filled = kitchen(changed(blank, delete))
    assert said(filled)[0][1] == (
        "Dòng “Loa truyền thanh” của mục “Cách làm” đã bị xóa. Vui lòng tải lại tệp và chép nội "
        "dung sang."
    )
    assert filled.refused == {"cach"}
    assert filled.typed == {}


def test_merged_answers_are_refused_by_their_cells(blank: bytes) -> None:
    def merge(book: Workbook) -> None:
        sheet, row = sheet_with(book, "so_nguoi")
        sheet[f"D{row}"], sheet[f"D{row + 1}"] = 5, 7
        sheet.merge_cells(f"D{row}:D{row + 1}")

    filled = kitchen(changed(blank, merge))
    (fault,) = said(filled)
    assert fault[1].startswith(f"Các ô {fault[0]}:D")
    assert filled.refused == {"so_nguoi", "dien_tich"}
    assert filled.typed == {}


def test_an_answer_merged_with_its_label_is_refused(blank: bytes) -> None:
    def merge(book: Workbook) -> None:
        sheet, row = sheet_with(book, "ten")
        sheet.merge_cells(f"C{row}:D{row}")

    assert kitchen(changed(blank, merge)).refused == {"ten"}


def test_an_answer_that_is_merged_with_blank_cells_is_read(blank: bytes) -> None:
    def merge(book: Workbook) -> None:
        sheet, row = sheet_with(book, "ten")
        sheet[f"D{row}"] = "Lê Thị C"
        sheet.merge_cells(f"D{row}:H{row}")

    assert kitchen(changed(blank, merge)).typed == {"ten": ["Lê Thị C"]}


def test_a_sheet_that_stands_twice_counts_once(dot_1: bytes) -> None:
    def copy(book: Workbook) -> None:
        sheet, row = sheet_with(book, "co_van_ban")
        sheet.title = "II"
        twin = book.copy_worksheet(sheet)
        twin[f"D{row}"] = "Không"

    filled = read_back(DOT_1, changed(dot_1, copy))
    assert filled.refused == {"co_van_ban"}
    faults = said(filled)
    sentence = "Mục này có hai ô trong tệp; ô kia là II!D7. Vui lòng chỉ giữ một ô."
    assert ("D7", sentence) in faults
    assert "Bảng này có hai lần trong tệp. Vui lòng chỉ giữ một bảng." in [s for _, s in faults]
    assert filled.typed["van_ban-2-so_van_ban"] == ["56-HD"]


# --- rows of repeats ------------------------------------------------------------------------------


def documents(filled: Filled) -> list[str]:
    """Return the numbers of the documents, in order of their instances."""
    found = {n: t[0] for n, t in filled.typed.items() if n.endswith("-so_van_ban")}
    return [found[name] for name in sorted(found, key=lambda n: int(n.split("-")[1]))]


def repeat_rows(book: Workbook) -> tuple[Worksheet, int]:
    return sheet_with(book, "van_ban-0")


def test_a_row_of_a_repeat_may_be_blanked(dot_1: bytes) -> None:
    def clear(book: Workbook) -> None:
        sheet, row = repeat_rows(book)
        for column in "DEF":
            sheet[f"{column}{row + 1}"] = None

    filled = read_back(DOT_1, changed(dot_1, clear))
    assert documents(filled) == ["12-KH", "56-HD"]
    assert "van_ban-2-so_van_ban" in filled.typed


def test_rows_of_a_repeat_may_be_inserted(dot_1: bytes) -> None:
    def insert(book: Workbook) -> None:
        sheet, row = repeat_rows(book)
        sheet.insert_rows(row + 1)
        sheet[f"E{row + 1}"] = "13-KH"

    filled = read_back(DOT_1, changed(dot_1, insert))
    assert documents(filled) == ["12-KH", "13-KH", "34-CV", "56-HD"]
    assert filled.faults == filled.notes == []


def test_rows_of_a_repeat_may_be_copied(dot_1: bytes) -> None:
    def copy(book: Workbook) -> None:
        sheet, row = repeat_rows(book)
        sheet.insert_rows(row + 1)
        for column in "ADEF":
            sheet[f"{column}{row + 1}"] = sheet[f"{column}{row}"].value

    assert documents(read_back(DOT_1, changed(dot_1, copy))) == ["12-KH", "12-KH", "34-CV", "56-HD"]


def test_rows_of_a_repeat_may_be_sorted(dot_1: bytes) -> None:
    def swap(book: Workbook) -> None:
        sheet, row = repeat_rows(book)
        for column in "ADEF":
            first, last = sheet[f"{column}{row}"], sheet[f"{column}{row + 2}"]
            first.value, last.value = last.value, first.value

    assert documents(read_back(DOT_1, changed(dot_1, swap))) == ["56-HD", "34-CV", "12-KH"]


def test_a_repeat_takes_a_hundred_rows(dot_1: bytes) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = repeat_rows(book)
        unmerge(sheet)
        sheet.insert_rows(row + 3, 100)
        for number in range(3, 103):
            sheet[f"E{row + number}"] = f"{number}-KH"

    filled = read_back(DOT_1, changed(dot_1, fill))
    assert len(documents(filled)) == 100
    assert [s for _, s in said(filled)] == ["Bảng này chỉ nhận tối đa 100 dòng."] * 3


def test_a_row_of_a_counted_repeat_is_known_by_its_number(blank: bytes) -> None:
    def insert(book: Workbook) -> None:
        sheet, row = sheet_with(book, "cac_to-0")
        sheet[f"D{row + 1}"] = "Bà Ba"
        sheet.insert_rows(row)
        sheet[f"D{row}"] = "Ông Tư"

    filled = kitchen(changed(blank, insert))
    assert filled.typed == {"cac_to-1-to_truong": ["Bà Ba"]}
    assert said(filled)[0][1].startswith("Dòng này được chèn thêm hoặc chép từ dòng khác")


def test_a_repeat_that_lost_a_column_is_refused(dot_1: bytes) -> None:
    def delete(book: Workbook) -> None:
        sheet, _ = repeat_rows(book)
        unmerge(sheet)
        sheet.delete_cols(6)

    filled = read_back(DOT_1, changed(dot_1, delete))
    assert said(filled)[0][1].startswith("Bảng này đã mất cột “Ngày ban hành”.")


def test_choices_in_a_repeat_have_a_column_each() -> None:
    form_with_choices = definition(
        """
        | survey | type | name | label | required |
        | | begin repeat | doan | Đoàn | |
        | | text | ten | Tên | |
        | | select_multiple cach | cach | Cách | |
        | | select_multiple dai | dai | Danh sách dài | |
        | | rank cach | thu_tu | Thứ tự | |
        | | acknowledge | xong | Xong | |
        | | end repeat | | | |
        | choices | list_name | name | label |
        | | cach | hop | Họp |
        | | cach | loa | Loa |
        """
        + "".join(f"| | dai | c{n} | Xã {n} |\n" for n in range(20))
        + "| settings | form_title | form_id |\n| | Thử | thu |"
    )
    typed = Typed({
        "doan-0-cach": ["hop", "loa"], "doan-0-dai": ["c3", "c19"], "doan-0-xong": ["OK"],
        "doan-1-ten": ["Hai"], "doan-1-thu_tu": ["loa", "hop"],
    })  # fmt: skip
    source = written(form_with_choices, typed)
    assert read_back(form_with_choices, source).typed == typed
    place = read_back(form_with_choices, source).places["doan-0-dai"]
    wrong = with_cell(source, place, text_cell("Xã 3; Xã lạ"), 't="inlineStr"')
    assert said(read_back(form_with_choices, wrong))[0][1].startswith("Không có phương án “Xã lạ”")
    sheet, row = sheet_with(opened(source), "doan-0")
    assert [sheet.cell(row, column).value for column in range(4, 9)] == [
        None, "x", "x", "Xã 3; Xã 19", None,
    ]  # fmt: skip


# --- files that are none of ours ------------------------------------------------------------------


def refused(source: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(source, name)
    return caught.value.note.sentence("vi")


def test_other_kinds_of_files_are_told_what_to_do() -> None:
    assert "kiểu Excel cũ (.xls) hoặc có mật khẩu" in refused(ole(b"x"), "a.xls")
    assert "kiểu Excel cũ (.xls) hoặc có mật khẩu" in refused(ole(b"x"), "a.xlsx")
    sheet = {"content.xml": b"<x/>", "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}
    assert "kiểu OpenDocument (.ods)" in refused(archive(sheet), "a.ods")
    assert "Tệp văn bản (.csv)" in refused("Mã;Tên\n1;2".encode(), "a.csv")
    assert "(PDF)" in refused(b"%PDF-1.7", "a.xlsx")
    assert "(Word .docx)" in refused(archive({"word/document.xml": b"<x/>"}))
    assert "không rõ loại tệp" in refused(b"\x01\x02", "a.xlsx")
    assert refused(b"", "a.xlsx") == "Tệp không có nội dung."
    assert "tối đa 5 MB" in refused(b"PK\x03\x04" + bytes(limits.LARGEST_FILE), "a.xlsx")


@pytest.mark.parametrize("cut", [100, 2000])
def test_a_damaged_file_is_refused(blank: bytes, cut: int) -> None:
    assert "Tệp bị hỏng" in refused(blank[:-cut])


def test_a_file_with_macros_is_refused(blank: bytes) -> None:
    output = BytesIO(blank)
    with ZipFile(output, "a", ZIP_DEFLATED) as file:
        file.writestr("xl/vbaProject.bin", b"x")
    assert "macro" in refused(output.getvalue())


MERGES = "".join(f"<mergeCell ref='A{n}:XFD{n}'/>" for n in range(1, 101))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "entities": lambda: raw_xlsx({"a": sheet_xml("", "<!DOCTYPE x [<!ENTITY a 'b'>]>")}),
    "far away": lambda: raw_xlsx({"a": sheet_xml("<row r='1048576'><c><v>1</v></c></row>")}),
    "deep": lambda: raw_xlsx({"a": sheet_xml("<row>" * 100)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    assert refused(HOSTILE[name]())


def test_too_many_merged_cells_are_refused() -> None:
    head = "<row r='1'><c t='inlineStr'><is><t>#phieu</t></is></c></row>"
    xml = f"<worksheet xmlns='{MAIN}'><sheetData>{head}</sheetData><mergeCells>{MERGES}"
    source = raw_xlsx({"a": f"{xml}</mergeCells></worksheet>"})
    with pytest.raises(UnreadableWorkbook) as caught:
        kitchen(source)
    assert caught.value.note.key == "too_many_elements"


def test_keys_that_mean_nothing_are_left_alone(blank: bytes) -> None:
    def confuse(book: Workbook) -> None:
        sheet, row = sheet_with(book, "ten")
        for offset, key in enumerate(("khong_co", "cuoc", "van_ban-99", "#khong_co", "#ten", "/")):
            sheet[f"A{row + offset}"] = key
            sheet[f"D{row + offset}"] = "abc"

    filled = kitchen(changed(blank, confuse))
    assert filled.typed == {}
    assert "ten" in filled.missing


def test_a_workbook_without_its_hidden_sheets_has_no_identity(blank: bytes) -> None:
    def delete(book: Workbook) -> None:
        del book["_phieu"]

    assert identity_of(read_workbook(changed(blank, delete), "a.xlsx")) == CarriedIdentity()


def test_cells_without_addresses_are_understood(blank: bytes) -> None:
    source = filled_in(form(KITCHEN), blank, {"ten": "Trần D"})

    def strip(xml: str) -> str:
        # Only where every cell of a row is there can its place be left out.
        rows = re.findall(r"<row .*?</row>", xml, re.DOTALL)
        row = next(row for row in rows if "Trần D" in row or 'r="4"' in row)
        return xml.replace(row, re.sub(r' r="[A-Z]+[0-9]+"', "", row))

    assert kitchen(with_part(source, "xl/worksheets/sheet3.xml", strip)).typed == {
        "ten": ["Trần D"]
    }


def test_saving_twice_is_the_same(dot_1: bytes) -> None:
    once = saved(opened(dot_1))
    assert read_back(DOT_1, saved(opened(once))).typed == read_back(DOT_1, dot_1).typed
