"""The fill-in workbook: what a clerk sees of the form, and that it comes back as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from forms.answers import Typed
from forms.workbook_sheets import CarriedIdentity, identity_of, read_workbook
from tests.exports.books import SOFFICE, formulas, values
from tests.exports.templates import (
    FORMS,
    IDENTITY,
    KITCHEN,
    PRINTS,
    SHARES,
    answered,
    as_read,
    filled_in,
    form,
    opened,
    place_of,
    read_back,
    saved,
    sheet_with,
    through_libreoffice,
    understood,
    written,
)
from tests.forms.forms import definition

CASES = [(name, share) for name in FORMS for share in SHARES]
YELLOW, BLUE, GREY = "FFFFF8DC", "FFE3ECF7", "FFD9DCE1"


def typed_into(name: str, share: str) -> Typed:
    """Return what is typed into a form in one of the cases."""
    return answered(form(name), SHARES[share])


def key_of(name: str, share: str) -> str:
    return f"{name}-{share}".replace(" ", "_")


@pytest.fixture(scope="module")
def by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the workbook of every case, and a few that were filled in, as LibreOffice saves it."""
    books = {key_of(*case): written(form(case[0]), typed_into(*case)) for case in CASES}
    books |= filled_in_progress() | {"repeats": with_repeats()}
    return through_libreoffice(books, tmp_path_factory.mktemp("template"))


def filled_in_progress() -> dict[str, bytes]:
    """Return a workbook into which figures were typed, by how far the work has come."""
    dot_1 = form("bao_cao_dot_1")
    figures = {
        "cuoc_tt_cap_uy": 3, "cuoc_ol_cap_uy": 2, "cuoc_tt_chi_bo": 1, "cuoc_ol_chi_bo": 0,
        "cuoc_tt_co_quan": 4, "cuoc_ol_co_quan": 0,
    }  # fmt: skip
    states = {"going": "Đang thực hiện", "done": "Đã hoàn thành", "idle": "Chưa thực hiện"}
    blank = written(dot_1)
    return {n: filled_in(dot_1, blank, {**figures, "tien_do": s}) for n, s in states.items()}


def with_repeats() -> bytes:
    """Return a workbook into whose repeats something was typed."""
    book = opened(written(form(KITCHEN)))
    for key, column, value in (("van_ban-0", "F", 12), ("van_ban-2", "F", 30), ("so_to", "D", 2)):
        sheet, row = sheet_with(book, key)
        sheet[f"{column}{row}"] = value
    return saved(book)


def rows(sheet: Worksheet) -> Iterator[tuple[str, list[Any]]]:
    """Yield the key of each row with the values that are shown in it."""
    for row in sheet.iter_rows(min_row=2, values_only=True):
        yield str(row[0]), list(row[2:])


def shown(book: Workbook, key: str, column: str = "D") -> Any:
    """Return what stands in the row with a key."""
    sheet, row = sheet_with(book, key)
    return sheet[f"{column}{row}"].value


# --- back again -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "share"), CASES)
def test_what_was_typed_comes_back_as_it_was(name: str, share: str) -> None:
    typed = typed_into(name, share)
    filled = read_back(form(name), written(form(name), typed))
    assert filled.typed == as_read(form(name), typed)
    assert (filled.faults, filled.notes, filled.missing) == ([], [], [])
    assert bool(typed) is (share != "none")


@pytest.mark.parametrize(("name", "share"), CASES)
def test_opening_and_saving_changes_no_answer(name: str, share: str) -> None:
    typed = typed_into(name, share)
    again = saved(opened(written(form(name), typed)))
    filled = read_back(form(name), again)
    assert filled.typed == as_read(form(name), typed)
    assert (filled.faults, filled.notes, filled.missing) == ([], [], [])
    assert identity_of(read_workbook(again, "a.xlsx")) == CarriedIdentity(IDENTITY, PRINTS)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("name", "share"), CASES)
