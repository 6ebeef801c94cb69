"""What is typed outlives the tab, the network, a colleague and a closed door."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Locator, Page, expect
from sqlalchemy import select

from models import Draft
from services import reporting
from settings import Settings
from tests.browser.conftest import PATIENCE_MS, Desk, open_desk
from tests.browser.installation import Installation, serve
from tests.factories import revoke, unit_link
from tests.stored import feedbacks, looking, open_round, public_code, revisions, writing
from tests.visitor import Visitor, plausible

pytestmark = pytest.mark.browser

# What the worker keeps of a page, by its address.
CACHED = """async (path) => {
  for (const name of await caches.keys()) {
    if (await (await caches.open(name)).match(path)) return true;
  }
  return false;
}"""
TYPED = (
    """() => phieuStore.typed.all().then((all) => all.flatMap((one) => Object.keys(one.typed)))"""
)


@pytest.fixture
def app(installation: Installation) -> Flask:
    """Return an application on the database of the installation."""
    return installation.app


@pytest.fixture
def colleague(browser: Browser, installation: Installation) -> Iterator[Page]:
    """Return the window of somebody else."""
    with open_desk(browser, installation) as desk:
        yield desk.page


def stored(app: Flask, code: str) -> dict[str, list[str]]:
    """Return what the draft of a link holds."""
    with looking(app) as session:
        link = reporting.open_link(session, code, datetime.now(UTC))
        found = session.scalar(select(Draft).where(Draft.assignment_id == link.assignment_id))
        return found.values if found else {}


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[name="{name}"]').first


def is_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^Đã lưu lúc \d\d:\d\d$"))


def wait_until(page: Page, script: str, argument: object = None) -> None:
    """Wait until a script of the page, which may have to wait itself, says yes."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(script, argument):
        assert time.monotonic() < end, script
        page.wait_for_timeout(100)


def is_mirrored(page: Page, name: str) -> None:
    wait_until(page, f"async (name) => (await ({TYPED})()).includes(name)", name)


def is_forgotten(page: Page) -> None:
    """Wait until nothing that was typed is kept on this device."""
    wait_until(page, f"async () => !(await ({TYPED})()).length")


def is_cached(page: Page, *paths: str) -> None:
    """Wait until the pages can be opened without network."""
    for path in paths:
        wait_until(page, CACHED, path)
    wait_until(page, "() => navigator.serviceWorker.controller !== null")


def page_parts(app: Flask, address: str) -> list[str]:
    """Return the scripts that a page needs."""
    html = app.test_client().get(address).text
    parts = re.findall(r'<script src="([^"]+)"', html)
    assert any("matrix" in part for part in parts)
    return parts


def kill(page: Page) -> None:
    """End the tab as a crash does: nothing on it has time to do anything."""
    with pytest.raises(Error):
        page.goto("chrome://crash")
    page.close()


def fill_feedback(page: Page) -> None:
    for name, value in (("doi_tuong", "dv_cbccvc"), ("cach_tham_gia_a", "tu_nc")):
        page.locator(f'[name="{name}"][value="{value}"]').check()
    for name in ("co_tai_lieu", "de_hieu", "thoi_luong", "thiet_thuc"):
        field(page, name).check()


# --- a unit ---------------------------------------------------------------------------------------


def test_a_draft_is_saved_while_it_is_typed(desk: Desk, app: Flask) -> None:
    code = open_round(app)
    page = desk.page
    page.goto(f"/{code}?all=1")
    field(page, "nguoi_lap").fill("Trần Thị Bé")
    is_saved(page)
    assert stored(app, code)["nguoi_lap"] == ["Trần Thị Bé"]
    field(page, "nguoi_lap").fill("")
    page.locator('[name="pham_vi"][value="dia_ban"]').check()
    is_mirrored(page, "pham_vi")
    is_forgotten(page)
    assert "nguoi_lap" not in stored(app, code)
    assert stored(app, code)["pham_vi"] == ["dia_ban"]
    desk.eyes.look()


