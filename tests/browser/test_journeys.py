"""The three journeys in a real browser, every page looked at by axe."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from language.codes import show_code
from tests.browser.conftest import Desk, open_desk
from tests.browser.installation import Installation
from tests.stored import (
    UNIT_NAME,
    feedbacks,
    in_days,
    open_round,
    public_code,
    revisions,
    sent_answers,
)
from tests.views.board_members import PASSWORD, create_member
from tests.visitor import BY_NAME, BY_TYPE, Visitor, plausible

pytestmark = pytest.mark.browser

FEEDBACK = {
    "doi_tuong": "dv_cbccvc",
    "cach_tham_gia_a": "tu_nc",
    "co_tai_lieu": "giay",
    "de_hieu": "5",
    "thoi_luong": "phu_hop",
    "thiet_thuc": "4",
}
BLANK_INPUTS = """() => Array.from(document.querySelectorAll("main [data-question] [name]"))
  .filter((e) => e.offsetParent && !e.readOnly && e.type !== "file")
  .filter((e) => /radio|checkbox/.test(e.type)
    ? !document.querySelector(`[name="${e.name}"]:checked`)
    : !e.value)
  .map((e) => [e.name, e.type, e.closest("[data-question]").dataset.type])"""


@pytest.fixture
def app(installation: Installation) -> Flask:
    """Return an application on the database of the installation."""
    return installation.app


def fill_blanks(page: Page) -> None:
    """Fill whatever can be seen and is blank, until nothing new appears."""
    while blank := page.evaluate(BLANK_INPUTS):
        for name in dict.fromkeys(name for name, _, _ in blank):
            kind, question = next((k, q) for n, k, q in blank if n == name)
            fill_input(page, name, kind, question)


def fill_input(page: Page, name: str, kind: str, question: str) -> None:
    first = page.locator(f'[name="{name}"]').first
    if kind in ("radio", "checkbox"):
        first.check()
    elif kind.startswith("select"):
        first.select_option(index=1)
    else:
        first.fill(BY_NAME.get(name.rpartition("-")[2], BY_TYPE[question]))


def press(page: Page, words: str) -> None:
    """Press the button, or follow the link, that says `words`; wait for the page it leads to."""
    with page.expect_navigation():
        named(page, words).click()


def press_enter(page: Page) -> None:
    """Press the return key and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def named(page: Page, words: str) -> Locator:
    button = page.get_by_role("button", name=words, exact=True)
    return button.or_(page.get_by_role("link", name=words, exact=True)).first


# --- a unit ---------------------------------------------------------------------------------------


def test_a_unit_reports(desk: Desk, app: Flask) -> None:
    code = open_round(app)
    page = desk.page
    type_the_code(desk, code)
    press(page, "I. Thông tin chung")
    fill_blanks(page)
    desk.eyes.look()
    press(page, "Lưu và tiếp tục")
    fill_with_a_mistake(desk)
    see_totals_while_typing(desk)
    fill_the_rest_and_send(desk)
    correct(desk, code)
    assert [revision.number for revision in revisions(app)] == [1, 2]
    assert sent_answers(app)["tong_dv"] == 1300
    see_the_round_closed(desk, app, code)


def type_the_code(desk: Desk, code: str) -> None:
    page = desk.page
    page.goto("/")
    desk.eyes.look()
    page.get_by_label("Mã phiếu").fill(show_code(code)[:-1])
    press_enter(page)
    expect(page.get_by_role("alert")).to_contain_text("Mã này bị gõ nhầm")
    desk.eyes.look()
    page.get_by_label("Mã phiếu").fill(show_code(code).upper())
    press_enter(page)
    expect(page.locator("main")).to_contain_text(UNIT_NAME)
    desk.eyes.look()


