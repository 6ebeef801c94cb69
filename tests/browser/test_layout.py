"""Where things stand: parts side by side at the top of a form, words that never end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from services import definitions
from tests.browser.installation import Installation
from tests.stored import open_round, writing

ENDLESS = "x" * 3000
SIDE_BY_SIDE = """
| survey | type | name | label | appearance |
| | text | ten | Họ tên | w6 |
| | integer | tuoi | Tuổi | w3 |
| | select_one v | mau | Màu | w3 minimal |
| | begin group | g | Nhóm A | w6 |
| | text | a | A | |
| | end group | | | |
| | begin group | h | Nhóm B | w6 |
| | text | b | B | |
| | text | c | C | |
| | end group | | | |
"""
OF_ENDLESS_WORDS = f"""
| survey | type | name | label | appearance |
| | text | a | {ENDLESS} | |
| | select_one v | b | {ENDLESS} | |
| | select_one v | d | {ENDLESS} | minimal |
| | note | n | {ENDLESS} | |
| | begin group | g | {ENDLESS} | |
| | select_one v | m1 | {ENDLESS} | label |
| | select_one v | m2 | {ENDLESS} | list-nolabel |
| | end group | | | |
| | begin repeat | r | {ENDLESS} | |
| | text | c | {ENDLESS} | |
| | end repeat | | | |
"""
END = f"""
| choices | list_name | name | label |
| | v | do | {ENDLESS} |
| settings | form_title | form_id | version |
| | {ENDLESS} | bao_cao_dot_1 | 2 |
"""


@contextmanager
def opened(browser: Browser, installation: Installation, survey: str, width: int) -> Iterator[Page]:
    """Open a form in a window of a width."""
    with writing(installation.app) as session:
        definitions.publish(session, (survey + END.strip()).encode(), "f.md", datetime.now(UTC))
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{installation.address}/{open_round(installation.app)}")
    yield page
    context.close()


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None, selector
    return dict(found)


def test_parts_at_the_top_of_a_form_stand_side_by_side(browser, installation):
    with opened(browser, installation, SIDE_BY_SIDE.lstrip(), 1280) as page:
        name, age, colour = (box(page, f"[data-question={n}]") for n in ("ten", "tuoi", "mau"))
        first, second = (box(page, f"[data-group={n}]") for n in ("g", "h"))
    assert name["x"] + name["width"] < age["x"] < age["x"] + age["width"] < colour["x"]
    assert abs(name["y"] + name["height"] - age["y"] - age["height"]) < 1
    assert first["x"] < second["x"]
    assert abs(first["y"] - second["y"]) < 1


def test_on_a_phone_they_stand_below_each_other(browser, installation):
    with opened(browser, installation, SIDE_BY_SIDE.lstrip(), 390) as page:
        name, age = (box(page, f"[data-question={n}]") for n in ("ten", "tuoi"))
    assert name["x"] == age["x"]
    assert name["y"] < age["y"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_word_without_an_end_does_not_widen_the_page(browser, installation, width):
    with opened(browser, installation, OF_ENDLESS_WORDS.lstrip(), width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