def test_a_tab_that_is_killed_while_somebody_types_loses_nothing(desk: Desk, app: Flask) -> None:
    code = open_round(app)
    page = desk.page
    page.goto(f"/{code}/muc/qua_trinh")
    page.locator('[name="co_van_ban"][value="co"]').check()
    page.get_by_role("button", name="Thêm: Văn bản triển khai đã ban hành").click()
    field(page, "van_ban-1-so_van_ban").fill("12-KH/TU")
    field(page, "mo_ta_qua_trinh").fill("Đã xong\n12 xã.")
    is_mirrored(page, "mo_ta_qua_trinh")
    kill(page)
    page = desk.context.new_page()
    page.goto(f"/{code}/muc/qua_trinh")
    page.get_by_role("button", name="Khôi phục").click()
    expect(field(page, "mo_ta_qua_trinh")).to_have_value("Đã xong\n12 xã.")
    expect(field(page, "van_ban-1-so_van_ban")).to_have_value("12-KH/TU")
    is_saved(page)
    assert stored(app, code)["van_ban-1-so_van_ban"] == ["12-KH/TU"]


def test_a_page_that_is_reloaded_at_once_loses_nothing(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-UMT")
    page = desk.page
    page.goto(f"/{code}/muc/thong_tin_chung")
    is_cached(page, f"/{code}?all=1")
    for name in ("Phó ban", "Trưởng ban", "Ủy viên"):
        field(page, "chuc_vu_nguoi_lap").fill(name)
        page.reload()
        back = page.get_by_role("button", name="Khôi phục")
        wait_until(
            page,
            """(name) => !document.getElementById("restore").hidden ||
              document.querySelector("[name=chuc_vu_nguoi_lap]").value === name""",
            name,
        )
        if back.is_visible():
            back.click()
        expect(field(page, "chuc_vu_nguoi_lap")).to_have_value(name)
        is_forgotten(page)
        assert stored(app, code)["chuc_vu_nguoi_lap"] == [name]
    expect(page.locator(".conflict-here")).to_have_count(0)


def test_a_saving_that_takes_long_is_told_and_stops_nobody(
    browser: Browser, installation: Installation, app: Flask
) -> None:
    code = open_round(app, unit_code="HU-TH")
    with open_desk(browser, installation, service_workers="block") as desk:
        page = desk.page
        page.goto(f"/{code}/muc/thong_tin_chung")
        field(page, "nguoi_lap").fill("Trần")
        is_saved(page)
        page.route("**/nhap", lambda route: None)
        field(page, "nguoi_lap").fill("Trần Thị Bé")
        expect(page.locator("#save-state")).to_have_text("Chưa lưu, đang thử lại")
        page.get_by_role("button", name="Lưu và tiếp tục").click()
        expect(page.locator("h1")).to_have_text(re.compile("^II. "))
        assert stored(app, code)["nguoi_lap"] == ["Trần Thị Bé"]


def test_another_tab_is_not_overwritten(desk: Desk, colleague: Page, app: Flask) -> None:
    code = open_round(app, unit_code="HU-HD")
    page = desk.page
    for one in (page, colleague):
        one.goto(f"/{code}?all=1")
    field(colleague, "nguoi_lap").fill("Lê Văn Tám")
    field(colleague, "chuc_vu_nguoi_lap").fill("Phó ban")
    is_saved(colleague)
    field(page, "nguoi_lap").fill("Phan Thị Chín")
    told = page.locator(".conflict-here")
    expect(told).to_contain_text("Lê Văn Tám")
    expect(field(page, "chuc_vu_nguoi_lap")).to_have_value("Phó ban")
    assert stored(app, code)["nguoi_lap"] == ["Lê Văn Tám"]
    desk.eyes.look()
    page.get_by_role("button", name="Giữ của tôi").click()
    expect(told).to_have_count(0)
    is_saved(page)
    wait_until(page, "() => !phieuKeeping.changes().nguoi_lap")
    assert stored(app, code)["nguoi_lap"] == ["Phan Thị Chín"]
    field(colleague, "nguoi_lap").fill("Lê Văn Tám B")
    colleague.get_by_role("button", name="Lấy câu trả lời đó").click()
    expect(field(colleague, "nguoi_lap")).to_have_value("Phan Thị Chín")


def test_a_button_pressed_over_a_conflict_asks(desk: Desk, colleague: Page, app: Flask) -> None:
    code = open_round(app, unit_code="HU-GR")
    page = desk.page
    for one in (page, colleague):
        one.goto(f"/{code}/muc/thong_tin_chung")
    field(colleague, "nguoi_lap").fill("Lê Văn Tám")
    is_saved(colleague)
    field(page, "nguoi_lap").fill("Phan Thị Mười")
    page.get_by_role("button", name="Lưu và tiếp tục").click()
    expect(page.locator("h1")).to_have_text("Vui lòng chọn giữa hai câu trả lời")
    desk.eyes.look()
    page.get_by_label("Phan Thị Mười").check()
    page.get_by_role("button", name="Giữ các câu đã chọn và tiếp tục").click()
    expect(page.locator("h1")).to_have_text(re.compile("^II. "))
    assert stored(app, code)["nguoi_lap"] == ["Phan Thị Mười"]
    is_forgotten(page)


def test_leaving_by_a_link_saves_first(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-GT")
    page = desk.page
    page.goto(f"/{code}/muc/thong_tin_chung")
    field(page, "chuc_vu_nguoi_lap").fill("Phó ban")
    page.get_by_role("link", name="Tất cả các phần").click()
    expect(page.locator("h1")).not_to_have_text(re.compile("^I. "))
    assert stored(app, code)["chuc_vu_nguoi_lap"] == ["Phó ban"]


def open_filled(page: Page, code: str, colleague: Visitor) -> None:
    """Fill the draft of a unit and open it whole."""
    whole = colleague.open(f"/{code}?all=1")
    colleague.follow(colleague.send(whole, "save", plausible(whole.form)))
    page.goto(f"/{code}?all=1")


@pytest.mark.parametrize(("workers", "unit_code"), [("allow", "HU-AB"), ("block", "HU-KH")])
def test_going_back_after_sending_sends_nothing_twice(
    browser: Browser, installation: Installation, app: Flask, workers: str, unit_code: str
) -> None:
    code = open_round(app, unit_code=unit_code)
    before = len(revisions(app))
    with open_desk(browser, installation, service_workers=workers) as desk:
        page = desk.page
        open_filled(page, code, Visitor(app.test_client()))
        press_twice = "(button) => { button.click(); button.click(); }"
        page.get_by_role("button", name="Gửi", exact=True).evaluate(press_twice)
        expect(page.locator(".receipt-code")).to_be_visible()
        receipt = page.url
        assert len(revisions(app)) == before + 1
        is_forgotten(page)
        page.go_back()
        expect(field(page, "nguoi_lap")).to_have_value("Đúng kế hoạch")
        page.get_by_role("button", name="Gửi", exact=True).click()
        expect(page).to_have_url(receipt)
        assert len(revisions(app)) == before + 1
        page.go_back()
        field(page, "nguoi_lap").fill("Trần Thị Bé")
        page.get_by_role("button", name="Gửi", exact=True).click()
        # A page out of the browser's cache began before the report was sent.
        asked = page.get_by_role("button", name="Giữ các câu đã chọn và gửi")
        expect(asked.or_(page.locator(".receipt-code"))).to_be_visible()
        if asked.is_visible():
            page.get_by_label("Trần Thị Bé").check()
            asked.click()
        expect(page.locator(".receipt-code")).to_be_visible()
        assert page.url != receipt
    assert [r.number for r in revisions(app)][before:] == [1, 2]


def test_a_page_that_has_expired_shows_what_was_typed(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-AM")
    page = desk.page
    page.goto(f"/{code}?all=1")
    with writing(app) as session:
        revoke(session, unit_link(session, unit_code="HU-AM"))
    field(page, "nguoi_lap").fill("Trần Thị Bé")
    expect(page.locator("#save-state")).to_contain_text("Chưa tự lưu được")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("h1")).to_have_text("Đường dẫn này không còn hiệu lực")
    expect(page.locator("main")).to_contain_text("Trần Thị Bé")
    desk.eyes.look()


# --- without network ------------------------------------------------------------------------------


def test_a_unit_fills_and_sends_without_network(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-CT")
    before = len(revisions(app))
    page = desk.page
    open_filled(page, code, Visitor(app.test_client()))
    is_cached(page, f"/{code}?all=1", f"/{code}")
    desk.context.set_offline(True)
    page.goto(f"/{code}/muc/qua_trinh")
    expect(page.locator("#save-state")).to_contain_text("Mất kết nối")
    field(page, "nguoi_lap").fill("Trần Thị Bé")
    expect(page.locator("#save-state")).to_have_text("Mất kết nối, đã giữ trên máy này")
    pdf = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    page.locator('[name="tep_bao_cao"]').set_input_files(pdf)
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("h1")).to_have_text("Chưa gửi")
    expect(page.locator("#outbox")).to_contain_text("đang chờ mạng")
    # The browser notes that there is no network.
    desk.eyes.faults.clear()
    desk.eyes.look()
    assert len(revisions(app)) == before
    desk.context.set_offline(False)
    expect(page.locator(".receipt-code")).to_be_visible()
    expect(page.get_by_role("link", name="a.pdf")).to_be_visible()
    assert len(revisions(app)) == before + 1
    assert '"nguoi_lap":"Trần Thị Bé"' in revisions(app)[-1].answers


def test_whoever_has_opened_the_list_can_fill_in_without_network(desk: Desk, app: Flask) -> None:
    code = open_round(app, unit_code="HU-VT")
    page = desk.page
    page.goto(f"/{code}")
    is_cached(page, f"/{code}", f"/{code}?all=1", *page_parts(app, f"/{code}?all=1"))
    desk.context.set_offline(True)
    page.reload()
    expect(page.locator("#cached")).to_contain_text("Mất kết nối")
    page.get_by_role("link", name=re.compile("^I. ")).click()
    expect(page.locator("#save-state")).to_contain_text("toàn bộ biểu mẫu")
    field(page, "nguoi_lap").fill("Trần Thị Bé")
    is_mirrored(page, "nguoi_lap")
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.locator("h1")).to_have_text("Chưa gửi")
    desk.context.set_offline(False)
    expect(page.locator("h1")).to_have_text("Không còn nội dung chờ gửi")
    assert stored(app, code)["nguoi_lap"] == ["Trần Thị Bé"]
    desk.eyes.faults.clear()
    desk.eyes.look()
    page.get_by_role("link", name="Trở lại biểu mẫu").click()
    expect(page.locator("#keeping")).to_be_attached()


def test_two_participants_answer_on_one_phone_without_network(desk: Desk, app: Flask) -> None:
    code = public_code(app)
    before = len(feedbacks(app))
    page = desk.page
    page.goto(f"/{code}")
    is_cached(page, f"/{code}")
    desk.context.set_offline(True)
    for _ in range(2):
        page.goto(f"/{code}")
        expect(page.locator("#restore")).to_be_hidden()
        fill_feedback(page)
        page.get_by_role("button", name="Gửi phản hồi").click()
        expect(page.locator("h1")).to_have_text("Chưa gửi")
    expect(page.locator("#outbox li")).to_have_count(2)
    is_forgotten(page)
    desk.context.set_offline(False)
    expect(page.locator("#outbox li", has_text="Đã gửi")).to_have_count(2)
    assert len(feedbacks(app)) == before + 2
    page.goto(f"/{code}")
    expect(page.locator("#waiting")).to_be_hidden()


def test_a_server_that_is_restarted_eats_nothing(browser: Browser, settings: Settings) -> None:
    with ExitStack() as server:
        running = server.enter_context(serve(settings))
        code, port = public_code(running.app), int(running.address.rpartition(":")[2])
        with open_desk(browser, running) as desk:
            page = desk.page
            page.goto(f"/{code}")
            is_cached(page, f"/{code}")
            fill_feedback(page)
            server.close()
            page.get_by_role("button", name="Gửi phản hồi").click()
            expect(page.locator("h1")).to_have_text("Chưa gửi")
            assert feedbacks(running.app) == []
            with serve(settings, port=port):
                page.get_by_role("button", name="Thử gửi ngay").click()
                expect(page.locator("h1")).to_have_text("Xin cảm ơn")
            assert len(feedbacks(running.app)) == 1


def test_what_the_server_refuses_later_is_shown_and_sent_again(desk: Desk, app: Flask) -> None:
    code = public_code(app, 1)
    page = desk.page
    page.goto(f"/{code}")
    is_cached(page, f"/{code}")
    desk.context.set_offline(True)
    page.reload()
    field(page, "gop_y").fill("Nên có tài liệu ngắn.")
    page.get_by_role("button", name="Gửi phản hồi").click()
    expect(page.locator("h1")).to_have_text("Chưa gửi")
    desk.context.set_offline(False)
    page.get_by_role("button", name="Xem lại và gửi").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(field(page, "gop_y")).to_have_value("Nên có tài liệu ngắn.")


# --- a participant --------------------------------------------------------------------------------


def test_a_participant_is_offered_what_was_typed(desk: Desk, app: Flask) -> None:
    code = public_code(app)
    before = len(feedbacks(app))
    page = desk.page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.method))
    page.goto(f"/{code}")
    fill_feedback(page)
    field(page, "gop_y").fill("Nên có tài liệu ngắn.")
    is_mirrored(page, "gop_y")
    assert "POST" not in requests
    kill(page)
    page = desk.context.new_page()
    page.goto(f"/{code}")
    expect(page.locator("#restore")).to_be_visible()
    page.get_by_role("button", name="Khôi phục").click()
    expect(field(page, "gop_y")).to_have_value("Nên có tài liệu ngắn.")
    page.get_by_role("button", name="Gửi phản hồi").click()
    expect(page.locator("h1")).to_have_text("Xin cảm ơn")
    is_forgotten(page)
    assert len(feedbacks(app)) == before + 1
    page.goto(f"/{code}")
    expect(page.locator("#restore")).to_be_hidden()