def test_saving_in_libreoffice_changes_no_answer(
    by_libreoffice: dict[str, bytes], name: str, share: str
) -> None:
    again = by_libreoffice[key_of(name, share)]
    filled = read_back(form(name), again)
    assert filled.typed == as_read(form(name), typed_into(name, share))
    assert (filled.faults, filled.notes, filled.missing) == ([], [], [])
    assert identity_of(read_workbook(again, "a.xlsx")) == CarriedIdentity(IDENTITY, PRINTS)


def test_what_is_wrong_stays_as_it_was_typed() -> None:
    wrong = Typed(
        so_nguoi=["mười"],
        dien_tich=["1,2,3"],
        ngay=["31/2/2021"],
        gio=["25 giờ"],
        danh_gia=["khong_co"],
        nam=["21"],
    )
    assert read_back(form(KITCHEN), written(form(KITCHEN), wrong)).typed == wrong


def test_what_is_not_asked_now_is_not_lost() -> None:
    typed = Typed(tien_do=["hoan_thanh"], ly_do_chua_xong=["Giãn cách xã hội"])
    typed |= {"co_van_ban": ["khong"], "van_ban-2-so_van_ban": ["12-KH"]}
    dot_1 = form("bao_cao_dot_1")
    assert read_back(dot_1, written(dot_1, typed)).typed == typed


def test_a_blank_row_of_a_repeat_has_none_of_the_defaults_of_its_day() -> None:
    typed = Typed({"van_ban-0-ngay_vb": ["20/8/2021"], "van_ban-0-so_trang": ["1"]})
    filled = read_back(form(KITCHEN), written(form(KITCHEN), typed))
    assert filled.typed == {}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_workbook_can_be_read_in_either_language(language: str) -> None:
    typed = typed_into(KITCHEN, "full")
    filled = read_back(form(KITCHEN), written(form(KITCHEN), typed, language))
    assert filled.typed == as_read(form(KITCHEN), typed)


def test_choices_that_are_called_alike_are_told_apart() -> None:
    twins = definition("""
        | survey | type | name | label |
        | | select_one x | a | Chọn |
        | choices | list_name | name | label |
        | | x | mot | Khác |
        | | x | hai | khác |
        | settings | form_title | form_id |
        | | Thử | thu |
    """)
    for name in ("mot", "hai"):
        source = written(twins, Typed(a=[name]))
        assert read_back(twins, source).typed == {"a": [name]}
    assert shown(opened(source), "a") == "khác (hai)"


# --- live cells -----------------------------------------------------------------------------------


def same(stored: Any, computed: Any) -> bool:
    """Tell whether a formula gives what was stored; a text may write decimals another way."""
    if isinstance(stored, str) and isinstance(computed, str):
        return re.sub("[.,]", "", stored) == re.sub("[.,]", "", computed)
    if isinstance(stored, int | float) and isinstance(computed, int | float):
        return type(stored) is type(computed) or abs(stored - computed) < 1e-9
    return (stored or "") == (computed or "")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("name", "share"), CASES)
def test_every_live_cell_is_what_the_form_itself_works_out(
    by_libreoffice: dict[str, bytes], name: str, share: str
) -> None:
    source = written(form(name), typed_into(name, share))
    computed = values(by_libreoffice[key_of(name, share)])
    found = formulas(source)
    wrong = [
        (cell, computed[cell.sheet][cell.address].value)
        for cell in found
        if not same(cell.stored, computed[cell.sheet][cell.address].value)
    ]
    assert wrong == []
    assert len(found) >= (3 if name == "kho_khan_vuong_mac" else 15)


