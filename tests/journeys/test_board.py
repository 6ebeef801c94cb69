"""An officer's way from sign-in to the workbook, with what units and participants have sent."""

from __future__ import annotations

import io

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.stored import UNIT_NAME, in_days, open_round, public_code
from tests.views.board_members import PASSWORD, create_member
from tests.views.taken import take_workbook
from tests.visitor import Page, Visitor, plausible

FEEDBACK = {
    "doi_tuong": "dv_cbccvc",
    "cach_tham_gia_a": "tu_nc",
    "co_tai_lieu": "giay",
    "de_hieu": "5",
    "thoi_luong": "phu_hop",
    "thiet_thuc": "4",
}


def fill(visitor: Visitor, code: str, **changes: str) -> Page:
    """Open the whole form of a unit, fill it and send it."""
    page = visitor.open(f"/{code}?all=1")
    sent = visitor.send(page, "submit", {**plausible(page.form), **changes})
    return visitor.follow(sent)


@pytest.fixture
def visitor(app: Flask, client: FlaskClient) -> Visitor:
    """Return a browser, after two units, one of them late, and twelve participants have sent."""
    visitor = Visitor(client)
    fill(visitor, open_round(app), tong_dv="1.200", qt_dv="1.100", tl_dv="1.000", ly_do_chua_du="a")
    fill(visitor, open_round(app, unit_code="HU-AB", due_at=in_days(0)))
    fill(visitor, open_round(app, "kho_khan", due_at=None))
    public = public_code(app)
    for _ in range(12):
        visitor.follow(visitor.send(visitor.open(f"/{public}"), "submit", FEEDBACK))
    return visitor


def test_an_officer_follows_the_round_and_takes_the_workbook(app: Flask, visitor: Visitor) -> None:
    round_page = sign_in(app, visitor)
    find_reports(visitor, round_page)
    assert "12" in visitor.open("/ban/kh46/phan_hoi").text
    assert "Nội dung, số lượng tài liệu" in visitor.open("/ban/kh46/kho_khan").text
    take_the_workbook(visitor)
    sign_out(visitor)


def sign_in(app: Flask, visitor: Visitor) -> Page:
    """Be asked to sign in, mistype the password, and come back to the page that was wanted."""
    asked = visitor.follow(visitor.open("/ban/kh46/dot1"))
    account = {"email": create_member(app, "officer"), "password": PASSWORD}
    wrong = visitor.submit(asked.forms[0], {**account, "password": "không phải mật khẩu"})
    assert wrong.forms[0].named("password")
    round_page = visitor.follow(visitor.submit(wrong.forms[0], account))
    assert round_page.address.endswith("/ban/kh46/dot1")
    return round_page


def find_reports(visitor: Visitor, round_page: Page) -> None:
    """Find a unit without accents, the late ones by their state; read a report as sent."""
    search = next(form for form in round_page.forms if form.method == "get")
    found = visitor.submit(search, {"q": "rach gia"})
    assert UNIT_NAME in found.text
    assert "Huyện ủy An Biên" not in found.text
    late = visitor.open("/ban/kh46/dot1?state=late")
    assert "Huyện ủy An Biên" in late.text
    assert UNIT_NAME not in late.text
    report = visitor.open(found.link(UNIT_NAME))
    assert "1.200" in report.text


def take_the_workbook(visitor: Visitor) -> None:
    """Find in the workbook what was sent, and nothing for whoever has not sent."""
    download = take_workbook(visitor.client)
    assert download.mimetype.endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(download.data), data_only=True)
    sheet = next(book[name] for name in book.sheetnames if name.startswith("3."))
    rows = {row[1]: row for row in sheet.iter_rows(values_only=True) if row[1]}
    assert rows[UNIT_NAME][2:7] == (1200, 1100, 91.7, 1000, 83.3)
    assert rows["Huyện ủy An Minh"][2] is None
    book.close()


def sign_out(visitor: Visitor) -> None:
    board = visitor.open("/ban/")
    visitor.submit(next(form for form in board.forms if "dang-xuat" in form.action), {})
    assert visitor.open("/ban/").status == 302
