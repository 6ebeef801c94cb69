"""Letters that came back: from files that an officer hands in, and from a mailbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import create_app
from models import Account, AuditEntry, Letter, Unit
from services import accounts
from services.accounts import Rights
from services.letters import find
from services.mailing import message_of
from settings import Settings
from tests.imap_server import Imap, Kept, imap_server
from tests.mailbox import TO
from tests.returned import returned
from tests.stored import looking, open_round, writing
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor
from views.background import read_mailbox

RETURNED = "/ban/thu-tra-ve"
LETTERS = "/ban/kh46/dot1/thu"


@pytest.fixture
def officer(app: Flask) -> Visitor:
    """Return an officer who has written to one unit."""
    open_round(app)
    with writing(app) as session:
        session.execute(update(Unit).values(email=""))
        session.execute(update(Unit).where(Unit.code == "TU-RG").values(email=TO))
    visitor = Visitor(signed_in(app, "officer"))
    page = visitor.open(f"{LETTERS}/gui?kind=invitation&audience=all")
    form = next(f for f in page.forms if "send" in f.actions())
    assert visitor.post(form.action, {**form.values(), "action": "send"}).status == 303
    return visitor


def letter(app: Flask) -> Letter:
    with looking(app) as session:
        return session.scalars(select(Letter)).one()


def message_id(app: Flask) -> str:
    with looking(app) as session:
        row = session.scalars(select(Letter)).one()
        ready = find(session, row.assignment_id, row.id)
    return str(message_of(ready, app.config["SETTINGS"].mail_from)["Message-ID"])


def hand_in(officer: Visitor, *files: tuple[bytes, str]) -> Page:
    form = next(f for f in officer.open(RETURNED).forms if f.action.endswith("/thu-tra-ve"))
    return officer.post(form.action, {**form.values(), "messages": list(files)}, multipart=True)


def test_a_returned_message_marks_its_letter_and_the_unit_is_to_be_telephoned(
    app: Flask, officer: Visitor
) -> None:
    page = hand_in(
        officer,
        (returned(message_id(app)), "trả lại.eml"),
        (b"Subject: Re\r\n\r\nC\xc3\xa1m \xc6\xa1n", "thư khác.eml"),
        (returned(address="other@x.example"), "khác.eml"),
        (returned(message_id(app), action="delayed", status="4.4.1"), "chậm.eml"),
    )
    assert f"trả lại.eml Đã ghi nhận thư bị trả về: {TO}" in page.text
    assert "thư khác.eml Đây không phải thư báo trả về" in page.text
    assert "khác.eml Thư này nói về một địa chỉ" in page.text
    assert "chậm.eml Thư này chỉ báo chậm" in page.text
    assert letter(app).state == "bounced"
    assert "Thư bị trả về" in officer.open(f"{LETTERS}?state=bounced").text
    assert "550 5.1.1 User unknown" in officer.open(f"{LETTERS}/goi-dien").text
    with looking(app) as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.act == "letters.returned")
        ).one()
    assert entry.details == {"letters": [letter(app).id]}


def test_no_file_is_told(officer: Visitor) -> None:
    page = hand_in(officer, (b"", ""))
    assert page.status == 422
    assert page.summary == {"#messages": "Vui lòng chọn ít nhất một tệp."}


@pytest.mark.parametrize("keywords", [True, False])
def test_the_mailbox_is_read_once_and_what_concerns_people_stays_unseen(
    app: Flask, settings: Settings, officer: Visitor, *, keywords: bool
) -> None:
    assert letter(app).state == "filed"
    reply = Kept(b"From: a@b.example\r\nSubject: Re: Thu\r\n\r\nCam on\r\n")
    bounce = Kept(returned(message_id(app)))
    with imap_server(Imap([reply, bounce], keywords)) as server:
        address = f"imap://ban%40kg.example:m%3At@127.0.0.1:{server.port}/Tra%20lai"
        reading = create_app(replace(settings, imap_url=address))
        for _ in range(2):
            with reading.app_context():
                read_mailbox()
    assert letter(app).state == "bounced"
    assert bounce.flags == ({"PhieuRead", "\\Seen"} if keywords else {"\\Seen"})
    assert reply.flags == ({"PhieuRead"} if keywords else {"\\Seen"})


def test_a_mailbox_out_of_reach_is_noted_and_nothing_else(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(replace(settings, imap_url="imap://u:secret@127.0.0.1:1/INBOX"))
    with app.app_context():
        read_mailbox()
    assert "the mailbox cannot be read" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("address", ["http://x", "imaps://mail.example", "mail.example"])
def test_a_wrong_address_of_a_mailbox_stops_the_start(settings: Settings, address: str) -> None:
    with pytest.raises(ValueError, match="IMAP_URL"):
        create_app(replace(settings, imap_url=address))


def test_whoever_has_another_campaign_learns_and_marks_nothing(
    app: Flask, officer: Visitor
) -> None:
    message = (returned(message_id(app)), "trả lại.eml")
    with writing(app) as session:
        account = session.scalars(select(Account)).one()
        accounts.create_account(session, "khac@ban.example", "-", "admin", account.created_at)
        rights = Rights("officer", everywhere=False)
        accounts.change_rights(session, account.id, rights, "khac@ban.example", account.created_at)
    page = hand_in(officer, message)
    assert TO not in page.text
    assert "Thư này nói về một địa chỉ" in page.text
    assert letter(app).state == "filed"
