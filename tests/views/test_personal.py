"""The register of personal data, until when contacts are kept, and taking them along."""

from __future__ import annotations

import io
import time
from datetime import timedelta

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from language.dates import local
from models import AuditEntry, Campaign
from services import retention
from tests.factories import send_report, unit_link
from tests.stored import in_days, looking, writing
from tests.views.board_members import signed_in
from tests.views.board_pages import form_of, send_form
from tests.views.taken import take_workbook
from tests.visitor import Page, Visitor

REGISTER = "/ban/du-lieu-ca-nhan"
KEEP = "/ban/kh46/luu-giu"
PHONE = "0912345678"


def send(app: Flask) -> tuple[str, str]:
    """Let a unit send a report with its telephone; return its link and receipt."""
    with writing(app) as session:
        link = unit_link(session)
        receipt = send_report(session, link, answers=f'{{"dien_thoai":"{PHONE}"}}')
    return link.code, receipt.code


def set_day(officer: Visitor, typed: str) -> Page:
    return send_form(officer, officer.open(KEEP), {"until": typed}, end="/luu-giu")


def test_the_register_says_what_is_kept_and_until_when(app: Flask) -> None:
    page = Visitor(signed_in(app, "viewer")).open(REGISTER)
    assert "Tài khoản của Ban" in page.text
    assert "24 giờ kể từ khi yêu cầu" in page.text
    assert "chưa đặt ngày: lưu không thời hạn" in page.text
    assert "Tải thông tin liên hệ (Excel)" not in page.text


def test_a_day_is_set_and_shown(app: Flask) -> None:
    officer = Visitor(signed_in(app, "officer"))
    day = local(in_days(30)).date()
    assert set_day(officer, f"{day:%d/%m/%Y}").status == 303
    assert f"{day.day}/{day.month}/{day.year}" in officer.open(REGISTER).text
    assert set_day(officer, "").status == 303
    with looking(app) as session:
        assert session.scalars(select(Campaign.contacts_until)).all() == [None]


def test_a_wrong_day_is_said_and_kept(app: Flask) -> None:
    officer = Visitor(signed_in(app, "officer"))
    for typed, sentence in (
        ("31/2/2030", "Vui lòng nhập ngày như 31/12/2026"),
        ("1/1/2020", "Ngày này đã qua"),
    ):
        page = set_day(officer, typed)
        assert page.status == 422
        assert sentence in page.text
        assert f'value="{typed}"' in page.html


def test_contacts_are_taken_along_after_the_password_and_that_is_noted(app: Flask) -> None:
    send(app)
    officer = Visitor(signed_in(app, "officer"))
    form = form_of(officer.open(REGISTER), "dau-moi.xlsx")
    with officer.client.session_transaction(base_url="http://localhost/ban/") as session:
        session["fs_paa"] = time.time() - 61 * 60
    asked = officer.post(form.action, form.values())
    assert asked.location == "/ban/xac-nhan?next=/ban/du-lieu-ca-nhan"
    with officer.client.session_transaction(base_url="http://localhost/ban/") as session:
        session["fs_paa"] = time.time()
    answer = officer.client.post(form.action, data=form.values())
    cells = [
        str(cell.value)
        for row in load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows()
        for cell in row
    ]
    assert PHONE in cells
    with looking(app) as stored:
        entry = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry
    assert (entry.act, entry.actor) == ("contacts.exported", "officer@ban.example")


def test_no_other_workbook_has_them(app: Flask) -> None:
    send(app)
    answer = take_workbook(signed_in(app, "officer"))
    book = load_workbook(io.BytesIO(answer.data))
    texts = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row]
    assert "TU-RG" in texts
    assert PHONE not in texts


def test_receipts_and_reports_say_what_was_erased(app: Flask) -> None:
    link, receipt = send(app)
    unit = Visitor(app.test_client())
    address = f"/{link}/bien-nhan/{receipt}"
    assert PHONE in unit.open(address).text
    before = unit.client.get(f"{address}/tai-ve").data
    with writing(app) as session:
        tomorrow = in_days(1)
        retention.keep_until(session, "kh46", local(tomorrow).date(), "x", in_days(0))
        retention.erase_due(session, tomorrow + timedelta(days=1))
    said = "Đã xóa theo quy định Số điện thoại liên hệ công vụ"
    for page in (
        unit.open(address),
        Visitor(signed_in(app, "officer")).open("/ban/kh46/dot1/TU-RG"),
    ):
        assert PHONE not in page.html
        assert said in page.text.replace("quy địnhSố", "quy định Số")
    after = unit.client.get(f"{address}/tai-ve").data
    assert PHONE.encode() not in after
    for file in (before, after):
        answer = unit.client.post("/kiem-tra", data={"tep": (io.BytesIO(file), "bien-nhan.html")})
        assert answer.status_code == 200, answer.text
