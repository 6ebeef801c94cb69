"""Warnings while somebody types: polite, beside the question, gone when they no longer hold."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.stored import open_round, revisions
from tests.visitor import Visitor, plausible

pytestmark = pytest.mark.browser


@pytest.fixture
def app(installation: Installation) -> Flask:
    """Return an application on the database of the installation."""
    return installation.app


REASON = "Sinh hoạt đến từng tổ."


@pytest.fixture
def code(app: Flask) -> str:
    """Return a link to the second round with a draft, after a report to the first."""
    visitor = Visitor(app.test_client())
    first = visitor.open(f"/{open_round(app)}?all=1")
    visitor.send(first, "submit", plausible(first.form))
    code = open_round(app, "dot2")
    second = visitor.open(f"/{code}?all=1")
    visitor.follow(visitor.send(second, "save", plausible(second.form)))
    return code


def test_a_warning_comes_and_goes_while_somebody_types(desk: Desk, code: str) -> None:
    page = desk.page
    page.goto(f"/{code}/muc/so_cuoc_nguoi_du")
    warning = page.locator("#warning-cuoc_tang_vot")
    reason = page.locator("[name=explain-cuoc_tang_vot]")
    many = page.locator("[name=cuoc_to_tq]")
    expect(warning).to_be_hidden()
    expect(reason).to_be_hidden()
    many.fill("")
    many.press_sequentially("1234000")
    expect(warning).to_have_text("Tổng số cuộc (1.240.170) tăng hơn 4 lần so với Đợt 1.")
    assert warning.evaluate("e => e.parentElement.role") == "status"
    desk.eyes.look()
    reason.fill(REASON)
    many.fill("1.234")
    expect(warning).to_be_hidden()
    expect(reason).to_be_hidden()
    many.fill("1.234.000")
    expect(reason).to_have_value(REASON)
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu và tiếp tục").click()
    page.goto(f"/{code}/kiem-tra")
    expect(page.get_by_label("Vui lòng giải thích")).to_have_value(REASON)


def test_a_report_without_its_reason_comes_back_once(desk: Desk, app: Flask, code: str) -> None:
    page, before = desk.page, len(revisions(app))
    page.goto(f"/{code}/muc/so_cuoc_nguoi_du")
    page.locator("[name=cuoc_to_tq]").fill("1.234.000")
    page.locator("[name=explain-cuoc_tang_vot]").fill("")
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu và tiếp tục").click()
    page.goto(f"/{code}/kiem-tra")
    desk.eyes.look()
    with page.expect_navigation():
        page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator(".error-summary")).to_be_focused()
    desk.eyes.look()
    with page.expect_navigation():
        page.get_by_role("button", name="Gửi không kèm giải thích").click()
    expect(page.get_by_text("Chưa giải thích")).to_be_visible()
    desk.eyes.look()
    assert len(revisions(app)) == before + 1
