"""The pages of the Word report and of its template, and the worker that makes the files."""

from __future__ import annotations

import re
import shutil
import stat
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exports.records import DataOptions
from models import AuditEntry, Campaign
from services import exporting
from services.exporting import Wanted
from tests.exports.documents import lines, shipped, tables, template_of, with_files
from tests.factories import send_report, unit_link
from tests.services.test_correcting import give_back
from tests.stored import looking, writing
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from views import making, pdf
from views.export_files import exports_folder
from views.making import make_exports

PAGE = "/ban/kh46/dot1/bao-cao-word"
TEMPLATE = "/ban/kh46/mau-bao-cao"


@pytest.fixture
def viewer(app: Flask) -> FlaskClient:
    """Return the browser of a viewer; one unit has sent."""
    with writing(app) as session:
        answers = '{"dien_thoai":"0912345678","qt_dv":4,"tong_dv":5}'
        send_report(session, unit_link(session), answers=answers)
    return signed_in(app, "viewer")


def shown(browser: FlaskClient, page: str = PAGE) -> TestResponse:
    answer = browser.get(page)
    assert answer.status_code == 200, answer.text
    check_page(answer.text)
    return answer


def ask(browser: FlaskClient, **chosen: str) -> TestResponse:
    form = {"csrf_token": token(browser.get(PAGE)), **chosen}
    assert browser.post(PAGE, data=form).status_code == 303
    return shown(browser)


def make(app: Flask) -> int:
    with app.app_context():
        return make_exports()


def download(browser: FlaskClient) -> TestResponse:
    page = shown(browser)
    found = re.search(rf'href="({PAGE}/[0-9a-f]{{32}})"', page.text)
    assert found, page.text
    with browser.get(found[1]) as answer:
        assert answer.status_code == 200
        assert answer.data
        return answer


def last_acts(app: Flask, number: int) -> list[str]:
    with looking(app) as session:
        newest = select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(number)
        return list(session.scalars(newest))


def test_the_report_is_asked_for_made_in_the_background_and_downloaded(
    app: Flask, viewer: FlaskClient
) -> None:
    assert "Đang chờ" in ask(viewer).text
    assert make(app) == 1
    answer = download(viewer)
    name = answer.headers["Content-Disposition"]
    assert "BC%20k%E1%BA%BFt%20qu%E1%BA%A3%20th%E1%BB%B1c%20hi%E1%BB%87n%20CT%2007-CT-TU" in name
    said = "\n".join(lines(answer.data))
    assert "có 1/112 đơn vị gửi báo cáo (0,9%)" in said
    assert "đảng viên 4/5 người (80%)" in said
    assert "Kế hoạch số 46-KH/BTGTU, ngày 08-6-2021" in said
    assert "Đợt 2" not in said
    assert "0912345678" not in said + str(tables(answer.data))
    assert last_acts(app, 1) == ["word.exported"]


def test_a_returned_report_counts_only_when_it_is_wanted(app: Flask, viewer: FlaskClient) -> None:
    with writing(app) as session:
        give_back(session)
    ask(viewer)
    assert make(app) == 1
    said = "\n".join(lines(download(viewer).data))
    assert "chưa tổng hợp số liệu: 1 báo cáo (Thành ủy Rạch Giá)" in said
    assert "đảng viên 4/5 người" not in said
    assert "(kể cả báo cáo đang trả lại)" in ask(viewer, returned="1").text
    assert make(app) == 1
    said = "\n".join(lines(download(viewer).data))
    assert "chưa tổng hợp" not in said
    assert "đảng viên 4/5 người" in said


def test_an_export_of_data_is_no_report_and_a_report_is_no_export_of_data(
    app: Flask, viewer: FlaskClient
) -> None:
    with writing(app) as session:
        wanted = Wanted("kh46", "dot1", "csv", DataOptions())
        data = exporting.ask(session, wanted, "x@ban.example", datetime.now(UTC))
    ask(viewer)
    assert make(app) == 2
    assert viewer.get(f"{PAGE}/{data}").status_code == 404
    form = {"csrf_token": token(viewer.get(PAGE))}
    assert viewer.post(f"{PAGE}/{data}/huy", data=form).status_code == 404
    report = re.search(rf"{PAGE}/([0-9a-f]{{32}})", shown(viewer).text)
    assert report
    officer = signed_in(app, "officer")
    page = shown(officer, "/ban/kh46/dot1/du-lieu")
    assert report[1] not in page.text
    assert officer.get(f"/ban/kh46/dot1/du-lieu/{report[1]}").status_code == 404


