"""Accounts as administrators see them: inviting, changing, shutting out, and setting passwords."""

from __future__ import annotations

import email
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from models import Account, AccountLink, AuditEntry
from models.database import database, reading, transaction
from settings import Settings
from tests.views.board_members import PASSWORD, create_member, sign_in, signed_in
from tests.views.board_pages import form_of, send_form
from tests.visitor import Page, Visitor

PEOPLE = "/ban/tai-khoan"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
NEW = "ba Chín bán chuối ở chợ Rạch Sỏi"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the browser of an administrator."""
    return Visitor(signed_in(app, "admin"))


def invite(admin: Visitor, **values: str | None) -> Page:
    page = admin.open(f"{PEOPLE}/moi")
    typed = {"email": "can.bo@ban.example", "role": "officer", "reach": "everywhere", **values}
    return send_form(admin, page, typed)


def shown_link(page: Page) -> str:
    found = re.search(r"<code>http://127\.0\.0\.1:8000(/ban/dat-mat-khau/[^<]+)</code>", page.html)
    assert found, page.html
    return found[1]


def set_password(visitor: Visitor, link: str, password: str = NEW) -> Page:
    page = visitor.open(link)
    return send_form(visitor, page, {"password": password, "password_again": password})


def acts(app: Flask) -> list[str]:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def letters(settings: Settings) -> list[str]:
    """Return the texts of the letters to accounts that were written into files."""
    found = sorted((settings.home / "letters" / "accounts").glob("*.eml"))
    found = [path for path in found if path.stat().st_size]  # not one that is being written
    return [text_of(path) for path in found]


def text_of(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    assert body
    return f"{message['To']}\n{message['Subject']}\n{body.get_content()}"


def eventually(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    return check()


# --- inviting -------------------------------------------------------------------------------------


def test_somebody_who_is_invited_sets_a_password_and_signs_in(
    app: Flask, settings: Settings, admin: Visitor
) -> None:
    page = invite(admin)
    link = shown_link(page)
    assert link in letters(settings)[0]
    assert "can.bo@ban.example\nMời sử dụng hệ thống Phiếu" in letters(settings)[0]
    guest = Visitor(app.test_client())
    guest.client.head(link)  # a mail scanner
    assert set_password(guest, link).status == 303
    assert sign_in(guest.client, "can.bo@ban.example", NEW).status_code == 302
    assert "can.bo@ban.example" in guest.open("/ban/").html
    assert guest.open(link).status == 410
    assert "account.invited" in acts(app)
    assert "account.accepted" in acts(app)


def test_a_link_is_shown_once_and_is_nowhere_in_the_database(app: Flask, admin: Visitor) -> None:
    secret = shown_link(invite(admin)).rpartition("/")[2]
    assert secret not in admin.open(PEOPLE).html
    with app.app_context(), database.engine.connect() as connection:
        rows = [str(tuple(row)) for row in connection.execute(select(AccountLink.__table__))]
    assert rows
    assert not any(secret in row for row in rows)


def test_a_link_ends_and_a_new_one_replaces_it(app: Flask, admin: Visitor) -> None:
    first = shown_link(invite(admin))
    page = admin.open(admin.open(PEOPLE).link("can.bo@ban.example"))
    again = send_form(admin, page, end="moi-lai")
    second = shown_link(again)
    guest = Visitor(app.test_client())
    assert guest.open(first).status == 410
    assert guest.open(second).status == 200
    with app.app_context(), transaction() as session:
        session.execute(update(AccountLink).values(expires_at=YESTERDAY))
    assert guest.open(second).status == 410


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"email": "không phải thư"}, "Địa chỉ thư điện tử không hợp lệ."),
        ({"email": "admin@ban.example"}, "Địa chỉ này đã có tài khoản."),
        ({"role": None}, "Vui lòng chọn vai trò."),
        ({"reach": "chosen"}, "Vui lòng chọn ít nhất một chuyên đề."),
    ],
)
def test_a_wrong_invitation_is_refused_and_what_was_typed_stays(
    admin: Visitor, values: dict[str, str | None], sentence: str
) -> None:
    page = invite(admin, name="Chị Tư", **values)
    assert page.status == 422
    assert sentence in page.html
    assert form_of(page).values()["name"] == ["Chị Tư"]


def test_without_a_mail_server_nobody_is_told_that_a_letter_has_gone(admin: Visitor) -> None:
    assert "Chưa cài đặt máy chủ thư" in invite(admin).html


# --- changing -------------------------------------------------------------------------------------


def account_page(app: Flask, admin: Visitor, address: str) -> Page:
    with app.app_context(), reading() as session:
        found = session.scalars(select(Account.id).where(Account.email == address)).one()
    return admin.open(f"{PEOPLE}/{found}")


def test_a_role_is_changed_and_noted_with_what_it_was(app: Flask, admin: Visitor) -> None:
    member = create_member(app, "viewer")
    page = account_page(app, admin, member)
    values = {"role": "officer", "reach": "chosen", "campaigns": "kh46", "name": "Anh Ba"}
    assert send_form(admin, page, values).status == 303
    with app.app_context(), reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "account.changed")).one()
    assert entry.actor == "admin@ban.example"
    assert entry.details == {
        "before": {"role": "viewer", "everywhere": True},
        "after": {"role": "officer", "everywhere": False, "campaigns": ["kh46"]},
    }


def test_the_last_administrator_stays(app: Flask, admin: Visitor) -> None:
    page = account_page(app, admin, "admin@ban.example")
    answer = send_form(admin, page, {"role": "viewer"})
    assert answer.status == 422
    assert "Đây là quản trị viên cuối cùng" in answer.html
    assert admin.open(PEOPLE).status == 200


def test_who_is_shut_out_is_out_at_once_and_can_come_back(app: Flask, admin: Visitor) -> None:
    member = Visitor(signed_in(app, "officer"))
    page = account_page(app, admin, "officer@ban.example")
    send_form(admin, page, end="ngung")
    assert member.open("/ban/").status == 302
    assert sign_in(member.client, "officer@ban.example").status_code == 200
    page = account_page(app, admin, "officer@ban.example")
    send_form(admin, page, end="mo-lai")
    assert sign_in(member.client, "officer@ban.example").status_code == 302


def test_an_officer_has_only_the_campaigns_that_were_given(app: Flask, admin: Visitor) -> None:
    member = Visitor(signed_in(app, "officer"))
    assert member.open("/ban/kh46/dot1").status == 200
    page = account_page(app, admin, "officer@ban.example")
    send_form(admin, page, {"reach": "chosen", "campaigns": "kh46"})
    assert member.open("/ban/kh46/dot1").status == 200
    with app.app_context(), transaction() as session:
        found = session.scalars(select(Account).where(Account.email == "officer@ban.example"))
        found.one().campaigns = []
    assert member.open("/ban/kh46/dot1").status == 403


# --- forgotten passwords --------------------------------------------------------------------------


def ask(visitor: Visitor, address: str) -> Page:
    page = visitor.open("/ban/quen-mat-khau")
    return send_form(visitor, page, {"email": address})


def test_a_forgotten_password_is_set_anew_and_ends_all_sessions(
    app: Flask, settings: Settings
) -> None:
    thief = signed_in(app, "officer")
    owner = Visitor(app.test_client())
    ask(owner, "Officer@ban.example")
    assert eventually(lambda: len(letters(settings)) == 1)
    link = re.search(r"/ban/dat-mat-khau/\S+", letters(settings)[0])
    assert link
    set_password(owner, link[0])
    assert thief.get("/ban/").status_code == 302
    assert sign_in(owner.client, "officer@ban.example").status_code == 200
    assert sign_in(owner.client, "officer@ban.example", NEW).status_code == 302
    assert "account.password_reset" in acts(app)


def test_nobody_learns_who_has_an_account(app: Flask, settings: Settings) -> None:
    create_member(app, "viewer")
    visitor = Visitor(app.test_client())
    known, unknown = ask(visitor, "viewer@ban.example"), ask(visitor, "ai.do@ban.example")
    assert (known.status, known.html) == (unknown.status, unknown.html)
    assert eventually(lambda: len(letters(settings)) == 1)


def test_a_mailbox_is_not_flooded(app: Flask, settings: Settings) -> None:
    create_member(app, "viewer")
    for _ in range(5):
        ask(Visitor(app.test_client()), "viewer@ban.example")
    assert eventually(lambda: len(letters(settings)) == 3)
    time.sleep(0.2)
    assert len(letters(settings)) == 3
    page = Visitor(app.test_client()).client.get("/ban/quen-mat-khau")
    assert page.status_code == 200


# --- rules for passwords --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "Password@2021!", "qwertyuiop123", "123456789012", "aaaaaaaaaaaaaaaa"),
        *("matkhau123456", "Mật khẩu 2021", "bantuyengiao2021", "Phieu@123456", "vietnam123456"),
        *("can.bo@ban.example", "canbo.ban2021", "emyeuanh123456", "iloveyou123456"),
    ],
)
def test_a_password_that_is_tried_early_is_refused(
    app: Flask, admin: Visitor, password: str
) -> None:
    answer = set_password(Visitor(app.test_client()), shown_link(invite(admin)), password)
    assert answer.status == 422
    assert "Mật khẩu này dễ đoán" in answer.html


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("quá ngắn", "Mật khẩu phải có ít nhất 12 ký tự."),
        ("dài " * 40, "Mật khẩu có nhiều nhất 128 ký tự."),
    ],
)
def test_a_password_has_a_length(app: Flask, admin: Visitor, password: str, sentence: str) -> None:
    answer = set_password(Visitor(app.test_client()), shown_link(invite(admin)), password)
    assert answer.status == 422
    assert sentence in answer.html


@pytest.mark.parametrize("password", [PASSWORD, NEW, "Xt9#mQ2!vLp8", f"{NEW}; {PASSWORD}"])
def test_a_sentence_or_what_nobody_would_try_is_taken(
    app: Flask, admin: Visitor, password: str
) -> None:
    answer = set_password(Visitor(app.test_client()), shown_link(invite(admin)), password)
    assert answer.status == 303
