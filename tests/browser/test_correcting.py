"""A report goes back and forth between the board and a unit, in a real browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk, open_desk
from tests.browser.installation import Installation
from tests.factories import send_report, unit_link
from tests.stored import open_round, revisions, writing
from tests.views.board_members import PASSWORD, create_member

pytestmark = pytest.mark.browser

REPORT = {
    "ma_don_vi": "HU-AB",
    "ten_don_vi": "Huyện ủy An Biên",
    "so_ky_hieu": "125-BC/HU",
    "ngay_bao_cao": "2021-08-19",
    "co_van_ban": "co",
    "van_ban": [
        {"loai_van_ban": "ke_hoach", "so_van_ban": "12-KH/HU", "ngay_van_ban": "2021-06-25"},
        {"loai_van_ban": "cong_van", "so_van_ban": "7-CV/HU", "ngay_van_ban": "2021-07-02"},
    ],
    "tong_dv": 12345,
}


@pytest.fixture(scope="module")
def officer(installation: Installation) -> str:
    """Return the e-mail address of an officer of the installation."""
    return create_member(installation.app, "officer")


def send(app: Flask, unit: str, base: int = 0, **changes: Any) -> str:
    """Send a report of a unit; return the code of its link."""
    code = open_round(app, unit_code=unit)
    with writing(app) as session:
        now = datetime.now(UTC)
        answers = json.dumps({**REPORT, **changes}, ensure_ascii=False)
        link = unit_link(session, unit_code=unit, now=now)
        send_report(session, link, answers=answers, base_revision=base, now=now)
    return code


def sign_in(page: Page, email: str) -> None:
    page.goto("/ban/dang-nhap")
    fill_in(page, email)


def fill_in(page: Page, email: str) -> None:
    page.get_by_label("Thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_attached()


def test_a_returned_report_shows_its_unit_what_to_correct(
    browser: Browser, installation: Installation, desk: Desk, officer: str
) -> None:
    app = installation.app
    code = send(app, "HU-AB")
    with open_desk(browser, installation) as board:
        sign_in(board.page, officer)
        board.page.goto("/ban/kh46/dot1/HU-AB")
        board.eyes.look()
        board.page.get_by_role("link", name="Trả lại để chỉnh sửa").click()
        board.page.get_by_label("Lý do chung").fill("Số liệu chưa khớp với báo cáo giấy.")
        board.page.get_by_label("Số, ký hiệu báo cáo").fill("Thiếu số văn bản.")
        board.eyes.look()
        board.page.get_by_role("button", name="Trả lại đơn vị").first.click()
        expect(board.page.get_by_text("Đã trả lại báo cáo cho đơn vị.")).to_be_visible()
        board.eyes.look()
        unit = desk.page
        unit.goto(f"/{code}")
        expect(unit.get_by_text("Ban trả lại báo cáo này để chỉnh sửa")).to_be_visible()
        desk.eyes.look()
        unit.get_by_role("link", name="Số, ký hiệu báo cáo").click()
        expect(unit.get_by_text("Cần chỉnh sửa: Thiếu số văn bản.")).to_be_visible()
        desk.eyes.look()


def test_revisions_are_compared_and_accepted(
    browser: Browser, installation: Installation, desk: Desk, officer: str
) -> None:
    app = installation.app
    send(app, "HU-HD")
    code = send(app, "HU-HD", base=1, so_ky_hieu="126-BC/HU", tong_dv=12000)
    unit = desk.page
    with open_desk(browser, installation) as board:
        sign_in(board.page, officer)
        board.page.goto("/ban/kh46/dot1/HU-HD/so-sanh")
        expect(board.page.locator("ins", has_text="126-BC/HU")).to_be_visible()
        board.eyes.look()
        board.page.goto("/ban/kh46/dot1/HU-HD/lich-su")
        board.eyes.look()
        board.page.goto("/ban/kh46/dot1/HU-HD")
        board.page.get_by_role("button", name="Duyệt", exact=True).click()
        expect(board.page.get_by_text("Đã duyệt báo cáo.")).to_be_visible()
        unit.goto(f"/{code}")
        expect(unit.get_by_text("Ban đã duyệt báo cáo này lúc")).to_be_visible()
        desk.eyes.look()
        unit.goto(f"/{code}/lich-su")
        desk.eyes.look()
        unit.goto(f"/{code}/so-sanh")
        desk.eyes.look()


def test_a_session_that_ended_never_eats_the_reasons(
    installation: Installation, desk: Desk, officer: str
) -> None:
    send(installation.app, "HU-CT")
    page = desk.page
    sign_in(page, officer)
    page.goto("/ban/kh46/dot1/HU-CT/tra-lai")
    page.get_by_label("Lý do chung").fill("Dòng một\nDòng hai")
    page.get_by_label("Số, ký hiệu báo cáo").fill("Thiếu số văn bản.")
    desk.context.clear_cookies()
    page.get_by_role("button", name="Trả lại đơn vị").first.click()
    expect(page.get_by_role("heading", name="Phiên làm việc đã hết hạn")).to_be_visible()
    desk.eyes.look()
    with desk.context.expect_page() as opened:
        page.get_by_role("link", name="Đăng nhập").last.click()
    fill_in(opened.value, officer)
    opened.value.close()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Đã trả lại báo cáo cho đơn vị.")).to_be_visible()
    page.goto("/ban/kh46/dot1/HU-CT/lich-su")
    expect(page.get_by_text("Dòng một\nDòng hai")).to_be_visible()
    expect(page.get_by_text("Thiếu số văn bản.")).to_be_visible()


def test_an_officer_fills_in_a_report_that_came_on_paper(
    installation: Installation, desk: Desk, officer: str
) -> None:
    app = installation.app
    open_round(app, unit_code="HU-GR")
    page = desk.page
    sign_in(page, officer)
    page.goto("/ban/kh46/dot1/HU-GR")
    page.get_by_role("link", name="Điền thay đơn vị").click()
    desk.eyes.look()
    page.get_by_role("button", name="Gửi thay đơn vị").last.click()
    expect(page.get_by_role("link", name="Vui lòng cho biết vì sao điền thay")).to_be_visible()
    desk.eyes.look()
    page.goto("/ban/kh46/dot1/HU-GR/gia-han")
    desk.eyes.look()
    assert all(sent.author != officer for sent in revisions(app))
