"""Sessions: the list of them, ending them, and when the password is asked for again."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from models import AuditEntry, SignIn
from models.database import reading
from tests.stored import writing
from tests.views.board_members import PASSWORD, create_member, sign_in, signed_in
from tests.views.board_pages import form_of, send_form
from tests.visitor import Page, Visitor

DEVICES = "/ban/phien-lam-viec"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
NEW = "một câu khác hẳn câu trước"


def browser(app: Flask, email: str, agent: str = "") -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    assert sign_in(visitor.client, email).status_code == 302
    return visitor


def sign_out(visitor: Visitor) -> None:
    form = next(f for f in visitor.open("/ban/").forms if f.action.endswith("/dang-xuat"))
    assert visitor.post(form.action, form.values()).status == 302


@pytest.fixture
def member(app: Flask) -> str:
    """Return the address of a member."""
    return create_member(app, "viewer")


def test_sessions_are_listed_with_device_and_hour(app: Flask, member: str) -> None:
    browser(app, member, CHROME)
    phone = browser(app, member, "Firefox/128.0 (Android 14)")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with writing(app) as session:
        session.execute(update(SignIn).values(at=yesterday, seen_at=yesterday))
    page = phone.open(DEVICES)
    assert "Chrome, Windows" in page.text
    assert "Firefox, Android<br>" in page.html
    assert re.search(r"\d\d:00", page.text)


def test_a_session_that_is_ended_elsewhere_is_over_at_once(app: Flask, member: str) -> None:
    lost, own = browser(app, member, CHROME), browser(app, member)
    page = own.open(DEVICES)
    assert send_form(own, page, end="/ket-thuc").status == 303
    assert lost.open("/ban/").location.startswith("/ban/dang-nhap")
    assert own.open("/ban/").status == 200
    assert "Chrome, Windows" not in own.open(DEVICES).text


def test_all_others_are_ended_by_one_button(app: Flask, member: str) -> None:
    others = [browser(app, member) for _ in range(2)]
    own = browser(app, member)
    send_form(own, own.open(DEVICES), end="/ket-thuc-het")
    assert [other.open("/ban/").status for other in others] == [302, 302]
    assert own.open("/ban/").status == 200


def test_nobody_ends_sessions_of_others(app: Flask, member: str) -> None:
    own = browser(app, member)
    other = Visitor(signed_in(app, "officer"))
    page = other.open(DEVICES)
    token = page.forms[0].values()["csrf_token"][0]
    assert other.post(f"{DEVICES}/1/ket-thuc", {"csrf_token": token}).status == 404
    assert own.open("/ban/").status == 200


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, member: str) -> None:
    own = browser(app, member)
    cookie = own.client.get_cookie("phieu", path="/ban")
    assert cookie
    sign_out(own)
    thief = app.test_client()
    thief.set_cookie("phieu", cookie.value, path="/ban")
    assert thief.get("/ban/").status_code == 302


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(app: Flask, member: str) -> None:
    other, own = browser(app, member), browser(app, member)
    page = own.open("/ban/doi-mat-khau")
    typed = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    assert send_form(own, page, typed).status == 302
    assert own.open("/ban/").status == 200
    assert other.open("/ban/").status == 302
    assert own.open(DEVICES).text.count("thiết bị này") == 1


def test_an_easy_new_password_is_refused(app: Flask, member: str) -> None:
    own = browser(app, member)
    easy = "viewer@ban.example"
    typed = {"password": PASSWORD, "new_password": easy, "new_password_confirm": easy}
    answer = send_form(own, own.open("/ban/doi-mat-khau"), typed)
    assert "Mật khẩu này dễ đoán" in answer.html


def test_what_happens_to_an_account_is_in_the_log(app: Flask, member: str) -> None:
    own = browser(app, member, CHROME)
    sign_out(own)
    with app.app_context(), reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.actor == member)).all()
    assert [entry.act for entry in entries] == ["account.signed_in", "account.signed_out"]
    assert entries[0].details == {"device": "Chrome, Windows"}


# --- asking again ---------------------------------------------------------------------------------


def make_old(visitor: Visitor, minutes: int) -> None:
    """Let the password have been given so long ago."""
    with visitor.client.session_transaction(base_url="http://localhost/ban/") as session:
        session["fs_paa"] = time.time() - minutes * 60


def confirm(visitor: Visitor, page: Page, password: str = PASSWORD) -> Page:
    asked = visitor.open(page.location)
    return send_form(visitor, asked, {"password": password})


def test_delicate_pages_ask_for_the_password_again(app: Flask) -> None:
    admin = Visitor(signed_in(app, "admin"))
    address = "/ban/tai-khoan/moi"
    assert admin.open(address).status == 200
    make_old(admin, 16)
    asked = admin.open(address)
    assert asked.location.startswith("/ban/xac-nhan?next=")
    wrong = confirm(admin, asked, "không phải mật khẩu")
    assert "Mật khẩu không đúng." in wrong.html
    assert admin.open(address).status == 302
    assert confirm(admin, asked).location == address
    assert admin.open(address).status == 200


def test_what_is_being_typed_is_not_lost_to_it(app: Flask) -> None:
    admin = Visitor(signed_in(app, "admin"))
    page = admin.open("/ban/tai-khoan/moi")
    make_old(admin, 40)
    typed = {"email": "a@ban.example", "role": "viewer", "reach": "everywhere"}
    assert send_form(admin, page, typed).status == 200
    make_old(admin, 61)
    assert send_form(admin, page, {**typed, "email": "b@ban.example"}).status == 302


def test_one_press_takes_no_contacts_along_without_the_password(app: Flask) -> None:
    admin = Visitor(signed_in(app, "admin"))
    page = admin.open("/ban/don-vi/")
    contacts = form_of(page, "tai-ve-lien-he.xlsx")
    assert admin.post(contacts.action, contacts.values()).status == 200
    make_old(admin, 16)
    asked = admin.post(contacts.action, contacts.values())
    assert asked.location == "/ban/xac-nhan?next=/ban/don-vi/"


def test_passwords_are_not_guessed_in_somebody_elses_session(app: Flask) -> None:
    admin = Visitor(signed_in(app, "admin"))
    make_old(admin, 16)
    asked = admin.open("/ban/tai-khoan/moi")
    statuses = [confirm(admin, asked, f"đoán {n} đoán {n}").status for n in range(5)]
    assert set(statuses) == {200}
    assert confirm(admin, asked).status == 429
