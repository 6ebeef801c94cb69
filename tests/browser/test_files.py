"""Files of a unit in a real browser: counted while they are chosen, listed, shown, removed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from services import definitions
from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.office_files import PDF, docx, photograph
from tests.stored import open_round, writing

pytestmark = pytest.mark.browser

FORM = """
| survey | type | name | label | calculation | relevant |
| | file | tep | Báo cáo đã ký và phụ lục | | |
| | image | anh | Ảnh hội nghị | | |
| | calculate | so_tep | Số tệp | count-selected(${tep}) | |
| | note | luu_y | Đã chọn ${so_tep} tệp. | | |
| | text | ghi_chu | Ghi chú về các tệp | | ${so_tep} > 1 |
| settings | form_id | form_title | version |
| | bao_cao_dot_1 | Tệp gửi kèm | 2 |
"""


@pytest.fixture
def code(installation: Installation) -> str:
    """Return the link of a unit that is asked for files."""
    with writing(installation.app) as session:
        definitions.publish(session, FORM.encode(), "bao_cao_dot_1.md", datetime.now(UTC))
    return open_round(installation.app)


def test_files_are_counted_listed_and_removed(desk: Desk, code: str, tmp_path: Path) -> None:
    page, counted = desk.page, desk.page.locator("[data-question=luu_y]")
    page.goto(f"/{code}?all=1")
    for name, content in (("a b.pdf", PDF), ("c.docx", docx()), ("d.jpg", photograph())):
        (tmp_path / name).write_bytes(content)
    chosen = page.locator("#q-tep")
    chosen.set_input_files([tmp_path / "a b.pdf", tmp_path / "c.docx"])
    expect(counted).to_contain_text("Đã chọn 2 tệp.")
    expect(page.locator("#q-ghi_chu")).to_be_visible()
    page.locator("#q-anh").set_input_files(tmp_path / "d.jpg")
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.get_by_role("link", name="c.docx")).to_be_visible()
    expect(counted).to_contain_text("Đã chọn 2 tệp.")
    desk.eyes.look()
    page.get_by_label("Gỡ tệp này: c.docx").check()
    expect(counted).to_contain_text("Đã chọn 1 tệp.")
    expect(page.locator("#q-ghi_chu")).to_be_hidden()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("h1")).to_have_text("Biên nhận điện tử")
    expect(page.get_by_role("link", name="a b.pdf")).to_be_visible()
    expect(page.get_by_role("link", name="c.docx")).to_have_count(0)
    shown = page.get_by_role("img", name=re.compile("d.jpg"))
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.sent-files img').naturalWidth === 40")
    desk.eyes.look()


def test_a_file_is_downloaded_and_not_opened(desk: Desk, code: str, tmp_path: Path) -> None:
    page = desk.page
    page.goto(f"/{code}?all=1")
    (tmp_path / "Kế hoạch.pdf").write_bytes(PDF)
    page.locator("#q-tep").set_input_files(tmp_path / "Kế hoạch.pdf")
    page.get_by_role("button", name="Lưu nháp").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Kế hoạch.pdf").click()
    assert started.value.suggested_filename == "Kế hoạch.pdf"
    assert Path(started.value.path()).read_bytes() == PDF
