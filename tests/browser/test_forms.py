"""An officer's way from a wrong file to a published form in a real browser, looked at by axe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.views.board_members import PASSWORD, create_member

pytestmark = pytest.mark.browser

RIGHT = """
|survey|type|name|label::Tiếng Việt (vi)|label::English (en)|required|relevant|constraint|
| | select_one co_khong | tham_gia | Có tham gia không? | Attended? | yes | | |
| | integer | so_nam | Số nam | Men | yes | ${tham_gia} = 'co' | . >= 0 |
| | integer | so_nu | Số nữ | Women | yes | ${tham_gia} = 'co' | . >= 0 |
| | note | tong | Tổng cộng ${tong_so} người. | ${tong_so} in all. | | ${tham_gia} = 'co' | |
| | calculate | tong_so | | | | | |
|choices|list_name|name|label::Tiếng Việt (vi)|label::English (en)|
| | co_khong | co | Có | Yes |
| | co_khong | khong | Không | No |
|settings|form_title|form_id|version|
| | Phiếu thử nghiệm | phieu_thu_nghiem | 1 |
""".replace("|constraint|\n", "|constraint|calculation|\n", 1).replace(
    "| tong_so | | | | | |\n", "| tong_so | | | | | | ${so_nam} + ${so_nu} |\n"
)
WRONG = RIGHT.replace("| integer | so_nu", "| intger | so_nu").replace(
    "co' | . >= 0 |", "co' | . >= |", 1
)


@pytest.fixture
def app(installation: Installation) -> Flask:
    """Return an application on the database of the installation."""
    return installation.app


def press(page: Page, words: str) -> None:
    """Press the button, or follow the link, that says `words`; wait for the page it leads to."""
    button = page.get_by_role("button", name=words, exact=True)
    with page.expect_navigation():
        button.or_(page.get_by_role("link", name=words, exact=True)).first.click()


def test_from_a_wrong_file_to_a_published_form(desk: Desk, app: Flask, tmp_path: Path) -> None:
    sign_in(desk, app)
    upload_a_wrong_file(desk, tmp_path)
    upload_the_corrected_one(desk, tmp_path)
    try_it_out(desk)
    publish(desk)
    edit_it_on_the_screen(desk)
    compare_and_publish_again(desk)
    retire(desk)


def sign_in(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto("/ban/bieu-mau/")
    page.get_by_label("Thư điện tử").fill(create_member(app, "officer"))
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    press(page, "Đăng nhập")
    expect(page.get_by_role("heading", level=1)).to_have_text("Biểu mẫu")
    desk.eyes.look()


def upload_a_wrong_file(desk: Desk, folder: Path) -> None:
    page, file = desk.page, folder / "sai.md"
    file.write_text(WRONG.strip(), encoding="utf-8")
    press(page, "Tải biểu mẫu lên")
    desk.eyes.look()
    page.get_by_label("Tệp biểu mẫu").set_input_files(file)
    press(page, "Tải lên và kiểm tra")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    desk.eyes.look()
    summary.get_by_role("link").first.click()
    marked = page.locator("mark").first
    expect(marked).to_be_in_viewport()


def upload_the_corrected_one(desk: Desk, folder: Path) -> None:
    page, file = desk.page, folder / "dung.md"
    file.write_text(RIGHT.strip(), encoding="utf-8")
    page.get_by_label("Tệp biểu mẫu đã sửa").set_input_files(file)
    press(page, "Tải lên và kiểm tra lại")
    expect(page.get_by_role("heading", level=1)).to_have_text("Phiếu thử nghiệm")
    expect(page.locator("main")).to_contain_text("Đây sẽ là một biểu mẫu mới")
    desk.eyes.look()


def try_it_out(desk: Desk) -> None:
    """Answer in the frame: questions appear, totals are worked out, and nothing is stored."""
    page = desk.page
    press(page, "Xem thử")
    desk.eyes.look()
    form = page.frame_locator(".preview-phone iframe")
    expect(form.get_by_label("Số nam")).to_be_hidden()
    form.get_by_label("Có", exact=True).check()
    form.get_by_label("Số nam").fill("12")
    form.get_by_label("Số nữ").fill("30")
    expect(form.locator("[data-question=tong]")).to_contain_text("42")
    form.get_by_role("button", name="Gửi", exact=True).last.click()
    expect(form.get_by_role("status")).to_contain_text("Không có gì được lưu")
    page.goto(str(page.locator(".preview-phone iframe").get_attribute("src")))
    desk.eyes.look()
    page.go_back()
    press(page, "Trở lại bước phát hành")


def publish(desk: Desk) -> None:
    page = desk.page
    press(page, "Phát hành…")
    desk.eyes.look()
    press(page, "Phát hành ngay")
    expect(page.get_by_role("status").first).to_contain_text("Đã phát hành phiên bản 1.")
    desk.eyes.look()


def edit_it_on_the_screen(desk: Desk) -> None:
    page = desk.page
    press(page, "Sửa trên màn hình")
    desk.eyes.look()
    press(page, "Có tham gia không?")
    desk.eyes.look()
    page.get_by_label("Nhãn (câu hỏi) (Tiếng Việt)").fill("Đơn vị có tham gia không?")
    page.get_by_label("Phương án mới (Tiếng Việt)").fill("Chưa rõ")
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu", exact=True).last.click()
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu")
    press(page, "Thêm câu hỏi ở đầu")
    desk.eyes.look()
    page.get_by_label("Nhãn (câu hỏi) (Tiếng Việt)").fill("Họ và tên")
    press(page, "Thêm câu hỏi này")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Xóa: Số nam")).click()
    expect(page.locator(".notice-error")).to_contain_text("Không có câu hỏi nào tên “so_nam”")
    desk.eyes.look()
    press(page, "Thêm câu hỏi bên dưới: Đơn vị có tham gia không?")
    page.get_by_label("Loại").select_option("integer")
    page.get_by_label("Nhãn (câu hỏi) (Tiếng Việt)").fill("Số nam dự")
    page.get_by_label("Tên trong số liệu").fill("so_nam")
    press(page, "Thêm câu hỏi này")
    expect(page.locator(".notice-error")).to_have_count(0)
    press(page, "Xong: xem thử, so sánh, phát hành")


def compare_and_publish_again(desk: Desk) -> None:
    page = desk.page
    press(page, "So sánh")
    expect(page.locator("main")).to_contain_text("Thêm mới (1)")
    expect(page.locator("main")).to_contain_text("Chưa rõ")
    desk.eyes.look()
    press(page, "Trở lại bước phát hành")
    press(page, "Phát hành…")
    press(page, "Phát hành ngay")
    expect(page.get_by_role("status").first).to_contain_text("Đã phát hành phiên bản 2.")
    desk.eyes.look()


def retire(desk: Desk) -> None:
    page = desk.page
    press(page, "Ngừng dùng phiên bản 2")
    desk.eyes.look()
    press(page, "Ngừng dùng phiên bản 2")
    expect(page.get_by_role("status").first).to_contain_text("Đã ngừng dùng phiên bản 2.")
    press(page, "Dùng lại phiên bản 2")
    desk.eyes.look()