@pytest.mark.parametrize("name", ["bao_cao_dot_1", "bao_cao_dot_2"])
def test_every_total_is_live_and_holds_what_the_form_works_out(name: str) -> None:
    typed = typed_into(name, "full")
    reading = understood(form(name), typed)
    live = [c.stored for c in formulas(written(form(name), typed)) if type(c.stored) is not bool]
    totals = [q for q in form(name).single_questions if q.is_computed and q.labels]
    for question in totals:
        value = reading.values[question.name]
        assert isinstance(value, Decimal), question.name
        assert any(float(value) == one for one in live), question.name
    assert len(totals) >= 4


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_what_is_typed_changes_totals_and_what_is_grey(by_libreoffice: dict[str, bytes]) -> None:
    books = {name: values(by_libreoffice[name]) for name in ("going", "done", "idle")}
    sums = {name: shown(book, "g_cap_uy", "F") for name, book in books.items()}
    assert sums == {"going": 5, "done": 5, "idle": None}
    reason = {name: shown(book, "ly_do_chua_xong", "B") for name, book in books.items()}
    assert reason == {"going": True, "done": False, "idle": True}
    table = {name: shown(book, "g_cap_uy", "B") for name, book in books.items()}
    assert table == {"going": True, "done": True, "idle": False}


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_rows_that_are_filled_in_change_what_a_repeat_comes_to(
    by_libreoffice: dict[str, bytes],
) -> None:
    book = values(by_libreoffice["repeats"])
    sheet, row = sheet_with(book, "so_to")
    assert sheet[f"D{row - 1}"].value == 42
    assert [shown(book, f"van_ban-{n}", "G") for n in range(4)] == [1, None, 2, None]
    assert [shown(book, f"cac_to-{n}", "B") for n in range(3)] == [True, True, False]


def test_a_condition_that_no_formula_can_say_leaves_nothing_grey() -> None:
    odd = definition("""
        | survey | type | name | label | relevant | calculation |
        | | text | a | A | | |
        | | integer | b | B | regex(${a}, '^x') | |
        | | calculate | c | C | | once(${b}) |
        | | calculate | d | D | | ${c} + 1 |
        | | integer | e | E | ${d} > 3 | |
        | settings | form_title | form_id |
        | | Thử | thu |
    """)
    source = written(odd, Typed(a=["x"], b=["5"]))
    assert formulas(source) == []
    book = opened(source)
    assert not any(sheet.conditional_formatting for sheet in book.worksheets)
    # What only the server can work out stands there as it was, or says who works it out.
    assert [row[1] for _, row in rows(book.worksheets[1])][5:7] == ["5", "6"]


# --- what a clerk sees ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dot_1() -> Workbook:
    """Return the workbook of the first round, filled in."""
    return opened(written(form("bao_cao_dot_1"), typed_into("bao_cao_dot_1", "full")))


def test_there_is_a_sheet_for_each_section(dot_1: Workbook) -> None:
    visible = [s.title for s in dot_1.worksheets if s.sheet_state == "visible"]
    assert visible == [
        "Hướng dẫn",
        "I. Thông tin chung",
        "II. Quá trình tổ chức thực hiện",
        "III. Số cuộc, số người dự",
        "IV. Số người được quán triệt",
        "V. Tinh thần, thái độ tiếp",
        "VI. Phương pháp, hình thức",
        "VII. Khó khăn, vướng mắc",
        "VIII. Đề xuất, kiến nghị",
        "IX. Tệp gửi kèm và xác nhận",
    ]
    hidden = [s for s in dot_1.worksheets if s.sheet_state != "visible"]
    assert [s.sheet_state for s in hidden] == ["veryHidden"] * 3


def test_a_form_without_sections_stands_on_one_sheet() -> None:
    book = opened(written(form("kho_khan_vuong_mac")))
    visible = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    assert visible == ["Hướng dẫn", "Phiếu phản ánh khó khăn"]


def test_the_guide_says_whose_workbook_it_is_and_what_to_do(dot_1: Workbook) -> None:
    said = " ".join(str(v) for _, row in rows(dot_1["Hướng dẫn"]) for v in row if v)
    assert "Đơn vị: Thành ủy Rạch Giá" in said
    assert "Đợt báo cáo: Đợt 1" in said
    assert "Hạn báo cáo: 23:59 ngày 31/8/2021" in said
    assert "Nộp tệp Excel đã điền" in said
    english = opened(written(form("bao_cao_dot_1"), language="en"))["Guide"]
    assert "Unit: Thành ủy Rạch Giá" in [row[0] for _, row in rows(english)]


def test_only_answers_can_be_typed(dot_1: Workbook) -> None:
    for sheet in dot_1.worksheets[:10]:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        cells = (cell for row in sheet.iter_rows() for cell in row)
        for cell in (cell for cell in cells if isinstance(cell, Cell)):
            yellow = cell.fill.start_color.rgb == YELLOW
            assert cell.protection.locked is not yellow, cell


