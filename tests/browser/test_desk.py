"""A campaign is begun, its units asked and their communes collected from, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from language.dates import local, short_date
from tests.browser.conftest import Eyes, open_desk
from tests.browser.installation import Installation
from tests.conftest import CAMPAIGN
from tests.views.board_members import PASSWORD, create_member

pytestmark = pytest.mark.browser

CAMPAIGNS = "/ban/chuyen-de/"
KH46, KH50 = f"{CAMPAIGNS}kh46", f"{CAMPAIGNS}kh50"


@pytest.fixture(scope="module")
def officer(installation: Installation) -> str:
    """Return the e-mail address of an officer of the installation."""
    return create_member(installation.app, "officer")


def sign_in(page: Page, email: str) -> None:
    page.goto("/ban/dang-nhap")
    page.get_by_label("Thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_attached()


def days_on(days: int) -> str:
    return short_date(local(datetime.now(UTC) + timedelta(days=days)).date())


def test_from_a_copied_campaign_to_communes_that_are_asked(
    browser: Browser, installation: Installation, officer: str
) -> None:
    with open_desk(browser, installation) as board:
        page, eyes = board.page, board.eyes
        sign_in(page, officer)
        import_communes(page, eyes)
        copy_campaign(page, eyes)
        page.get_by_role("link", name="Thêm đợt báo cáo").click()
        add_round(page, eyes)
        page.goto(
            f"{KH50}/dot-bao-cao/dot3/don-vi/them?q=thanh+uy&level=huyen&group=huyen_thanh_uy"
        )
        eyes.look()
        page.locator("#all").check()
        page.get_by_role("button", name="Thêm các đơn vị").click()
        expect(page.get_by_text(re.compile(r"Đã thêm \d+ đơn vị"))).to_be_visible()
        eyes.look()
        page.goto(f"{KH50}/dot-bao-cao/dot3/don-vi")
        page.locator("#all").check()
        page.get_by_role("button", name="Rút các đơn vị").click()
        expect(page.get_by_role("heading", name=re.compile(r"Rút \d+ đơn vị\?"))).to_be_visible()
        eyes.look()
        page.goto("/ban/kh50/dot3")
        address = page.locator("input[id^='link-']").first.input_value()
        page.goto(address.replace("http://127.0.0.1:8000", installation.address))
        eyes.look()
        page.goto(page.url.split("?")[0] + "/cap-duoi")
        eyes.look()
        page.get_by_role("button", name="Mở đợt").click()
        expect(page.get_by_text("0/13")).to_be_visible()
        eyes.look()


def import_communes(page: Page, eyes: Eyes) -> None:
    page.goto("/ban/don-vi/nhap")
    eyes.look()
    page.get_by_label("Tệp danh mục đơn vị").set_input_files(CAMPAIGN / "communes.csv")
    page.get_by_role("button", name="Tải lên và xem trước").click()
    expect(page.get_by_role("alert")).to_be_focused()
    eyes.look()
    page.get_by_label("Tệp danh mục đơn vị").set_input_files(CAMPAIGN / "communes.csv")
    page.get_by_label("Khối của đơn vị mới").select_option("huyen_thanh_uy")
    page.get_by_role("button", name="Tải lên và xem trước").click()
    expect(page.get_by_text("144").first).to_be_visible()
    page.get_by_role("button", name="Nhập vào danh mục").click()
    expect(page.get_by_text("256 đơn vị")).to_be_visible()
    page.goto("/ban/don-vi/?q=rach+gia")
    eyes.look()
    page.goto("/ban/don-vi/ma/TU-RG")
    eyes.look()


def copy_campaign(page: Page, eyes: Eyes) -> None:
    page.goto(f"{KH46}/sao-chep")
    eyes.look()
    page.locator("#code").fill("kh46")
    page.get_by_role("button", name="Sao chép chuyên đề").click()
    expect(page.get_by_role("alert")).to_be_focused()
    eyes.look()
    page.locator("#code").fill("kh50")
    page.locator("#units").uncheck()
    page.get_by_role("button", name="Sao chép chuyên đề").click()
    expect(page.get_by_text("Đã sao chép chuyên đề.")).to_be_visible()


def add_round(page: Page, eyes: Eyes) -> None:
    page.locator("#code").fill("dot3")
    page.locator("#title").fill("Đợt 3")
    page.locator("#form_definition_id").select_option(index=1)
    page.locator("#due_at_day").fill(days_on(9))
    page.locator("#closes_at_day").fill(days_on(8))
    page.get_by_role("button", name="Thêm đợt báo cáo").click()
    expect(page.get_by_role("alert")).to_be_focused()
    eyes.look()
    page.locator("#closes_at_day").fill(days_on(20))
    page.get_by_role("button", name="Thêm đợt báo cáo").click()
    expect(page.get_by_role("img", name="Thời điểm mở")).to_be_visible()
    eyes.look()