def test_a_report_on_its_way_can_be_cancelled(app: Flask, viewer: FlaskClient) -> None:
    page = ask(viewer)
    found = re.search(rf'action="({PAGE}/[0-9a-f]{{32}}/huy)"', page.text)
    assert found
    form = {"csrf_token": token(page)}
    assert viewer.post(found[1], data=form).status_code == 303
    assert "Đã hủy" in shown(viewer).text
    assert make(app) == 0
    assert last_acts(app, 1) == ["word.cancelled"]


def test_rounds_that_no_unit_reports_in_have_no_report(app: Flask, viewer: FlaskClient) -> None:
    form = {"csrf_token": token(viewer.get(PAGE))}
    for code in ("phan_hoi", "kho_khan", "nowhere"):
        page = f"/ban/kh46/{code}/bao-cao-word"
        assert viewer.get(page).status_code == 404
        assert viewer.post(page, data=form).status_code == 404
    assert "bao-cao-word" not in viewer.get("/ban/kh46/phan_hoi").text


def test_the_style_is_that_of_the_campaign(app: Flask, viewer: FlaskClient) -> None:
    with writing(app) as session:
        session.scalars(select(Campaign)).one().document_style = "decree"
    ask(viewer)
    assert make(app) == 1
    assert "Độc lập - Tự do - Hạnh phúc" in str(tables(download(viewer).data))


# --- PDF ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not pdf.program(), reason="needs LibreOffice Writer")
def test_a_pdf_is_made_where_libreoffice_is(app: Flask, viewer: FlaskClient) -> None:
    ask(viewer, format="pdf")
    assert make(app) == 1
    answer = download(viewer)
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "filename*=UTF-8''BC%20" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].endswith(".pdf")