def test_every_answer_can_be_typed(dot_1: Workbook) -> None:
    source = written(form("bao_cao_dot_1"), typed_into("bao_cao_dot_1", "full"))
    for name, (sheet, cell) in read_back(form("bao_cao_dot_1"), source).places.items():
        assert dot_1[sheet][cell].protection.locked is False, name


def test_signs_that_look_like_escapes_stay_as_they_are() -> None:
    typed = Typed(ten=["_x000D_ & _x0041_"])
    assert read_back(form(KITCHEN), written(form(KITCHEN), typed)).typed == typed


def test_a_label_carries_its_hint_and_what_must_be_answered(dot_1: Workbook) -> None:
    assert shown(dot_1, "pham_vi", "C") == (
        "Phạm vi quản lý của đơn vị\u00a0*\nChọn theo đối tượng do đơn vị quản lý."
    )
    assert shown(dot_1, "chuc_vu_nguoi_lap", "C") == "Chức vụ"


def rule_at(sheet: Worksheet, cell: str) -> Any:
    """Return the rule of a cell."""
    return next(rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref)


def rule_of(book: Workbook, key: str, column: str = "D") -> Any:
    sheet, row = sheet_with(book, key)
    return rule_at(sheet, f"{column}{row}")


def test_a_choice_is_offered_by_its_label(dot_1: Workbook) -> None:
    rule = rule_of(dot_1, "tien_do")
    assert rule.type == "list"
    name, cells = rule.formula1.split("!")
    offered = [row[0].value for row in dot_1[name][cells.replace("$", "")]]
    assert offered == ["Đã hoàn thành", "Đang thực hiện", "Chưa thực hiện"]
    assert shown(dot_1, "tien_do") in offered
    assert rule.error == "Vui lòng chọn một trong các phương án đã cho."


def test_several_choices_are_marked_each(dot_1: Workbook) -> None:
    marked = {c: shown(dot_1, f"cach_pho_bien/{c}") for c in ("ban_in", "thu_dien_tu", "chua")}
    typed = typed_into("bao_cao_dot_1", "full")["cach_pho_bien"]
    assert marked == {c: "x" if c in typed else None for c in marked}
    assert rule_of(dot_1, "cach_pho_bien/ban_in").formula1 == '"x"'


def test_numbers_and_dates_are_checked_with_the_words_of_the_form(dot_1: Workbook) -> None:
    number = rule_of(dot_1, "g_cap_uy")
    assert (number.type, number.formula1, number.formula2) == ("whole", "0", "5000000")
    assert number.error.startswith("Hội nghị cấp ủy: nhập số nguyên từ 0 trở lên")
    total = rule_of(dot_1, "qt_dv")
    assert total.type == "custom"
    assert "$D$7" in total.formula1
    assert total.errorStyle == "warning"
    day = rule_of(dot_1, "ngay_bao_cao")
    assert "DATE(2021,6,4)" in day.formula1
    assert "TODAY()" in day.formula1
    assert day.error.startswith("Ngày báo cáo phải từ ngày 04/6/2021")
    length = rule_of(dot_1, "so_ky_hieu")
    assert (length.type, length.formula2) == ("textLength", "50")


def test_a_hint_stands_beside_the_cell(dot_1: Workbook) -> None:
    rule = rule_of(dot_1, "so_ky_hieu")
    assert (rule.promptTitle, rule.prompt) == ("Số, ký hiệu báo cáo (nếu có)"[:32], rule.prompt)
    assert rule.prompt == "Ví dụ: 125-BC/BTGHU."


def test_no_rule_is_longer_than_excel_takes() -> None:
    for name in FORMS:
        for sheet in opened(written(form(name))).worksheets:
            for rule in sheet.data_validations.dataValidation:
                assert len(rule.formula1 or "") <= 255
                assert len(rule.error or "") <= 255
                assert len(rule.promptTitle or "") <= 32


