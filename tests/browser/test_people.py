"""The pages of accounts, the log, settings and personal data, as people see them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Desk, open_desk
from tests.browser.installation import Installation
from tests.views.board_members import PASSWORD, create_member
from tests.views.test_second_factor import code_at

pytestmark = pytest.mark.browser

NEW = "ba Chín bán chuối ở chợ Rạch Sỏi"


@pytest.fixture(scope="module")
def admin(installation: Installation) -> str:
    """Return the address of an administrator."""
    return create_member(installation.app, "admin")


@pytest.fixture
def board(desk: Desk, admin: str) -> Desk:
    """Return a window in which an administrator has signed in."""
    sign_in(desk.page, admin, PASSWORD)
    return desk


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/ban/dang-nhap")
    page.get_by_label("Địa chỉ thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def test_on_a_phone_the_head_is_two_lines_and_its_menu_stays_in_sight(board: Desk) -> None:
    page = board.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/ban/nhat-ky")
    assert page.get_by_role("banner").bounding_box()["height"] < 120
    page.get_by_text("Mục khác").click()
    menu = page.locator(".more-pages > div").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390
    page.get_by_role("link", name="Đổi mật khẩu").click()
    page.wait_for_url("**/ban/doi-mat-khau")


def test_an_invitation_from_the_letter_to_the_second_factor(
    board: Desk, browser, installation: Installation
) -> None:
    page, eyes = board.page, board.eyes
    page.goto("/ban/tai-khoan")
    eyes.look()
    page.get_by_role("link", name="Mời người dùng").click()
    page.get_by_role("button", name="Tạo tài khoản").click()
    eyes.look()
    page.get_by_label("Địa chỉ thư điện tử").fill("chi.tu@ban.example")
    page.get_by_label("Chuyên viên").check()
    page.get_by_label("Kế hoạch").first.check()
    page.get_by_role("button", name="Tạo tài khoản").click()
    eyes.look()
    link = page.locator(".account-link code").inner_text()
    page.goto("/ban/tai-khoan")
    page.get_by_role("link", name="chi.tu@ban.example").click()
    eyes.look()
    with open_desk(browser, installation) as own:
        own.page.goto(link)
        own.page.get_by_label("Mật khẩu mới").fill("matkhau123456")
        own.page.get_by_label("Nhập lại").fill("matkhau123456")
        own.page.get_by_role("button", name="Đặt mật khẩu").click()
        own.eyes.look()
        own.page.get_by_label("Mật khẩu mới").fill(NEW)
        own.page.get_by_label("Nhập lại").fill(NEW)
        own.page.get_by_role("button", name="Đặt mật khẩu").click()
        sign_in(own.page, "chi.tu@ban.example", NEW)
        second_factor(own)


def second_factor(own: Desk) -> None:
    page, eyes = own.page, own.eyes
    page.goto("/ban/doi-mat-khau")
    eyes.look()
    page.get_by_role("link", name="Xác thực hai lớp").click()
    eyes.look()
    page.get_by_role("button", name="Bật xác thực hai lớp").click()
    eyes.look()
    key = page.locator("code.digest").inner_text()
    page.get_by_label("Mã xác thực").fill("000000")
    page.get_by_role("button", name="Lưu").click()
    eyes.look()
    assert page.locator("code.digest").inner_text() == key
    page.get_by_label("Mã xác thực").fill(code_at(key, -1))
    page.get_by_role("button", name="Lưu").click()
    eyes.look()
    code = page.locator(".recovery-codes code").first.inner_text()
    page.goto("/ban/phien-lam-viec")
    eyes.look()
    page.goto("/ban/xac-nhan")
    eyes.look()
    page.get_by_role("button", name="Đăng xuất").click()
    sign_in(page, "chi.tu@ban.example", NEW)
    eyes.look()
    page.get_by_role("link", name="mã dự phòng").click()
    eyes.look()
    page.get_by_label("Mã dự phòng").fill(code)
    page.get_by_role("button", name="Tiếp tục").click()
    assert page.get_by_role("heading", name="Bảng theo dõi").is_visible()


def test_the_log_the_settings_and_personal_data(board: Desk) -> None:
    page, eyes = board.page, board.eyes
    for address in ("nhat-ky", "nhat-ky?since=31/2/2021&act=report.", "cai-dat", "du-lieu-ca-nhan"):
        page.goto(f"/ban/{address}")
        eyes.look()
    page.goto("/ban/nhat-ky")
    page.get_by_text("Chi tiết").first.click()
    eyes.look()
    page.goto("/ban/cai-dat")
    page.get_by_role("button", name="Gửi thư thử").click()
    eyes.look()
    page.goto("/ban/kh46/luu-giu")
    page.get_by_label("Lưu đến hết ngày").fill("1/1/2020")
    page.get_by_role("button", name="Lưu thay đổi").click()
    eyes.look()


def test_a_forgotten_password(desk: Desk) -> None:
    page, eyes = desk.page, desk.eyes
    page.goto("/ban/dang-nhap")
    page.get_by_role("link", name=re.compile("Quên mật khẩu")).click()
    eyes.look()
    page.get_by_label("Địa chỉ thư điện tử").fill("ai.do@ban.example")
    page.get_by_role("button", name="Gửi thư").click()
    eyes.look()
