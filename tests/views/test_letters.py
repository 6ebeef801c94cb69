"""Letters on their way: to a real mail server, to one that is down, and to none."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import create_app
from models import Contact, FailingAddress, Letter, Unit
from services import letters, mailing
from settings import Settings
from tests.browser.installation import free_port
from tests.factories import send_report, unit_link
from tests.mailbox import SENDER, TO, Mailbox, mail_server
from tests.stored import looking, open_round, writing
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor
from views.delivery import deliver_waiting

PLACE = "/ban/kh46/dot1/TU-RG"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def app(settings: Settings, port: int) -> Flask:
    """Return an application whose letters go to a mail server at `port`."""
    return create_app(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from=SENDER))


def returned(app: Flask) -> Page:
    """Let an officer return the report of a unit; return the page of the report."""
    open_round(app)
    with writing(app) as session:
        session.execute(update(Unit).where(Unit.code == "TU-RG").values(email=TO))
        now = datetime.now(UTC)
        send_report(session, unit_link(session, now=now), now=now)
    board = Visitor(signed_in(app, "officer"))
    page = board.open(f"{PLACE}/tra-lai")
    form = next(f for f in page.forms if f.action.endswith("/tra-lai"))
    answer = board.post(form.action, {**form.values(), "note": "Xem lại số liệu."})
    assert answer.status == 303
    return board.open(answer.location)


def deliver(app: Flask) -> None:
    """Do what the worker does when it is nudged."""
    with app.app_context():
        deliver_waiting()


def letter(app: Flask) -> Letter:
    with looking(app) as session:
        return session.scalars(select(Letter)).one()


def test_a_letter_reaches_the_mail_server_with_every_sign_right(app: Flask, port: int) -> None:
    mailbox = Mailbox()
    with mail_server(port, mailbox):
        returned(app)
        deliver(app)
    (message,) = mailbox.messages
    assert str(message["From"]) == SENDER
    assert message["To"] == TO
    assert message["Subject"].startswith("Đề nghị chỉnh sửa báo cáo: ")
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert "Xem lại số liệu." in body.get_content()
        assert "Kính gửi: Thành ủy Rạch Giá" in body.get_content()
    assert (letter(app).tries, letter(app).problem) == (1, "")


def test_a_dead_mail_server_neither_breaks_nor_delays_a_decision(app: Flask, port: int) -> None:
    began = time.monotonic()
    returned(app)
    assert time.monotonic() - began < 10
    assert letter(app).tries == 0
    deliver(app)
    assert letter(app).state == "waiting"
    page = Visitor(signed_in(app, "admin")).open(PLACE)
    assert "Đang chờ gửi" in page.text
    assert "ConnectionRefusedError" in page.text
    mailbox = Mailbox()
    with mail_server(port, mailbox):
        result = app.test_cli_runner().invoke(args=["letters", "send"])
    assert (result.exit_code, result.output) == (0, "Đã gửi 1 thư; còn 0 thư chưa gửi được.\n")
    assert len(mailbox.messages) == 1
    assert letter(app).state == "sent"


def test_a_letter_that_is_refused_says_why_and_can_be_sent_again(app: Flask, port: int) -> None:
    mailbox = Mailbox(refusal="550 mailbox full")
    with mail_server(port, mailbox):
        returned(app)
        deliver(app)
        assert (letter(app).state, letter(app).problem) == ("refused", "550 mailbox full")
        mailbox.refusal = ""
        board = Visitor(signed_in(app, "admin"))
        form = next(f for f in board.open(PLACE).forms if "/thu/" in f.action)
        board.post(form.action, form.values())
        deliver(app)
    assert (letter(app).state, letter(app).tries) == ("sent", 2)


def test_what_cannot_be_sent_ends_the_command_with_an_error(app: Flask) -> None:
    returned(app)
    result = app.test_cli_runner().invoke(args=["letters", "send"])
    assert (result.exit_code, result.output) == (1, "Đã gửi 0 thư; còn 1 thư chưa gửi được.\n")


def test_a_letter_that_fails_for_a_while_waits_longer_each_time(app: Flask, port: int) -> None:
    mailbox = Mailbox(refusal="451 come back later")
    with mail_server(port, mailbox):
        returned(app)
        deliver(app)
        deliver(app)
    assert (letter(app).state, letter(app).tries) == ("waiting", 1), "it was tried again at once"
    now = datetime.now(UTC)
    pauses = []
    while letter(app).state == "waiting":
        with writing(app) as session:
            moment = letter(app).next_try_at
            assert moment is not None
            assert letters.waiting(session, moment - timedelta(seconds=1)) == ()
            assert letters.take(session, letter(app).id, moment) is not None
            letters.failed(session, letter(app).id, "451 still not", moment)
        pauses.append(moment - now)
        now = moment
    assert [round(pause / timedelta(minutes=1)) for pause in pauses[:6]] == [1, 4, 16, 64, 240, 240]
    assert letter(app).state == "failed"
    assert timedelta(days=2) < now - letter(app).created_at < timedelta(days=3)


def test_an_address_that_is_refused_is_known_and_a_waiting_letter_is_taken_once(
    app: Flask, port: int
) -> None:
    class Strict(Mailbox):
        async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's name
            return "550 5.1.1 no such user"

    with mail_server(port, Strict()):
        returned(app)
        deliver(app)
    assert letter(app).state == "refused"
    with looking(app) as session:
        assert session.get_one(FailingAddress, TO).problem == "550 5.1.1 no such user"
    now = datetime.now(UTC)
    with writing(app) as session:
        letters.retry(session, letter(app).id, "ban@example.com", now)
        assert letters.take(session, letter(app).id, now) is not None
        assert letters.take(session, letter(app).id, now) is None


def test_letters_go_to_every_contact_once_and_as_slowly_as_is_set(
    app: Flask, port: int, settings: Settings
) -> None:
    app = create_app(
        replace(
            settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from=SENDER, mail_per_minute=120
        )
    )
    with writing(app) as session:
        unit = session.scalars(select(Unit).where(Unit.code == "TU-RG")).one()
        for name, address in (("A", TO.upper()), ("B", "b@rachgia.example"), ("C", "")):
            session.add(Contact(unit_id=unit.id, name=name, email=address))
    mailbox = Mailbox(to=[TO, "b@rachgia.example"])
    with mail_server(port, mailbox):
        returned(app)
        began = time.monotonic()
        deliver(app)
        assert time.monotonic() - began >= 0.5
    assert sorted(str(message["To"]) for message in mailbox.messages) == ["b@rachgia.example", TO]


def test_what_nobody_can_tell_is_left_to_an_officer(app: Flask) -> None:
    returned(app)
    with writing(app) as session:
        letters.take(session, letter(app).id, datetime.now(UTC))
    # There is no journal: it was lost, or the database comes from a copy.
    deliver(app)
    assert letter(app).state == "unknown"


READY = letters.ReadyLetter(
    7, "report.returned", TO, "Đề nghị", "Kính gửi\n", "<p>Kính gửi</p>",
    datetime(2021, 8, 20, 3, tzinfo=UTC), "waiting", 0, None, "",
)  # fmt: skip


def test_the_same_letter_is_known_by_its_id(tmp_path: Path) -> None:
    first, second = (mailing.message_of(READY, SENDER) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@kiengiang.example>")
    path = mailing.file_away(tmp_path / "letters", READY, SENDER)
    assert path.name == "000007.eml"
    assert b"Auto-Submitted: auto-generated" in path.read_bytes()


@pytest.mark.parametrize("to", ["", "không phải địa chỉ", "a@b.example\r\nBcc: c@d.example"])
def test_an_address_that_is_none_is_a_problem_of_the_letter(to: str, port: int) -> None:
    server = mailing.mail_server(f"smtp://127.0.0.1:{port}", SENDER)
    with pytest.raises(ValueError, match=r".+"):
        mailing.hand_in(server, replace(READY, to=to))


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://mail.example", ("mail.example", 25, False, "", "")),
        ("smtps://mail.example", ("mail.example", 465, True, "", "")),
        (
            "smtp://ban%40kg.example:m%3At@mail.example:587",
            ("mail.example", 587, False, "ban@kg.example", "m:t"),
        ),
    ],
)
def test_the_address_of_a_mail_server_is_read(address: str, server: tuple[Any, ...]) -> None:
    found = mailing.mail_server(address, SENDER)
    assert (found.host, found.port, found.encrypted, found.user, found.password) == server


@pytest.mark.parametrize(
    ("address", "sender"), [("mail.example:25", SENDER), ("http://x", SENDER), ("smtp://x", "Ban")]
)
def test_a_wrong_address_of_a_mail_server_stops_the_start(
    settings: Settings, address: str, sender: str
) -> None:
    with pytest.raises(ValueError, match=r"SMTP_URL|MAIL_FROM"):
        create_app(replace(settings, smtp_url=address, mail_from=sender))