def test_a_participant_who_reloads_at_once_is_offered_it_back(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto(f"/{public_code(app)}")
    field(page, "gop_y").fill("Nên có tài liệu ngắn.")
    page.reload()
    page.get_by_role("button", name="Khôi phục").click()
    expect(field(page, "gop_y")).to_have_value("Nên có tài liệu ngắn.")


def test_what_is_offered_may_be_discarded(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto(f"/{public_code(app)}")
    field(page, "gop_y").fill("Nên có tài liệu ngắn.")
    is_mirrored(page, "gop_y")
    kill(page)
    desk.page = page = desk.eyes.page = desk.context.new_page()
    page.goto(f"/{public_code(app)}")
    expect(page.locator("#restore")).to_be_visible()
    desk.eyes.look()
    page.get_by_role("button", name="Bỏ", exact=True).click()
    expect(page.locator("#restore")).to_be_hidden()
    is_forgotten(page)
    expect(field(page, "gop_y")).to_have_value("")


def test_a_shared_device_is_cleaned_on_request(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto(f"/{public_code(app)}")
    is_cached(page, f"/{public_code(app)}")
    field(page, "gop_y").fill("Nên có tài liệu ngắn.")
    is_mirrored(page, "gop_y")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Máy dùng chung").click()
    expect(page.locator("#save-state")).to_have_text("Đã xoá dữ liệu trên máy này")
    is_forgotten(page)
    assert page.evaluate("caches.keys()") == []
