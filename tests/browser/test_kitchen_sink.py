"""A form with every type and appearance, as people see it and as it answers while they type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from services import campaigns, definitions
from tests.browser.conftest import Desk, open_desk
from tests.browser.installation import Installation
from tests.forms.forms import KITCHEN_SINK
from tests.stored import open_round, writing
from tests.views.page_check import check_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def units(installation: Installation) -> Iterator[str]:
    """Publish the form; return the units that have typed nothing into it yet."""
    with writing(installation.app) as session:
        source = KITCHEN_SINK.read_bytes()
        definitions.publish(session, source, KITCHEN_SINK.name, datetime.now(UTC))
        asked = campaigns.links(session, "dot1")
    return iter([link.unit_code for link in asked if link.unit_code])


@pytest.fixture
def address(installation: Installation, units: Iterator[str]) -> str:
    """Return where the whole form of a unit stands; what is typed is kept, so each has its own."""
    return f"/{open_round(installation.app, unit_code=next(units))}?all=1"


@pytest.fixture
def page(desk: Desk, address: str) -> Iterator[Page]:
    """Return the blank form on a wide screen."""
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.page.goto(address)
    yield desk.page
    assert not desk.eyes.faults, "\n".join(desk.eyes.faults)


def question(page: Page, name: str) -> Locator:
    return page.locator(f'[data-question="{name}"]').first


def fill(page: Page, **texts: str) -> None:
    for name, text in texts.items():
        page.locator(f'[name="{name.replace("__", "-")}"]').fill(text)


def value_of(page: Page, name: str) -> str:
    return page.locator(f'[data-value="{name}"]').last.inner_text()


def test_every_question_can_be_seen_and_pressed(desk: Desk, page: Page) -> None:
    check_page(page.content())
    desk.eyes.look()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_wrong_is_said_where_it_is(desk: Desk, address: str, language: str) -> None:
    page = desk.page
    page.goto(f"{address}&lang={language}")
    fill(page, so_nguoi="-1", c_tt_cb="-2", thang="13/2021", gio="25:00", noi="ở xã", ty_le="7")
    with page.expect_navigation():
        page.locator('button[value="submit"]').click()
    check_page(page.content())
    desk.eyes.look()
    summary = page.locator(".error-summary")
    row = {"vi": "Họp chi bộ, Số cuộc: trực tiếp", "en": "Party cell meetings, Meetings: in person"}
    summary.get_by_role("link", name=row[language]).click()
    assert page.evaluate("document.activeElement.name") == "c_tt_cb"
    for name in ("so_nguoi", "c_tt_cb", "thang", "gio", "noi", "ty_le", "danh_gia", "hl_noi_dung"):
        assert page.locator(f"#error-{name}").inner_text(), name


def test_a_table_adds_up_while_somebody_types(page: Page) -> None:
    fill(page, c_tt_cb="1.200", c_tt_hn="34", l_cb="5")
    assert value_of(page, "c_tt") == "1.234"
    assert value_of(page, "c_ol") == "–"
    assert value_of(page, "g_cong") == "nhiều"
    fill(page, so_nguoi="0")
    expect(page.locator('tr[data-group="d_hoi_nghi"]')).to_be_hidden()
    assert value_of(page, "c_tt") == "1.200"


def test_the_cells_of_a_table_are_called_by_their_row_and_column(page: Page) -> None:
    cell = page.get_by_role("textbox", name="Họp chi bộ Số cuộc: Trực tiếp")
    assert cell.get_attribute("name") == "c_tt_cb"
    page.get_by_role("radio", name="Tài liệu Khá").check()
    assert page.locator('[name="hl_tai_lieu"]:checked').get_attribute("value") == "kha"


def test_up_and_down_move_between_the_rows_of_a_table(page: Page) -> None:
    page.locator('[name="c_ol_cb"]').focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.name") == "c_ol_hn"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.name") == "c_ol_hn"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.name") == "c_ol_cb"


def test_computed_answers_are_shown_and_cannot_be_typed(page: Page) -> None:
    fill(page, so_nguoi="12345", dien_tich="10,5")
    density = question(page, "mat_do").locator("input")
    expect(density).to_have_value("1.176")
    assert density.get_attribute("readonly") is not None
    page.get_by_role("radio", name="7", exact=True).check()
    assert value_of(page, "tong_diem") == "70"
    fill(page, ten="Nguyễn An")
    expect(question(page, "nhan_xet").locator("label")).to_have_text("Nhận xét của Nguyễn An")


def test_thousands_are_parted_when_a_number_is_left(page: Page) -> None:
    fill(page, so_nguoi="12345")
    page.locator('[name="ten"]').focus()
    expect(page.locator('[name="so_nguoi"]')).to_have_value("12.345")


def test_wrong_answers_are_told_when_they_are_left(page: Page) -> None:
    fill(page, ty_le="7")
    page.locator('[name="ten"]').focus()
    expect(page.locator("#error-ty_le")).to_have_text("Nhập số từ 0 đến 100, mỗi bước 5.")
    fill(page, ty_le="75")
    expect(page.locator("#error-ty_le")).to_have_text("")
    for choice in ("hop", "loa", "mang", "other"):
        page.locator(f'[name="cach"][value="{choice}"]').check()
    expect(page.locator("#error-cach")).to_have_text("Chọn nhiều nhất ba cách.")
    expect(question(page, "cach_other")).to_be_visible()
    page.locator('[name="cach"][value="other"]').uncheck()
    expect(page.locator("#error-cach")).to_have_text("")
    expect(question(page, "cach_other")).to_be_hidden()


def test_a_choice_that_is_ranked_twice_is_told_at_once(page: Page) -> None:
    places = question(page, "uu_tien").locator("select")
    places.nth(0).select_option("kinh_phi")
    places.nth(1).select_option("kinh_phi")
    said = "Vui lòng xếp thứ tự đủ các phương án, mỗi phương án một lần."
    expect(page.locator("#error-uu_tien")).to_have_text(said)
    places.nth(1).select_option("nhan_luc")
    expect(page.locator("#error-uu_tien")).to_have_text("")


def test_only_the_choices_that_fit_are_offered(page: Page) -> None:
    communes = question(page, "xa")
    expect(communes.locator(".form-check:visible")).to_have_count(0)
    expect(communes.locator("[data-none]")).to_be_visible()
    page.locator('[name="huyen"][value="an_bien"]').check()
    expect(communes.locator(".form-check:visible")).to_have_text(["Đông Yên", "Tây Yên"])
    expect(communes.locator("[data-none]")).to_be_hidden()
    page.locator('[name="xa"][value="tay_yen"]').check()
    page.locator('[name="huyen"][value="tan_hiep"]').check()
    expect(communes.locator(".form-check:visible")).to_have_text(["Tân Hiệp A"])
    expect(communes.locator(":checked")).to_have_count(0)


def test_a_trigger_fills_in_what_may_be_typed_over(page: Page) -> None:
    week = page.locator('[name="tuan"]')
    fill(page, ngay="31/8/2021")
    expect(week).to_have_value("35")
    week.fill("tuần lễ thứ ba")
    fill(page, ten="An")
    expect(week).to_have_value("tuần lễ thứ ba")
    fill(page, ngay="01/9/2021")
    expect(week).to_have_value("35")


def test_answers_are_added_and_removed_without_the_server(page: Page) -> None:
    page.evaluate("window.stayed = true")
    fill(page, van_ban__0__so_vb="125-BC/BTGHU", van_ban__0__so_trang="12")
    page.get_by_role("button", name="Thêm: Văn bản").click()
    holders = page.locator('[data-group="van_ban"] > [data-instance]')
    expect(holders).to_have_count(2)
    assert page.evaluate("document.activeElement.name") == "van_ban-1-so_vb"
    # What a new one opens with, and that it counts only once something is typed.
    expect(page.locator('[name="van_ban-1-so_trang"]')).to_have_value("1")
    first = page.locator('[name="van_ban-0-ngay_vb"]').input_value()
    expect(page.locator('[name="van_ban-1-ngay_vb"]')).to_have_value(first)
    assert value_of(page, "tong_trang") == "12"
    fill(page, van_ban__1__so_vb="126")
    assert value_of(page, "tong_trang") == "13"
    expect(holders.nth(1).locator("legend")).to_have_text("Văn bản 2")
    expect(holders.nth(1).locator('[data-value="thu_tu"]')).to_have_text("2")
    holders.nth(0).get_by_role("button", name="Xóa").click()
    expect(holders).to_have_count(1)
    assert value_of(page, "tong_trang") == "1"
    expect(holders.nth(0).locator('[data-value="thu_tu"]')).to_have_text("1")
    holders.nth(0).get_by_role("button", name="Xóa").click()
    expect(holders).to_have_count(1)
    expect(page.locator('[name="van_ban-0-so_vb"]')).to_have_value("")
    assert page.evaluate("window.stayed")


def test_as_many_answers_are_asked_as_the_form_counts(page: Page) -> None:
    holders = page.locator('[data-group="cac_to"] > [data-instance]:visible')
    expect(holders).to_have_count(0)
    fill(page, so_to="3")
    expect(holders).to_have_count(3)
    expect(page.locator('[data-group="cac_to"] button')).to_have_count(0)
    fill(page, cac_to__2__to_truong="Thị Bé")
    fill(page, so_to="1")
    expect(holders).to_have_count(1)
    fill(page, so_to="3")
    expect(page.locator('[name="cac_to-2-to_truong"]')).to_have_value("Thị Bé")


def test_a_place_is_taken_from_the_browser(
    desk: Desk, page: Page, installation: Installation
) -> None:
    button = page.get_by_role("button", name="Lấy vị trí hiện tại")
    button.click()
    expect(page.locator("#error-noi")).to_have_text("Không lấy được vị trí; vui lòng nhập tọa độ.")
    desk.context.grant_permissions(["geolocation"], origin=installation.address)
    desk.context.set_geolocation({"latitude": 10.0125, "longitude": 105.0809})
    button.click()
    expect(page.locator('[name="noi"]')).to_have_value("10.012500, 105.080900")


def test_without_scripts_the_server_answers(
    browser: Browser, installation: Installation, address: str
) -> None:
    with open_desk(browser, installation, java_script_enabled=False) as desk:
        page = desk.page
        page.goto(address)
        expect(page.locator("[data-locate]")).to_be_hidden()
        fill(page, so_nguoi="1.200", dien_tich="10", so_to="2", ngay="31/8/2021", c_tt_cb="3")
        page.locator('[name="huyen"][value="an_minh"]').check()
        page.locator('[name="van_ban-0-so_vb"]').fill("1")
        page.get_by_role("button", name="Lưu nháp").click()
        expect(question(page, "mat_do").locator("input")).to_have_value("120")
        expect(page.locator('[data-group="cac_to"] > [data-instance]')).to_have_count(2)
        communes = question(page, "xa").locator(".form-check:visible")
        expect(communes).to_have_text(["Đông Hòa"])
        expect(page.locator('[name="tuan"]')).to_have_value("35")
        assert value_of(page, "c_tt") == "3"
        page.get_by_role("button", name="Thêm: Văn bản").click()
        expect(page.locator('[data-group="van_ban"] > [data-instance]')).to_have_count(2)
