"""The form in Excel as people use it: download, fill in, upload, send; also without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk, open_desk
from tests.browser.installation import Installation
from tests.exports.templates import filled_in, form
from tests.stored import open_round, revisions

pytestmark = pytest.mark.browser

DIFFICULTIES = form("kho_khan_vuong_mac")
ANSWERS = {
    "doi_tuong_kk": "Cả hai nhóm",
    "linh_vuc": "x",
    "muc_do": "Cần giải quyết ngay",
    "noi_dung": "Thiếu tài liệu.\nCần thêm 200 bản.",
    "de_nghi": "Cấp thêm",
    "co_quan_gq": "x",
    "dien_thoai": "0912345678",
}


def downloaded(page: Page) -> bytes:
    """Return the workbook that a link of the page gives."""
    with page.expect_download() as found:
        page.get_by_role("link", name="Tải biểu mẫu Excel về").click()
    assert found.value.suggested_filename.endswith(".xlsx")
    return Path(found.value.path()).read_bytes()


def uploaded(page: Page, source: bytes, folder: Path) -> None:
    """Choose a workbook and let it be checked."""
    file = folder / "đã điền.xlsx"
    file.write_bytes(source)
    page.get_by_label("Tệp Excel đã điền (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Kiểm tra tệp").click()
    expect(page.locator("h1")).to_have_text("Kiểm tra tệp Excel")


def fill_in_and_send(desk: Desk, code: str, folder: Path) -> None:
    page = desk.page
    page.goto(f"/{code}")
    source = downloaded(page)
    page.get_by_role("link", name="Nộp tệp Excel đã điền").click()
    desk.eyes.look()
    wrong = {**ANSWERS, "dien_thoai": "không có", "ngay_phat_sinh": "hôm qua", "de_nghi": None}
    uploaded(page, filled_in(DIFFICULTIES, source, wrong), folder)
    expect(page.get_by_text("2 ô chưa đúng")).to_be_visible()
    expect(page.get_by_text("Còn thiếu 1 câu trả lời")).to_be_visible()
    expect(page.get_by_text("Thiếu tài liệu.")).to_be_visible()
    desk.eyes.look()
    page.get_by_role("link", name="Chọn tệp khác").last.click()
    uploaded(page, filled_in(DIFFICULTIES, source, ANSWERS), folder)
    expect(page.get_by_text("Đã đủ nội dung")).to_be_visible()
    desk.eyes.look()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator("h1")).to_have_text("Biên nhận điện tử")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_form_is_filled_in_with_excel_and_sent(
    browser: Browser, installation: Installation, tmp_path: Path, scripts: bool
) -> None:
    code = open_round(installation.app, "kho_khan", late_allowed=True)
    before = len(revisions(installation.app))
    with open_desk(browser, installation, java_script_enabled=scripts) as desk:
        if not scripts:
            desk.eyes.look = lambda: None
        fill_in_and_send(desk, code, tmp_path)
    assert len(revisions(installation.app)) == before + 1


def test_the_task_list_offers_excel(desk: Desk, installation: Installation) -> None:
    desk.page.goto(f"/{open_round(installation.app)}")
    assert len(downloaded(desk.page)) > 10_000
    desk.eyes.look()
    desk.page.get_by_role("link", name="Nộp tệp Excel đã điền").click()
    expect(desk.page.locator("h1")).to_have_text("Nộp tệp Excel đã điền")