def fill_with_a_mistake(desk: Desk) -> None:
    """Fill section II: questions come and go while typing; a wrong date is told and corrected."""
    page = desk.page
    page.locator('[name="tien_do"][value="dang_thuc_hien"]').check()
    expect(page.locator('[name="ly_do_chua_xong"]')).to_be_visible()
    page.locator('[name="tien_do"][value="hoan_thanh"]').check()
    expect(page.locator('[name="ly_do_chua_xong"]')).to_be_hidden()
    expect(page.locator('[data-group="van_ban"]')).to_be_hidden()
    page.locator('[name="co_van_ban"][value="co"]').check()
    expect(page.locator('[data-group="van_ban"]')).to_be_visible()
    page.locator('[name="van_ban-0-ngay_van_ban"]').fill("31/6/2021")
    named(page, "Thêm: Văn bản triển khai đã ban hành").click()
    expect(page.locator("[data-instance]")).to_have_count(2)
    fill_blanks(page)
    press(page, "Lưu và tiếp tục")
    summary = page.locator(".error-summary")
    expect(summary.get_by_role("link")).to_have_count(1)
    expect(page.locator(".error-summary")).to_be_focused()
    desk.eyes.look()
    summary.get_by_role("link").click()
    expect(page.locator("#q-van_ban-0-ngay_van_ban")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("30/6/2021")
    press(page, "Lưu và tiếp tục")
    expect(page.locator("h1")).to_have_text(re.compile("^III. Số cuộc"))


def see_totals_while_typing(desk: Desk) -> None:
    page = desk.page
    total = page.locator('[data-question="hien_tong_cuoc"]')
    expect(total).to_contain_text("Tổng cộng: – cuộc")
    fill_blanks(page)
    expect(total).to_contain_text("Tổng cộng: 7.404 cuộc")
    page.locator('[name="cuoc_tt_cap_uy"]').fill("một")
    expect(total).to_contain_text("Tổng cộng: – cuộc")
    page.locator('[name="cuoc_tt_cap_uy"]').fill("1 234")
    expect(total).to_contain_text("Tổng cộng: 7.404 cuộc")
    desk.eyes.look()
    press(page, "Lưu và tiếp tục")


def fill_the_rest_and_send(desk: Desk) -> None:
    page = desk.page
    while "/muc/" in page.url:
        fill_blanks(page)
        desk.eyes.look()
        if "dinh_kem" in page.url:
            pdf = {"name": "Báo cáo.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
            page.locator('[name="tep_bao_cao"]').set_input_files(pdf)
        press(page, "Lưu và tiếp tục")
    desk.eyes.look()
    press(page, "Gửi báo cáo")
    expect(page.locator("h1")).to_have_text("Biên nhận điện tử")
    expect(page.locator(".receipt-code")).to_have_text(re.compile("^[a-z0-9]{4}(-[a-z0-9]{4}){2}$"))
    expect(page.get_by_role("link", name="Báo cáo.pdf")).to_be_visible()
    desk.eyes.look()


def correct(desk: Desk, code: str) -> None:
    """Change a figure on the whole form; what it brings up is missing at first."""
    page = desk.page
    page.goto(f"/{code}")
    desk.eyes.look()
    press(page, "Toàn bộ biểu mẫu trên một trang (cũng để in)")
    expect(page.locator('[name="ly_do_chua_du"]')).to_be_hidden()
    page.locator('[name="tong_dv"]').fill("1.300")
    expect(page.locator('[name="ly_do_chua_du"]')).to_be_visible()
    expect(page.locator('[data-question="hien_ty_le_dv"]')).to_contain_text("94,9%")
    desk.eyes.look()
    press(page, "Gửi")
    expect(page.locator(".error-summary").get_by_role("link")).to_have_count(1)
    expect(page.locator(".error-summary")).to_be_focused()
    desk.eyes.look()
    page.locator('[name="ly_do_chua_du"]').fill("Còn 66 đảng viên đi biển.")
    press(page, "Gửi")
    expect(page.locator("main")).to_contain_text("Lần gửi")
    press(page, "Trở lại biểu mẫu")
    expect(page.locator("main")).to_contain_text("Báo cáo đã được gửi")
    desk.eyes.look()


def see_the_round_closed(desk: Desk, app: Flask, code: str) -> None:
    page = desk.page
    page.goto(f"/{code}?all=1")
    open_round(app, closes_at=in_days(-1))
    page.locator('[name="nguoi_lap"]').fill("Trần Thị Bé")
    press(page, "Gửi")
    expect(page.locator("main")).to_contain_text("Trần Thị Bé")
    desk.eyes.look()
    open_round(app, closes_at=None)


def test_two_people_of_a_unit_send_at_once(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-AB")
    page = desk.page
    page.goto(f"/{code}?all=1")
    fill_blanks(page)
    other = Visitor(app.test_client())
    theirs = other.open(f"/{code}?all=1")
    other.follow(other.send(theirs, "submit", plausible(theirs.form)))
    page.locator('[name="nguoi_lap"]').fill("Trần Thị Bé")
    press(page, "Gửi")
    expect(page.locator("h1")).to_have_text("Vui lòng chọn giữa hai câu trả lời")
    expect(page.locator("#q-nguoi_lap")).to_contain_text("Trần Thị Bé")
    desk.eyes.look()
    for mine in page.locator('[value="mine"]').all():
        mine.check()
    press(page, "Giữ các câu đã chọn và gửi")
    expect(page.locator("h1")).to_have_text("Biên nhận điện tử")
    expect(page.locator("main")).to_contain_text("Trần Thị Bé")


def test_a_unit_reports_a_difficulty(desk: Desk, app: Flask) -> None:
    code = open_round(app, "kho_khan", "HU-AM", due_at=None)
    page = desk.page
    page.goto(f"/{code}")
    expect(page.locator('[name="linh_vuc_khac"]')).to_be_hidden()
    page.locator('[name="linh_vuc"][value="khac"]').check()
    expect(page.locator('[name="linh_vuc_khac"]')).to_be_visible()
    fill_blanks(page)
    desk.eyes.look()
    press(page, "Gửi")
    expect(page.locator("h1")).to_have_text("Biên nhận điện tử")


# --- a participant --------------------------------------------------------------------------------


def test_a_participant_answers(desk: Desk, app: Flask) -> None:
    before = len(feedbacks(app))
    page = desk.page
    page.goto(f"/{public_code(app)}")
    desk.eyes.look()
    page.locator('[value="dv_cbccvc"]').check()
    expect(page.locator('[name="cach_tham_gia_a"]').first).to_be_visible()
    expect(page.locator('[name="cach_tham_gia_b"]').first).to_be_hidden()
    expect(page.locator('[name="cach_trinh_bay"]').first).to_be_hidden()
    page.locator('[name="cach_tham_gia_a"][value="hn_tt"]').check()
    expect(page.locator('[name="cach_trinh_bay"]').first).to_be_visible()
    press(page, "Gửi phản hồi")
    expect(page.locator(".error-summary")).to_be_focused()
    desk.eyes.look()
    fill_blanks(page)
    # Whoever presses twice is counted once.
    page.evaluate("const b = document.querySelector('button[value=submit]'); b.click(); b.click()")
    expect(page.locator("h1")).to_have_text("Xin cảm ơn")
    desk.eyes.look()
    assert len(feedbacks(app)) == before + 1
    assert desk.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_participant_answers_without_scripts(
    browser: Browser, installation: Installation, app: Flask, language: str
) -> None:
    before = len(feedbacks(app))
    with open_desk(browser, installation, java_script_enabled=False) as desk:
        page = desk.page
        page.goto(f"/{public_code(app, 1)}?lang={language}")
        page.locator('[value="dv_hv_nd"]').check()
        page.locator("button[value=submit]").click()
        page.locator('[name="cach_tham_gia_b"][value="tl_giay"]').check()
        fill_blanks(page)
        page.locator("button[value=submit]").click()
        expect(page.locator("h1")).to_have_text(re.compile("Xin cảm ơn|Thank you"))
        assert desk.context.cookies() == []
    assert len(feedbacks(app)) == before + 1


def test_the_back_button_finds_what_was_typed(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto(f"/{public_code(app)}")
    page.locator('[name="gop_y"]').fill("Nên có tài liệu ngắn.")
    page.goto("/")
    page.go_back()
    expect(page.locator('[name="gop_y"]')).to_have_value("Nên có tài liệu ngắn.")


# --- the board ------------------------------------------------------------------------------------


@pytest.fixture
def _reported(app: Flask) -> None:
    """Send a report, a difficulty and twelve feedbacks before the board looks."""
    visitor = Visitor(app.test_client())
    for round_code, unit_code in (("dot1", "TU-HT"), ("kho_khan", "TU-HT")):
        code = open_round(app, round_code, unit_code)
        page = visitor.open(f"/{code}?all=1")
        visitor.follow(visitor.send(page, "submit", plausible(page.form)))
    public = public_code(app)
    for _ in range(12):
        visitor.follow(visitor.send(visitor.open(f"/{public}"), "submit", FEEDBACK))


@pytest.mark.usefixtures("_reported")
def test_an_officer_follows_the_rounds(desk: Desk, app: Flask, tmp_path: Path) -> None:
    page = desk.page
    sign_in(desk, create_member(app, "officer"))
    look_at_units(desk)
    for name in ("phan_hoi", "kho_khan", "dot2"):
        page.goto(f"/ban/kh46/{name}")
        desk.eyes.look()
    page.goto("/ban/?lang=en")
    expect(page.locator("h1")).to_have_text("Progress board")
    desk.eyes.look()
    page.goto("/ban/?lang=vi")
    with page.expect_download() as download:
        named(page, "Tải tệp Excel tổng hợp").click()
    path = tmp_path / "book.xlsx"
    download.value.save_as(path)
    assert download.value.suggested_filename.endswith(".xlsx")
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames[:2] == ["Bìa", "1. Tiến độ báo cáo"]
    book.close()
    desk.eyes.look()
    for address in ("/ban/kh46/tong-hop", "/ban/kh46/tong-hop?least=9", "/ban/kh46/dot1/canh-bao"):
        page.goto(address)
        desk.eyes.look()
    press(page, "Đăng xuất")
    expect(page.get_by_label("Mật khẩu")).to_be_visible()


def sign_in(desk: Desk, email: str) -> None:
    page = desk.page
    page.goto("/ban/")
    desk.eyes.look()
    for password in ("không phải mật khẩu", PASSWORD):
        page.locator('[name="email"]').fill(email)
        page.locator('[name="password"]').fill(password)
        press_enter(page)
        desk.eyes.look()
    expect(page.locator("h1")).to_have_text("Bảng theo dõi")


def look_at_units(desk: Desk) -> None:
    page = desk.page
    press(page, "Đợt 1")
    desk.eyes.look()
    page.get_by_label("Tìm đơn vị").fill("ha tien")
    press_enter(page)
    expect(page.locator(".unit-name")).to_contain_text(["Thành ủy Hà Tiên", "thành phố Hà Tiên"])
    desk.eyes.look()
    press(page, "Thành ủy Hà Tiên")
    expect(page.locator("main")).to_contain_text("1.234")
    desk.eyes.look()
