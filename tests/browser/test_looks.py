"""What pages look like where a style alone decides it."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.stored import open_round, public_code

pytestmark = pytest.mark.browser

OUT_OF_SIGHT = """() => Array.from(document.querySelectorAll("[data-question], [data-group]"))
  .filter((part) => !part.checkVisibility()).map((part) => Object.values(part.dataset)[0])"""
IF_ANY = """(name) => getComputedStyle(
  document.querySelector(`[data-group="${name}"] > legend`), "::after").content"""
ACROSS_THE_FRAME = """() => Array.from(document.querySelectorAll(".instance")).filter((frame) => {
  const around = frame.getBoundingClientRect();
  const heading = frame.querySelector("legend").getBoundingClientRect();
  const next = frame.children[1].getBoundingClientRect();
  return !(heading.top > around.top && heading.bottom <= next.top);
}).length"""


@pytest.fixture
def app(installation: Installation) -> Flask:
    """Return an application on the database of the installation."""
    return installation.app


@pytest.mark.parametrize(("language", "said"), [("vi", '" (nếu có)"'), ("en", '" (if any)"')])
def test_a_whole_form_on_paper_asks_everything(
    desk: Desk, app: Flask, language: str, said: str
) -> None:
    page = desk.page
    page.goto(f"/{open_round(app)}?all=1&lang={language}")
    assert "van_ban" in page.evaluate(OUT_OF_SIGHT)
    page.emulate_media(media="print")
    assert page.evaluate(OUT_OF_SIGHT) == []
    assert page.evaluate(IF_ANY, "van_ban") == said
    assert page.evaluate(IF_ANY, "qua_trinh") == "none"
    assert page.evaluate(IF_ANY.replace("group", "question"), "loai_van_ban") == "none"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_heading_of_a_repeat_stands_inside_its_frame(
    desk: Desk, app: Flask, width: int
) -> None:
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/{open_round(app)}/muc/qua_trinh")
    page.locator('[name="co_van_ban"][value="co"]').check()
    expect(page.locator(".instance").first).to_be_visible()
    assert page.evaluate(ACROSS_THE_FRAME) == 0


def test_a_link_to_a_question_shows_what_it_asks(desk: Desk, app: Flask) -> None:
    page = desk.page
    page.goto(f"/{public_code(app)}")
    page.get_by_role("button", name="Gửi phản hồi").click()
    page.locator('a[href="#q-thiet_thuc"]').click()
    expect(page.locator("#q-thiet_thuc")).to_be_in_viewport()
    expect(page.locator('[data-question="thiet_thuc"] legend')).to_be_in_viewport(ratio=1)


def test_whoever_has_but_a_keyboard_sees_which_button_is_meant(desk: Desk) -> None:
    page = desk.page
    page.goto("/ban/dang-nhap")
    page.get_by_label("Mật khẩu").focus()
    button = page.get_by_role("button", name="Đăng nhập", exact=True)
    for _ in range(9):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    assert button.evaluate("button => getComputedStyle(button).outline").endswith("solid 3px")