def test_what_is_typed_is_of_its_own_kind() -> None:
    typed = Typed(
        so_nguoi=["1.234"], dien_tich=["95,5"], ngay=["1/8/2021"], gio=["14:05"], ma_so=["0912"]
    )
    book = opened(written(form(KITCHEN), typed))
    assert shown(book, "so_nguoi") == 1234
    assert shown(book, "dien_tich") == 95.5
    assert shown(book, "ngay").isoformat() == "2021-08-01T00:00:00"
    assert shown(book, "gio").isoformat() == "14:05:00"
    assert shown(book, "ma_so") == "0912"
    sheet, row = sheet_with(book, "ma_so")
    assert sheet[f"D{row}"].number_format == "@"


def test_no_answer_becomes_a_formula() -> None:
    book = opened(written(form(KITCHEN), Typed(ten=["=1+1"], nhan_xet=["@SUM(A1)"])))
    sheet, row = sheet_with(book, "ten")
    assert (sheet[f"D{row}"].data_type, sheet[f"D{row}"].value) == ("s", "=1+1")


def test_a_fixed_table_is_a_table(dot_1: Workbook) -> None:
    sheet, row = sheet_with(dot_1, "g_cap_uy")
    bands = [sheet.cell(row - 3, column).value for column in range(4, 10)]
    assert bands == ["Số cuộc", None, None, "Lượt người dự", None, None]
    headings = [sheet.cell(row - 2, column).value for column in range(4, 10)]
    assert headings == ["Trực tiếp", "Trực tuyến", "Cộng"] * 2
    assert sheet.row_dimensions[row - 1].hidden
    last, total = sheet_with(dot_1, "g_tong_cuoc")
    assert all(str(last.cell(total, column).value).startswith("=") for column in range(4, 10))


def test_a_repeat_has_what_was_typed_and_rows_to_spare(dot_1: Workbook) -> None:
    sheet, row = sheet_with(dot_1, "van_ban-0")
    assert [sheet.cell(row - 2, column).value for column in range(3, 7)] == [
        "TT", "Loại văn bản\u00a0*", "Số, ký hiệu\u00a0*", "Ngày ban hành\u00a0*",
    ]  # fmt: skip
    typed = typed_into("bao_cao_dot_1", "full")
    shown_rows = [sheet.cell(row + n, 5).value for n in range(4)]
    kept = [typed[f"van_ban-{index}-so_van_ban"][0] for index in (0, 1, 4)]
    assert shown_rows == [*kept, None]
    keys = [key for key, _ in rows(sheet) if key.startswith("van_ban-")]
    assert len(keys) == 20
    assert len(set(keys)) == 20


def test_a_repeat_that_is_nearly_full_still_has_rows_to_spare() -> None:
    full = Typed({f"van_ban-{n}-so_vb": [f"{n}-KH"] for n in range(95)})
    keys = [
        key
        for key, _ in rows(opened(written(form(KITCHEN), full)).worksheets[5])
        if key.startswith("van_ban-")
    ]
    assert keys == [f"van_ban-{n}" for n in range(100)]


def test_files_are_told_and_not_asked() -> None:
    book = opened(written(form("bao_cao_dot_1"), files={"tep_bao_cao": "bao-cao.pdf"}))
    said = [row[1] for _, row in rows(book["IX. Tệp gửi kèm và xác nhận"])]
    assert "Đã có trên máy chủ: bao-cao.pdf. Thay hoặc bỏ tệp trên trang web." in said
    assert "Tệp gửi kèm được thêm trên trang web, sau khi nộp tệp này." in said


def test_what_the_server_knows_is_there_and_locked(dot_1: Workbook) -> None:
    first = dot_1["I. Thông tin chung"]
    assert [first["D5"].value, first["D6"].value] == ["TU-RG", "Thành ủy Rạch Giá"]
    assert first["D5"].protection.locked
    assert first["D5"].fill.start_color.rgb == BLUE