def test_without_libreoffice_the_page_says_so(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    page = shown(viewer)
    assert "máy chủ chưa cài LibreOffice" in page.text
    assert 'value="pdf"' not in page.text
    ask(viewer, format="pdf")
    assert make(app) == 1
    assert download(viewer).data.startswith(b"PK")


def test_calc_alone_makes_no_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pdf.program()
    (tmp_path / "libsclo.so").touch()
    assert not pdf.program()
    (tmp_path / "libswlo.so").touch()
    assert pdf.program()


def program(folder: Path, script: str) -> None:
    """Put a program in the place of LibreOffice."""
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_libreoffice_that_hangs_is_ended_with_all_it_started(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path, f"/bin/sleep 300 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "LONGEST_SECONDS", 1.0)
    ask(viewer, format="pdf")
    began = time.monotonic()
    assert make(app) == 0
    assert time.monotonic() - began < 60
    page = shown(viewer)
    assert "Không xuất được PDF" in page.text
    child = int((tmp_path / "child").read_text())
    assert _is_gone(child)


def _is_gone(process: int) -> bool:
    """Tell whether a process has ended; it may wait for its parent to notice."""
    status = Path(f"/proc/{process}/status")
    for _ in range(50):
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.1)
    return False


def test_a_pdf_that_nobody_wants_any_more_is_given_up(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path, "exec /bin/sleep 300")
    monkeypatch.setenv("PATH", str(tmp_path))
    ask(viewer, format="pdf")
    with app.app_context():
        taken = _take()
        _cancel(taken.id)
        began = time.monotonic()
        assert making.make(taken) is False
    assert time.monotonic() - began < 60


def test_what_a_killed_worker_leaves_of_a_pdf_is_removed(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # LibreOffice tells where it works, and leaves all of it behind elsewhere.
    copied = tmp_path / "copied"
    script = f'cp -r "$folder" {copied}; echo "$folder" > {tmp_path}/where'
    program(tmp_path, f'for last; do :; done; folder=$(dirname "$last"); {script}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ask(viewer, format="pdf")
    with app.app_context():
        assert make_exports() == 0
        where = Path((tmp_path / "where").read_text().strip())
        assert where.parent == exports_folder()
        assert not where.exists()
        for clean in (making.resume_exports, making.forget_exports):
            name = where.name if clean is making.resume_exports else f"{'0' * 32}.a.part"
            shutil.copytree(copied, exports_folder() / name)
            clean()
            assert not (exports_folder() / name).exists()


def _take() -> exporting.Standing:
    with making.transaction() as session:
        taken = exporting.take(session, datetime.now(UTC))
    assert taken is not None
    return taken


def _cancel(export_id: str) -> None:
    with making.transaction() as session:
        exporting.cancel(session, "kh46", "dot1", export_id, "x", datetime.now(UTC))


# --- the template ---------------------------------------------------------------------------------


def upload(browser: FlaskClient, source: bytes, name: str = "Mẫu của Ban.docx") -> TestResponse:
    form = {"csrf_token": token(browser.get(TEMPLATE)), "template": (BytesIO(source), name)}
    return browser.post(TEMPLATE, data=form)


def test_the_template_is_downloaded_changed_and_used(app: Flask, viewer: FlaskClient) -> None:
    officer = signed_in(app, "officer")
    page = shown(officer, TEMPLATE)
    assert "Mẫu có sẵn của Phiếu" in page.text
    answer = officer.get(f"{TEMPLATE}/tep")
    assert answer.data == shipped()
    own = template_of("Ban báo cáo {{ bieu_2.qt_dv }} người")
    assert upload(officer, own).status_code == 303
    page = shown(officer, TEMPLATE)
    assert "Mẫu của Ban.docx" in page.text
    assert officer.get(f"{TEMPLATE}/tep").data == own
    assert officer.get(f"{TEMPLATE}/tep?shipped=1").data == shipped()
    ask(viewer)
    assert make(app) == 1
    assert lines(download(viewer).data) == ["Ban báo cáo 4 người"]
    form = {"csrf_token": token(officer.get(TEMPLATE))}
    assert officer.post(f"{TEMPLATE}/go", data=form).status_code == 303
    assert "Mẫu có sẵn của Phiếu" in shown(officer, TEMPLATE).text
    assert last_acts(app, 1) == ["word.template_reverted"]


def test_a_template_without_a_place_is_used_with_a_warning(app: Flask) -> None:
    officer = signed_in(app, "officer")
    warning = "Mẫu này không có chỗ điền nào"
    assert upload(officer, template_of("Báo cáo của Ban")).status_code == 303
    page = shown(officer, TEMPLATE)
    assert "Mẫu của Ban.docx" in page.text
    assert warning in page.text
    assert upload(officer, shipped()).status_code == 303
    assert warning not in shown(officer, TEMPLATE).text


def test_what_is_wrong_with_a_template_is_told_where_it_stands(app: Flask) -> None:
    officer = signed_in(app, "officer")
    answer = upload(officer, template_of("Mở đầu", "Có {{ bieu_2.qt_dw }} người {{ 7*7 }}"))
    assert answer.status_code == 422
    check_page(answer.text)
    said = answer.text.replace("<code>", "").replace("</code>", "")
    assert "Phần chữ, đoạn 2 (“Có {{ bieu_2.qt_dw }} người {{ 7*7 }}”): " in said
    assert "“bieu_2.qt_dw” không phải là tên một chỗ điền. Có phải là “bieu_2.qt_dv”?" in said
    assert "Không hiểu “{{ 7*7 }}”" in said
    with looking(app) as session:
        assert session.scalar(select(AuditEntry).where(AuditEntry.act.like("word.%"))) is None


def test_files_that_are_no_template_are_refused_in_words(app: Flask) -> None:
    officer = signed_in(app, "officer")
    assert "không phải là tài liệu Word" in upload(officer, b"%PDF-1.7").text
    entity = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    hostile = with_files(shipped(), {"word/document.xml": entity})
    assert "Không đọc được tệp" in upload(officer, hostile).text
    form = {"csrf_token": token(officer.get(TEMPLATE))}
    answer = officer.post(TEMPLATE, data=form)
    assert answer.status_code == 422
    assert "Vui lòng chọn tệp mẫu báo cáo." in answer.text


def test_a_viewer_sees_the_template_and_cannot_change_it(app: Flask, viewer: FlaskClient) -> None:
    page = shown(viewer, TEMPLATE)
    assert 'type="file"' not in page.text
    assert viewer.get(f"{TEMPLATE}/tep").status_code == 200
    form = {"csrf_token": token(page), "template": (BytesIO(shipped()), "a.docx")}
    assert viewer.post(TEMPLATE, data=form).status_code == 403
    assert viewer.post(f"{TEMPLATE}/go", data={"csrf_token": token(page)}).status_code == 403


def test_every_place_is_listed_with_its_present_value(app: Flask, viewer: FlaskClient) -> None:
    page = shown(viewer, f"{TEMPLATE}?round=dot1").text
    rows = dict(re.findall(r"<code>\{\{ ([\w.]+) \}\}</code></th>\s*<td>(.*?)</td>", page))
    assert rows["bieu_2.qt_dv"] == "4"
    assert rows["bieu_2.ty_le_qt_dv"] == "80"
    assert rows["bieu_2.qt_cb"] == "[…]"
    assert "không nêu" in rows["bieu_3.cuoc_cong"]
    assert rows["so_don_vi_gui"] == "1"
