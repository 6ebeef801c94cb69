"""The form in Excel: what a unit downloads, and what becomes of what it uploads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook

from forms.compile import compile_form
from forms.tree import Definition
from forms.workbook_sheets import identity_of, read_workbook
from models import Draft, Link, Revision, Round
from services import definitions
from tests.conftest import LIBRARY
from tests.exports.templates import (
    changed,
    form,
    opened,
    place_of,
    read_back,
    saved,
    sheet_with,
    written,
)
from tests.factories import WORKING_DAY, revoke, unit_link
from tests.stored import (
    UNIT_NAME,
    count,
    everything,
    in_days,
    looking,
    open_round,
    revisions,
    sent_answers,
    writing,
)
from tests.visitor import Page, Visitor, plausible

DOT_1 = form("bao_cao_dot_1")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def download(client: FlaskClient, code: str, language: str = "vi") -> bytes:
    """Return the workbook behind a link."""
    response = client.get(f"/{code}/excel?lang={language}")
    assert response.status_code == 200
    return response.data


def upload(visitor: Visitor, code: str, source: bytes, name: str = "bao-cao.xlsx") -> Page:
    """Upload a workbook and look at what was read of it."""
    return visitor.post(f"/{code}/excel/nop", {"workbook": (source, name)}, multipart=True)


def filled(source: bytes, values: Mapping[str, Any], definition: Definition = DOT_1) -> bytes:
    """Return a workbook with values in the cells of inputs, or in any cell of a sheet."""

    def fill(book: Workbook) -> None:
        for name, value in values.items():
            sheet, cell = place_of(definition, source, name)
            book[sheet][cell] = value

    return changed(source, fill)


def draft(app: Flask) -> dict[str, list[str]]:
    """Return what the only draft holds."""
    with looking(app) as session:
        return dict(session.query(Draft).one().values)


def complete(visitor: Visitor, code: str) -> None:
    """Keep a whole form as the draft, plausibly filled in."""
    page = visitor.open(f"/{code}?all=1")
    assert visitor.send(page, "save", plausible(page.form)).status == 303


# --- downloading ----------------------------------------------------------------------------------


def test_the_form_is_offered_in_excel(visitor: Visitor, code: str) -> None:
    for address in (f"/{code}", f"/{code}?all=1"):
        page = visitor.open(address)
        assert page.link("Tải biểu mẫu Excel về") == f"/{code}/excel"
        assert page.link("Nộp tệp Excel đã điền") == f"/{code}/excel/nop"


def test_the_download_is_a_file_of_excel_with_a_name(client: FlaskClient, code: str) -> None:
    response = client.get(f"/{code}/excel")
    assert response.mimetype.endswith("spreadsheetml.sheet")
    name = response.headers["Content-Disposition"]
    assert 'filename="dot 1' in name
    assert "Thành ủy Rạch Giá.xlsx" in unquote(name)
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_the_download_holds_what_was_typed(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    typed = read_back(DOT_1, download(client, code)).typed
    assert typed["tien_do"] == ["hoan_thanh"]
    assert typed["cuoc_tt_cap_uy"] == ["1.234"]
    assert typed["van_ban-0-so_van_ban"] == ["Đúng kế hoạch"]


def test_looking_stores_nothing(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    before = everything(app)
    source = download(client, code)
    assert visitor.open(f"/{code}/excel/nop").status == 200
    assert client.head(f"/{code}/excel").status_code == 200
    assert upload(visitor, code, filled(source, {"chuc_vu_nguoi_lap": "Phó ban"})).status == 200
    assert everything(app) == before


def test_the_workbook_never_holds_the_link(client: FlaskClient, code: str) -> None:
    book = opened(download(client, code))
    cells = (c.value for s in book.worksheets for row in s.iter_rows() for c in row)
    assert not any(code in str(value) for value in cells)


def test_a_page_in_english_gives_a_workbook_in_english(client: FlaskClient, code: str) -> None:
    book = opened(download(client, code, "en"))
    assert book.sheetnames[:2] == ["Guide", "I. General information"]


# --- the dry run ----------------------------------------------------------------------------------


def test_what_was_read_is_shown_before_anything_is_kept(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = filled(
        download(client, code),
        {"chuc_vu_nguoi_lap": "Phó Trưởng ban", "tien_do": "Đang thực hiện", "tong_dv": 12},
    )
    page = upload(visitor, code, source)
    assert page.status == 200
    assert "Tệp: bao-cao.xlsx. Đã đọc được 3 câu trả lời. Chưa lưu, chưa gửi gì." in page.text
    assert "Phó Trưởng ban" in page.text
    assert "Đang thực hiện" in page.text
    assert page.form.actions() == ["save"]


def test_an_error_names_its_sheet_and_cell_in_the_words_of_the_form(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = filled(
        download(client, code),
        {"cuoc_ol_cap_uy": -3, "dien_thoai": "abc", "tien_do": "xong rồi", "so_lieu_den_ngay": "?"},
    )
    page = upload(visitor, code, source)
    assert page.status == 422
    assert "4 ô chưa đúng" in page.text
    for sentence in (
        "Ô E10, trang tính “III. Số cuộc, số người dự” (Hội nghị cấp ủy, Số cuộc: trực tuyến): Hội",
        "Hội nghị cấp ủy: nhập số nguyên từ 0 trở lên",
        "Ô D13, trang tính “I. Thông tin chung” (Số điện thoại liên hệ công vụ): Số điện thoại gồm",
        "Ô D5, trang tính “II. Quá trình tổ chức thực hiện”",
        "Ngày ghi theo dạng ngày/tháng/năm",
    ):
        assert sentence in page.text


def test_an_error_is_told_in_english_on_an_english_page(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = filled(download(client, code, "en"), {"cuoc_ol_cap_uy": -3})
    page = visitor.post(
        f"/{code}/excel/nop?lang=en", {"workbook": (source, "a.xlsx")}, multipart=True
    )
    assert "1 cell is wrong" in page.text
    assert "Cell E10, sheet “III. Meetings and attendance”" in page.text
    assert "enter a whole number, 0 or more" in page.text


def test_a_cell_that_cannot_be_read_is_told_by_its_place(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = filled(download(client, code), {"nguoi_lap": "TrÇn ThÞ BÐ ®ång chÝ"})
    page = upload(visitor, code, source)
    assert page.status == 422
    assert "Ô D11, trang tính “I. Thông tin chung”: Ô này dùng bảng mã cũ (TCVN3)" in page.text


def test_what_is_missing_is_listed_by_its_cells(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = upload(visitor, code, download(client, code))
    assert page.status == 200
    assert re.search("Còn thiếu 3[0-9] câu trả lời", page.text)
    assert "Ô D7, trang tính “I. Thông tin chung” (Phạm vi quản lý của đơn vị)" in page.text


def test_answers_that_are_not_asked_are_told(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = filled(
        download(client, code), {"tien_do": "Đã hoàn thành", "ly_do_chua_xong": "Giãn cách"}
    )
    page = upload(visitor, code, source)
    assert "Mục này không phải nhập, theo câu trả lời ở mục khác; sẽ không được gửi." in page.text


# --- keeping and sending --------------------------------------------------------------------------


def test_a_workbook_becomes_the_draft(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    values = {
        "chuc_vu_nguoi_lap": "Phó Trưởng ban",
        "tien_do": "Đang thực hiện",
        "ly_do_chua_xong": "Giãn cách.\nXong trong tháng 9.",
        "cuoc_tt_cap_uy": 1234,
        "cach_pho_bien": "x",
        "ngay_bao_cao": "20/8/2021",
    }
    page = upload(visitor, code, filled(download(client, code), values))
    after = visitor.follow(visitor.send(page, "save"))
    assert "Đã lưu nháp lúc" in after.text
    kept = draft(app)
    assert kept["ly_do_chua_xong"] == ["Giãn cách.\r\nXong trong tháng 9."]
    assert kept["cuoc_tt_cap_uy"] == ["1.234"]
    assert kept["cach_pho_bien"] == ["ban_in"]
    assert after.typed("chuc_vu_nguoi_lap") == "Phó Trưởng ban"
    assert revisions(app) == []


def test_what_is_wrong_can_be_kept_and_put_right_on_the_web_page(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = upload(visitor, code, filled(download(client, code), {"cuoc_tt_cap_uy": "ba cuộc"}))
    assert page.form.actions() == ["save"]
    after = visitor.follow(visitor.send(page, "save"))
    assert after.typed("cuoc_tt_cap_uy") == "ba cuộc"
    assert "Nhập số nguyên" in after.text


def test_a_whole_workbook_is_sent(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    source = filled(download(client, code), {"chuc_vu_nguoi_lap": "Phó Trưởng ban"})
    page = upload(visitor, code, source)
    assert "Đã đủ nội dung" in page.text
    assert page.form.actions() == ["submit", "save"]
    receipt = visitor.follow(visitor.send(page, "submit"))
    assert "Biên nhận điện tử" in receipt.text
    assert sent_answers(app)["chuc_vu_nguoi_lap"] == "Phó Trưởng ban"
    assert sent_answers(app)["cuoc_tt_cap_uy"] == 1234


def test_sending_a_workbook_twice_sends_it_once(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    page = upload(visitor, code, filled(download(client, code), {"nguoi_lap": "Lê Thị Hai"}))
    first, again = (visitor.send(page, "submit") for _ in range(2))
    assert first.location == again.location
    assert len(revisions(app)) == 1


def test_a_blank_cell_blanks_an_answer(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    page = upload(visitor, code, filled(download(client, code), {"chuc_vu_nguoi_lap": None}))
    assert "1 câu trả lời khác với trên máy chủ" in page.text
    assert "(trống)" in page.text
    visitor.send(page, "save")
    assert draft(app).get("chuc_vu_nguoi_lap", [""]) == [""]
    assert draft(app)["nguoi_lap"] == ["Đúng kế hoạch"]


def test_files_that_were_sent_on_the_web_page_stay(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    values = {**plausible(page.form), "tep_bao_cao": (PDF, "báo cáo.pdf")}
    visitor.send(page, "save", values)
    book = opened(download(client, code))
    said = [row[3] for row in book["IX. Tệp gửi kèm và xác nhận"].iter_rows(values_only=True)]
    assert any("Đã có trên máy chủ: báo cáo.pdf" in str(text) for text in said)
    page = upload(visitor, code, filled(saved(book), {"nguoi_lap": "Lê Thị Hai"}))
    assert "báo cáo.pdf" in page.text
    receipt = visitor.follow(visitor.send(page, "submit"))
    assert "báo cáo.pdf" in receipt.text


def test_a_report_that_was_sent_is_corrected_in_excel(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "submit", plausible(page.form))
    source = filled(download(client, code), {"cuoc_tt_cap_uy": 99})
    visitor.follow(visitor.send(upload(visitor, code, source), "submit"))
    assert [r.number for r in revisions(app)] == [1, 2]
    assert sent_answers(app)["cuoc_tt_cap_uy"] == 99


def test_rows_of_a_repeat_are_added_and_taken_away(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "co_van_ban")
        sheet[f"D{row}"] = "Có"
        sheet, row = sheet_with(book, "van_ban-0")
        for offset, number in enumerate(("12-KH", "13-KH", "14-CV")):
            sheet[f"E{row + offset}"] = number

    page = upload(visitor, code, changed(download(client, code), fill))
    visitor.send(page, "save")
    numbers = {n: v for n, v in draft(app).items() if n.endswith("so_van_ban")}
    assert numbers == {
        "van_ban-0-so_van_ban": ["12-KH"],
        "van_ban-1-so_van_ban": ["13-KH"],
        "van_ban-2-so_van_ban": ["14-CV"],
    }

    def clear(book: Workbook) -> None:
        sheet, row = sheet_with(book, "van_ban-1")
        sheet[f"E{row}"] = None

    visitor.send(upload(visitor, code, changed(download(client, code), clear)), "save")
    kept = {n: v for n, v in draft(app).items() if n.endswith("so_van_ban") and any(v)}
    assert list(kept.values()) == [["12-KH"], ["14-CV"]]


# --- two people -----------------------------------------------------------------------------------


def test_what_nobody_changed_in_the_workbook_overwrites_nobody(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    source = download(client, code)
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {**page.form.values(), "nguoi_lap": ["Người thứ hai"]})
    page = upload(visitor, code, filled(source, {"chuc_vu_nguoi_lap": "Chánh Văn phòng"}))
    assert visitor.send(page, "save").status == 303
    assert draft(app)["nguoi_lap"] == ["Người thứ hai"]
    assert draft(app)["chuc_vu_nguoi_lap"] == ["Chánh Văn phòng"]


@pytest.mark.parametrize(
    ("side", "kept"), [("mine", "Người thứ nhất"), ("theirs", "Người thứ hai")]
)
def test_what_both_changed_is_chosen(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str, side: str, kept: str
) -> None:
    complete(visitor, code)
    source = download(client, code)
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {**page.form.values(), "nguoi_lap": ["Người thứ hai"]})
    page = upload(visitor, code, filled(source, {"nguoi_lap": "Người thứ nhất"}))
    assert "1 câu trả lời cũng đã được sửa trên trang web" in page.text
    assert "Người thứ nhất" in page.text
    assert "Người thứ hai" in page.text
    asked = visitor.send(page, "save")
    assert asked.status == 409
    assert draft(app)["nguoi_lap"] == ["Người thứ hai"]
    visitor.send(asked, "save", {"keep-nguoi_lap": side})
    assert draft(app)["nguoi_lap"] == [kept]


def test_a_workbook_that_is_older_than_what_was_sent_asks_too(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "submit", plausible(page.form))
    source = download(client, code)
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "submit", {**page.form.values(), "nguoi_lap": ["Người thứ hai"]})
    both = {"nguoi_lap": "Người thứ nhất", "chuc_vu_nguoi_lap": "Chánh Văn phòng"}
    asked = visitor.send(upload(visitor, code, filled(source, both)), "submit")
    assert asked.status == 409
    assert len(revisions(app)) == 2
    assert sent_answers(app)["nguoi_lap"] == "Người thứ hai"


# --- whose workbook -------------------------------------------------------------------------------


def test_the_workbook_of_another_unit_is_refused_by_name(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    other = open_round(app, unit_code="HU-AB")
    page = upload(visitor, code, download(client, other))
    assert page.status == 422
    assert "Tệp này là biểu mẫu của “Huyện ủy An Biên”" in page.text
    assert UNIT_NAME in page.text


def test_the_workbook_of_another_round_is_refused_by_name(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    other = open_round(app, "dot2")
    page = upload(visitor, other, download(client, code))
    assert page.status == 422
    assert "Tệp này thuộc “Đợt 1" in page.text


def with_token(source: bytes, change: Callable[[str], str]) -> bytes:
    def tamper(book: Workbook) -> None:
        cell = book["_phieu"]["A2"]
        cell.value = change(str(cell.value))

    return changed(source, tamper)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2], lambda t: "x" + t, lambda t: t.swapcase(), lambda _: "abc"]
)
def test_a_changed_identity_is_refused(
    client: FlaskClient, visitor: Visitor, code: str, change: Callable[[str], str]
) -> None:
    page = upload(visitor, code, with_token(download(client, code), change))
    assert page.status == 422
    assert "Trang ẩn để nhận dạng tệp đã bị thay đổi" in page.text


def test_an_identity_cannot_be_made_by_others(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    token = identity_of(read_workbook(download(client, code), "a.xlsx")).token
    assert re.fullmatch(r"[\w.-]+", token)
    assert upload(visitor, code, written(DOT_1)).status == 422


def test_a_workbook_without_identity_is_refused(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    def delete(book: Workbook) -> None:
        del book["_phieu"]

    page = upload(visitor, code, changed(download(client, code), delete))
    assert page.status == 422
    assert "Tệp không có trang ẩn để nhận dạng" in page.text
    assert upload(visitor, code, saved(Workbook())).status == 422


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        (b"a,b\n1,2", "bao-cao.csv", "Tệp văn bản (.csv)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "bao-cao.xls", "kiểu Excel cũ (.xls)"),
        (PDF, "bao-cao.pdf", "(PDF)"),
        (b"PK\x03\x04", "bao-cao.xlsx", "Tệp bị hỏng"),
        (b"", "bao-cao.xlsx", "Tệp không có nội dung"),
    ],
)
def test_other_files_are_told_what_to_do(
    visitor: Visitor, code: str, source: bytes, name: str, said: str
) -> None:
    page = upload(visitor, code, source, name)
    assert page.status == 422
    assert said in page.text


def test_a_file_has_to_be_chosen(visitor: Visitor, code: str) -> None:
    page = upload(visitor, code, b"", "")
    assert page.status == 422
    assert "Vui lòng chọn tệp Excel đã điền." in page.text
    assert visitor.post(f"/{code}/excel/nop", {"a": "b"}).status == 422


# --- older versions -------------------------------------------------------------------------------


def publish_without(app: Flask, code: str, *names: str) -> Definition:
    """Let the round ask a newer version of its form, without some questions."""
    source = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")
    lines = [
        line for line in source.splitlines() if not any(f"| {name} |" in line for name in names)
    ]
    newer = "\n".join(lines).replace("2021080101", "2021080102")
    with writing(app) as session:
        version = definitions.publish(session, newer.encode(), "dot1.md", WORKING_DAY)
        asked = session.get_one(Round, session.get_one(Link, code).round_id)
        asked.form_definition_id = version.form_definition_id
    return compile_form(newer.encode(), "dot1.md").definition


def test_a_workbook_of_an_older_form_is_read_as_far_as_it_goes(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    values = {"chuc_vu_nguoi_lap": "Phó Trưởng ban", "nguoi_lap": "Lê Thị Hai"}
    source = filled(download(client, code), values)
    publish_without(app, code, "chuc_vu_nguoi_lap")
    page = upload(visitor, code, source)
    assert page.status == 200
    assert "(Chức vụ): Biểu mẫu không còn hỏi mục này; bỏ qua: Phó Trưởng ban" in page.text
    visitor.send(page, "save")
    assert draft(app)["nguoi_lap"] == ["Lê Thị Hai"]
    assert "chuc_vu_nguoi_lap" not in draft(app)


def test_what_only_the_newer_form_asks_stays_as_the_server_has_it(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    publish_without(app, code, "chuc_vu_nguoi_lap")
    source = filled(download(client, code), {"nguoi_lap": "Lê Thị Hai"})
    with writing(app) as session:
        again = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")
        again = again.replace("2021080101", "2021080103").encode()
        definitions.publish(session, again, "dot1.md", WORKING_DAY)
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {"chuc_vu_nguoi_lap": ["Phó Trưởng ban"]})
    visitor.send(upload(visitor, code, source), "save")
    assert draft(app)["chuc_vu_nguoi_lap"] == ["Phó Trưởng ban"]
    assert draft(app)["nguoi_lap"] == ["Lê Thị Hai"]


def test_where_cells_are_gone_or_wrong_the_server_keeps_what_it_has(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)

    def spoil(book: Workbook) -> None:
        del book["VII. Khó khăn, vướng mắc"]
        sheet, row = sheet_with(book, "nguoi_lap")
        sheet[f"D{row}"] = "TrÇn ThÞ BÐ ®ång chÝ"

    page = upload(visitor, code, changed(download(client, code), spoil))
    assert "Ô trả lời không còn trong tệp; giữ nguyên nội dung trên máy chủ." in page.text
    visitor.send(page, "save")
    assert draft(app)["nguoi_lap"] == ["Đúng kế hoạch"]
    assert draft(app)["co_kho_khan"] == ["co"]


# --- rounds and links -----------------------------------------------------------------------------


def test_a_closed_round_gives_no_workbook(app: Flask, client: FlaskClient, code: str) -> None:
    open_round(app, closes_at=in_days(-1))
    for address in (f"/{code}/excel", f"/{code}/excel/nop"):
        response = client.get(address)
        assert response.status_code == 410
        assert "Đợt báo cáo đã đóng" in response.text


def test_a_workbook_that_comes_too_late_is_not_eaten(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    source = filled(download(client, code), {"nguoi_lap": "Lê Thị Hai"})
    open_round(app, closes_at=in_days(-1))
    page = upload(visitor, code, source)
    assert page.status == 410
    assert page.form.actions() == ["save"]
    assert "Nội dung của tệp vẫn có thể lưu làm bản nháp." in page.text
    assert "Lê Thị Hai" in page.text
    assert visitor.send(page, "save").status == 410
    assert draft(app)["nguoi_lap"] == ["Lê Thị Hai"]
    assert count(app, Revision) == 0


def test_a_revoked_link_takes_no_workbook(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    source = download(client, code)
    with writing(app) as session:
        revoke(session, unit_link(session))
    assert upload(visitor, code, source).status == 410
    assert client.get(f"/{code}/excel").status_code == 410


def test_a_form_that_is_sent_any_number_of_times_is_filled_in_excel_each_time(
    app: Flask, client: FlaskClient, visitor: Visitor
) -> None:
    code = open_round(app, "kho_khan", late_allowed=True)
    difficulties = form("kho_khan_vuong_mac")
    values = {
        "doi_tuong_kk": "Cả hai nhóm",
        "linh_vuc": "x",
        "muc_do": "Cần giải quyết ngay",
        "noi_dung": "Thiếu tài liệu",
        "de_nghi": "Cấp thêm",
        "co_quan_gq": "x",
        "dien_thoai": "0912345678",
    }
    for _ in range(2):
        source = filled(download(client, code), values, difficulties)
        page = upload(visitor, code, source)
        assert visitor.send(page, "submit").status == 303, page.text
    assert len(revisions(app)) == 2
    assert sent_answers(app)["linh_vuc"] == ["tai_lieu"]


def test_a_public_link_has_no_workbook(app: Flask, client: FlaskClient) -> None:
    with looking(app) as session:
        public = session.query(Link).filter(Link.code.startswith("p")).first()
        assert public is not None
    assert client.get(f"/{public.code}/excel").status_code == 404


def test_answers_of_the_round_before_stand_below_the_question(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "submit", plausible(page.form))
    second = open_round(app, "dot2")
    sheet, row = sheet_with(opened(download(client, second)), "nguoi_lap")
    assert sheet[f"C{row}"].value == "Người lập báo cáo (họ và tên)\u00a0*\nĐợt 1: Đúng kế hoạch"


def test_what_is_odd_is_told_and_its_reason_stays(
    app: Flask, client: FlaskClient, visitor: Visitor, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "submit", plausible(page.form))
    second = open_round(app, "dot2")
    page = visitor.open(f"/{second}?all=1")
    many = {"cuoc_to_tq": "99.000", "explain-cuoc_tang_vot": "Đến từng tổ."}
    visitor.send(page, "save", {**plausible(page.form), **many})
    source = filled(download(client, second), {"cuoc_to_tq": 98_000}, form("bao_cao_dot_2"))
    page = upload(visitor, second, source)
    assert "tăng hơn 4 lần so với Đợt 1. Giải thích: Đến từng tổ." in page.text
    visitor.send(page, "save")
    assert draft(app)["explain-cuoc_tang_vot"] == ["Đến từng tổ."]
    assert draft(app)["cuoc_to_tq"] == ["98.000"]


def test_too_much_for_a_page_is_told(client: FlaskClient, visitor: Visitor, code: str) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "mo_hinh-0")
        for offset in range(20):
            for column in "DEF":
                sheet[f"{column}{row + offset}"] = "ệ" * 32_000

    page = upload(visitor, code, changed(download(client, code), fill))
    assert page.status == 422
    assert "quá dài" in page.text


def test_a_hostile_number_of_keys_is_read_in_time(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    def fill(book: Workbook) -> None:
        sheet, row = sheet_with(book, "co_van_ban")
        for number in range(4_000):
            sheet.cell(row + 100 + number, 1).value = f"van_ban-{number % 100}"
            sheet.cell(row + 100 + number, 4).value = "x"

    assert upload(visitor, code, changed(download(client, code), fill)).status in (200, 422)


def test_a_workbook_that_nobody_changed_changes_nothing(
    client: FlaskClient, visitor: Visitor, code: str
) -> None:
    complete(visitor, code)
    page = upload(visitor, code, download(client, code))
    assert page.typed("page-touched") == ""
    assert "khác với trên máy chủ" not in page.text
    assert "nguoi_lap" not in page.form.values()