def test_it_is_made_for_a4(dot_1: Workbook) -> None:
    for sheet in dot_1.worksheets:
        if sheet.sheet_state == "visible":
            assert sheet.page_setup.paperSize == 9
            assert sheet.page_setup.fitToHeight in (0, None)
            assert sheet.print_title_rows
    assert dot_1["III. Số cuộc, số người dự"].page_setup.orientation == "landscape"
    assert dot_1["I. Thông tin chung"].freeze_panes == "A5"


def test_what_is_grey_follows_from_a_hidden_cell_of_the_row(dot_1: Workbook) -> None:
    sheet, row = sheet_with(dot_1, "ly_do_chua_xong")
    assert str(sheet[f"B{row}"].value).startswith("=")
    ranges = [(str(r.sqref), f.formula) for r in sheet.conditional_formatting for f in r.rules]
    assert ("C5:F33", ["AND(ISLOGICAL($B5),NOT($B5))"]) in [(a, list(f)) for a, f in ranges]
    assert sheet.column_dimensions["A"].hidden
    assert sheet.column_dimensions["A"].max == 2


def test_a_form_of_many_groups_stands_on_one_sheet() -> None:
    groups = "".join(
        f"| | begin group | g{n} | Phần {n} |\n| | text | t{n} | Câu {n} |\n| | end group | | |\n"
        for n in range(20)
    )
    many = definition(
        f"| survey | type | name | label |\n{groups}"
        "| settings | form_title | form_id |\n| | Nhiều phần | thu |"
    )
    typed = Typed({f"t{n}": [f"Đáp {n}"] for n in range(20)})
    source = written(many, typed)
    assert [s.title for s in opened(source).worksheets][:2] == ["Hướng dẫn", "Nhiều phần"]
    assert read_back(many, source).typed == typed


def test_a_section_may_be_called_what_excel_keeps_for_itself() -> None:
    history = definition("""
        | survey | type | name | label |
        | | begin group | g | History |
        | | text | a | A |
        | | end group | | |
        | settings | form_title | form_id |
        | | Thử | thu |
    """)
    assert opened(written(history)).sheetnames[1] == "History (2)"


def test_a_repeat_whose_count_only_the_server_knows_is_not_grey() -> None:
    counted = definition("""
        | survey | type | name | label | relevant | calculation | repeat_count |
        | | text | a | A | | | |
        | | begin repeat | r | R | | | string-length(translate(${a}, 'x', '')) |
        | | integer | b | B | ${a} = 'x' | | |
        | | calculate | c | C | | ${b} + 1 | |
        | | end repeat | | | | | |
        | | calculate | d | D | | sum(${b}) | |
        | settings | form_title | form_id |
        | | Thử | thu |
    """)
    typed = Typed({"a": ["aaa"], "r-0-b": ["1"], "r-2-b": ["3"]})
    source = written(counted, typed)
    assert formulas(source) == []
    assert read_back(counted, source).typed == typed


def test_a_form_of_very_many_choices_can_be_read_back() -> None:
    choices = "".join(f"| | c | c{n} | Phương án {n} |\n" for n in range(60))
    asked = "".join(f"| | select_multiple c | q{n} | Câu {n} |\n" for n in range(100))
    inside = "".join(f"| | select_multiple c | r{n} | Câu {n} |\n" for n in range(20))
    many = definition(
        f"| survey | type | name | label |\n{asked}| | begin repeat | r | R |\n{inside}"
        f"| | end repeat | | |\n| choices | list_name | name | label |\n{choices}"
        "| settings | form_title | form_id |\n| | Nhiều | thu |"
    )
    typed = Typed({"q3": ["c1", "c59"], "r-0-r7": ["c3"]})
    source = written(many, typed)
    assert read_back(many, source).typed == typed
    assert shown(opened(source), "q3") == "Phương án 1; Phương án 59"


def test_the_same_contents_give_the_same_bytes() -> None:
    typed = typed_into(KITCHEN, "full")
    assert written(form(KITCHEN), typed) == written(form(KITCHEN), typed)


def test_the_place_of_an_answer_is_known() -> None:
    source = written(form("bao_cao_dot_1"))
    place = place_of(form("bao_cao_dot_1"), source, "cuoc_ol_cap_uy")
    assert place == ("III. Số cuộc, số người dự", "E10")
