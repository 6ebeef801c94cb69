"""An officer sends letters, changes links and prints, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models import CardBatch
from services import cards
from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.factories import WORKING_DAY, public_link
from tests.stored import looking, open_round, writing
from tests.views.board_members import PASSWORD, create_member

pytestmark = pytest.mark.browser

LETTERS = "/ban/kh46/dot1/thu"
PUBLIC = "/ban/kh46/phan_hoi/duong-dan"


@pytest.fixture(scope="module")
def officer(installation: Installation) -> str:
    return create_member(installation.app, "officer")


def sign_in(page: Page, email: str) -> None:
    page.goto("/ban/dang-nhap")
    page.get_by_label("Thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_attached()


def test_letters_are_looked_at_sent_and_followed(
    installation: Installation, desk: Desk, officer: str
) -> None:
    open_round(installation.app)
    page = desk.page
    sign_in(page, officer)
    page.goto(LETTERS)
    desk.eyes.look()
    page.get_by_role("link", name="Gửi thư").click()
    page.get_by_label("Đơn vị được chọn").check()
    page.locator("summary", has_text="Chọn đơn vị").click()
    page.get_by_label("Thành ủy Rạch Giá").check()
    desk.eyes.look()
    page.get_by_role("button", name="Xem trước danh sách và nội dung").click()
    expect(page.get_by_text("Sẽ gửi 1 thư đến 1 đơn vị.")).to_be_visible()
    desk.eyes.look()
    page.get_by_role("button", name="Gửi các thư này").click()
    expect(page.get_by_text("Đã xong 1/1 thư.")).to_be_visible()
    desk.eyes.look()
    page.get_by_role("link", name="Đề nghị báo cáo: Đợt 1").click()
    desk.eyes.look()
    for address in (f"{LETTERS}/goi-dien", f"{LETTERS}/lich-nhac", "/ban/thu-tra-ve"):
        page.goto(address)
        desk.eyes.look()
    page.goto("/ban/kh46/mau-thu")
    page.get_by_role("link", name="Nhắc trước hạn").click()
    desk.eyes.look()


def test_what_is_printed_fits_its_sheets(
    installation: Installation, desk: Desk, officer: str
) -> None:
    app = installation.app
    open_round(app)
    with writing(app) as session:
        link = public_link(session)
        cards.make(session, link.round.id, link.code, "Sở Y tế", 24, "x", WORKING_DAY)
    with looking(app) as session:
        batch = session.scalars(select(CardBatch.id)).one()
    page = desk.page
    sign_in(page, officer)
    page.goto(PUBLIC)
    desk.eyes.look()
    # Summary first, then a line for each of 112 units.
    page.goto("/ban/kh46/dot1")
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/MediaBox", printed)) <= 6
    for address, sheets in (
        ("/ban/kh46/dot1/duong-dan/in", 14),
        (f"{PUBLIC}/{link.code}/ap-phich", 1),
        (f"{PUBLIC}/the/{batch}", 3),
    ):
        page.goto(address)
        desk.eyes.look()
        printed = page.pdf(prefer_css_page_size=True)
        sizes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
        assert len(sizes) == sheets, address
        # A4, in points.
        assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}
