"""Signing in with a second factor: codes of an app, recovery codes, and whoever has lost both."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from app import create_app
from models import Account, AuditEntry
from models.database import reading
from settings import Settings
from tests.views.board_members import create_member, sign_in, signed_in
from tests.views.board_pages import send_form
from tests.visitor import Page, Visitor

SETUP = "/ban/xac-thuc-hai-lop"
CODES = "/ban/cac-ma-du-phong"


def begin_setup(visitor: Visitor) -> tuple[Page, str]:
    """Ask for a key; return the page that shows it, and the key."""
    page = send_form(visitor, visitor.open(SETUP), end="xac-thuc-hai-lop")
    found = re.search(r'<code class="digest">([^<]+)</code>', page.html)
    assert found, page.html
    return page, found[1]


def code_at(key: str, steps: int = 0) -> str:
    """Return the code that an app shows, so many half minutes from now."""
    moment = datetime.now(UTC) + timedelta(seconds=30 * steps)
    return TOTP(key=key.replace("-", ""), format="base32").generate(moment).token


def set_up(visitor: Visitor) -> str:
    page, key = begin_setup(visitor)
    # The code of the half minute before, so that the present one is still good for signing in.
    assert send_form(visitor, page, {"code": code_at(key, -1)}).status in (200, 302)
    return key


def recovery_codes(visitor: Visitor) -> list[str]:
    page = send_form(visitor, visitor.open(CODES), end="cac-ma-du-phong")
    return re.findall(r"<li><code>([0-9a-f-]+)</code></li>", page.html)


def half_in(app: Flask, email: str) -> tuple[Visitor, Page]:
    """Give the password; return the page that asks for a code."""
    visitor = Visitor(app.test_client())
    answer = sign_in(visitor.client, email)
    assert "/ban/ma-xac-thuc" in answer.location
    return visitor, visitor.open(answer.location)


@pytest.fixture
def member(app: Flask) -> Visitor:
    """Return the browser of a member."""
    return Visitor(signed_in(app, "officer"))


def test_the_picture_and_the_key_say_the_same(member: Visitor) -> None:
    page, key = begin_setup(member)
    image = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page.html)
    assert image
    assert b"<svg" in base64.b64decode(image[1])
    assert len(key.replace("-", "")) >= 32


def test_after_a_wrong_code_the_same_picture_is_shown_again(member: Visitor) -> None:
    page, key = begin_setup(member)
    picture = re.search(r'src="(data:image[^"]+)"', page.html)
    assert picture
    for _ in range(2):
        page = send_form(member, page, {"code": "000000"}, end=page.forms[-1].action[-20:])
        assert page.status == 422
        assert page.summary == {"#code": "Mã không đúng."}
        assert "notice-error" not in page.html
        assert picture[1] in page.html
        assert key in page.html
    done = send_form(member, page, {"code": code_at(key)}, end=page.forms[-1].action[-20:])
    assert done.status == 200


def test_recovery_codes_are_shown_as_soon_as_it_is_set_up(app: Flask, member: Visitor) -> None:
    page, key = begin_setup(member)
    page = send_form(member, page, {"code": code_at(key, -1)})
    codes = re.findall(r"<li><code>([0-9a-f-]+)</code></li>", page.html)
    assert len(set(codes)) == 8
    visitor, page = half_in(app, "officer@ban.example")
    page = visitor.open(page.link("dùng mã dự phòng"))
    assert send_form(visitor, page, {"code": codes[0]}).status == 302
    # On another phone, the codes that are written down stay good.
    page, key = begin_setup(member)
    answer = send_form(member, page, {"code": code_at(key)})
    assert (answer.status, answer.location) == (302, CODES)


def test_a_setup_that_was_left_for_long_begins_anew(app: Flask, member: Visitor) -> None:
    page, key = begin_setup(member)
    form = page.forms[-1]
    old = form.action.rpartition("/")[0] + "/khong-phai-cua-he-thong"
    assert member.post(old, {**form.values(), "code": code_at(key)}).location == SETUP


def test_a_password_alone_is_not_enough_any_more(app: Flask, member: Visitor) -> None:
    key = set_up(member)
    visitor, page = half_in(app, "officer@ban.example")
    assert visitor.open("/ban/").location.startswith("/ban/dang-nhap")
    wrong = send_form(visitor, page, {"code": "000000"})
    assert "Mã không đúng" in wrong.html
    right = f"{code_at(key)[:3]} {code_at(key)[3:]}"
    assert send_form(visitor, page, {"code": right}).status == 302
    assert visitor.open("/ban/").status == 200


def test_a_code_is_taken_once(app: Flask, member: Visitor) -> None:
    code = code_at(set_up(member))
    first, page = half_in(app, "officer@ban.example")
    assert send_form(first, page, {"code": code}).status == 302
    second, page = half_in(app, "officer@ban.example")
    assert send_form(second, page, {"code": code}).status == 200
    assert second.open("/ban/").status == 302


def test_codes_are_not_guessed(app: Flask, member: Visitor) -> None:
    key = set_up(member)
    visitor, page = half_in(app, "officer@ban.example")
    for number in range(5):
        assert send_form(visitor, page, {"code": f"{number:06d}"}).status == 200
    assert send_form(visitor, page, {"code": code_at(key)}).status == 429
    recovery = visitor.open("/ban/ma-du-phong")
    assert send_form(visitor, recovery, {"code": "0000-0000-0000"}).status == 429


def test_a_recovery_code_lets_in_once(app: Flask, member: Visitor) -> None:
    set_up(member)
    codes = recovery_codes(member)
    assert len(set(codes)) == 8
    assert codes[0] not in member.open(CODES).html
    for status in (302, 200):
        visitor, page = half_in(app, "officer@ban.example")
        page = visitor.open(page.link("dùng mã dự phòng"))
        answer = send_form(visitor, page, {"code": codes[0].upper()})
        assert answer.status == status
    assert "Mã dự phòng không đúng hoặc đã dùng." in answer.html


def test_keys_and_codes_are_not_readable_in_the_database(app: Flask, member: Visitor) -> None:
    key, codes = set_up(member), recovery_codes(member)
    with app.app_context(), reading() as session:
        account = session.scalars(select(Account)).one()
        stored = f"{account.tf_totp_secret} {account.mf_recovery_codes}"
    assert key.replace("-", "") not in stored
    assert codes[0] not in stored


def test_one_can_do_without_it_again(app: Flask, member: Visitor) -> None:
    set_up(member)
    page = member.open(SETUP)
    forms = [f for f in page.forms if f.values().get("setup") == ["disable"]]
    assert member.post(forms[0].action, forms[0].values()).status == 302
    assert sign_in(app.test_client(), "officer@ban.example").location == "/ban/"


def test_an_administrator_takes_it_away_from_who_has_lost_the_phone(
    app: Flask, member: Visitor
) -> None:
    set_up(member)
    admin = Visitor(signed_in(app, "admin"))
    page = admin.open(admin.open("/ban/tai-khoan").link("officer@ban.example"))
    assert send_form(admin, page, end="bo-xac-thuc").status == 303
    assert sign_in(app.test_client(), "officer@ban.example").location == "/ban/"
    with app.app_context(), reading() as session:
        acts = session.execute(
            select(AuditEntry.actor, AuditEntry.act).where(AuditEntry.act.contains("factor"))
        ).all()
    assert [tuple(act) for act in acts] == [
        ("officer@ban.example", "account.second_factor_set"),
        ("admin@ban.example", "account.second_factor_reset"),
    ]


# --- where it is required -------------------------------------------------------------------------


@pytest.fixture
def strict(settings: Settings) -> Flask:
    """Return an installation that asks administrators for a second factor."""
    return create_app(replace(settings, require_two_factor="admin"))


def test_administrators_set_it_up_before_anything_else(strict: Flask) -> None:
    admin = Visitor(signed_in(strict, "admin"))
    for address in ("/ban/", "/ban/kh46/dot1", "/ban/tai-khoan"):
        assert admin.open(address).location == SETUP
    assert "bắt buộc" in admin.open(SETUP).html
    set_up(admin)
    assert admin.open("/ban/").status == 200


def test_they_cannot_do_without_it(strict: Flask) -> None:
    admin = Visitor(signed_in(strict, "admin"))
    set_up(admin)
    page = admin.open(SETUP)
    assert "Tắt xác thực hai lớp" not in page.html
    token = page.forms[0].values()["csrf_token"]
    answer = admin.post(SETUP, {"setup": "disable", "csrf_token": token})
    assert "Tài khoản này bắt buộc phải có xác thực hai lớp." in answer.html
    assert sign_in(strict.test_client(), "admin@ban.example").location != "/ban/"


def test_others_need_not(strict: Flask) -> None:
    create_member(strict, "officer")
    visitor = Visitor(strict.test_client())
    sign_in(visitor.client, "officer@ban.example")
    assert visitor.open("/ban/").status == 200
