"""The page of settings: what is in force, no secret, and a letter to try them with."""

from __future__ import annotations

import email
import email.policy
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from app import create_app
from settings import VERSION, Settings
from tasks import DONE_FILE
from tests.browser.installation import free_port
from tests.views.board_members import signed_in
from tests.views.board_pages import send_form
from tests.visitor import Page, Visitor

SETTINGS = "/ban/cai-dat"
TO = "quan.tri@ban.example"


class Mailbox:
    """What a mail server takes, unless it refuses everybody."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.contents: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.contents.append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server(port: int, mailbox: Mailbox) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def try_letter(app: Flask, to: str = TO) -> Page:
    admin = Visitor(signed_in(app, "admin"))
    return send_form(admin, admin.open(SETTINGS), {"to": to}, end="/thu")


@pytest.fixture
def port() -> int:
    """Return a port where nobody listens yet."""
    return free_port()


@pytest.fixture
def mailing(settings: Settings, port: int) -> Flask:
    """Return an installation with a mail server."""
    return create_app(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))


def test_settings_are_shown_without_secrets(settings: Settings) -> None:
    secret = replace(settings, smtp_url="smtps://ban:bi-mat@mail.example:465")
    page = Visitor(signed_in(create_app(secret), "admin")).open(SETTINGS)
    for text in ("mail.example:465 · mã hóa · có mật khẩu", "SQLite", VERSION, "còn trống"):
        assert text in page.text
    assert "bi-mat" not in page.html
    assert settings.secret_key not in page.html


def test_mailbox_pace_and_worker_are_shown(settings: Settings) -> None:
    more = replace(settings, imap_url="imaps://hop-thu:bi-mat@imap.example/Tra", mail_per_minute=17)
    page = Visitor(signed_in(create_app(more), "admin")).open(SETTINGS)
    for text in ("hop-thu · imap.example:993/Tra · mã hóa", "17", "chưa thực hiện việc nào"):
        assert text in page.text
    assert "bi-mat" not in page.html


@pytest.mark.parametrize(("minutes", "told"), [(1, "đang chạy"), (10, "không chạy")])
def test_a_worker_that_is_silent_is_told(
    app: Flask, settings: Settings, minutes: int, told: str
) -> None:
    done = settings.home / DONE_FILE
    done.touch()
    at = time.time() - minutes * 60
    os.utime(done, (at, at))
    assert told in Visitor(signed_in(app, "admin")).open(SETTINGS).text


def test_a_letter_arrives(mailing: Flask, port: int) -> None:
    mailbox = Mailbox()
    with mail_server(port, mailbox):
        page = try_letter(mailing)
    assert "Máy chủ thư đã nhận thư gửi quan.tri@ban.example" in page.text
    message = email.message_from_bytes(mailbox.contents[0], policy=email.policy.default)
    assert message["Subject"] == "Thư thử của hệ thống Phiếu"


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("550 5.1.1 No such mailbox", "Máy chủ thư không nhận địa chỉ này. Vui lòng kiểm tra"),
        ("450 4.2.0 Greylisted", "Máy chủ thư chưa nhận thư lúc này. Vui lòng thử lại sau"),
    ],
)
def test_what_the_server_answers_is_quoted_below_what_to_do(
    mailing: Flask, port: int, answer: str, advice: str
) -> None:
    with mail_server(port, Mailbox(answer)):
        page = try_letter(mailing)
    assert f"Thư gửi {TO} chưa gửi được. {advice}" in page.text
    assert f"Máy chủ thư trả lời: “{answer}”" in page.text
    for technical in ("SMTP", "b'", "{"):
        assert technical not in page.text.partition("Thử gửi thư")[2]


def test_a_server_that_is_not_there_is_told(mailing: Flask) -> None:
    page = try_letter(mailing)
    assert "Không có máy chủ thư ở tên máy và cổng này. Vui lòng kiểm tra SMTP_URL." in page.text
    assert "Errno" not in page.text


@pytest.mark.parametrize(
    ("to", "sentence"),
    [("", "Vui lòng nhập địa chỉ thư điện tử."), ("a b@c", "Địa chỉ thư điện tử không hợp lệ.")],
)
def test_a_wrong_address_is_told(mailing: Flask, to: str, sentence: str) -> None:
    assert sentence in try_letter(mailing, to).text


def test_without_a_server_the_letter_is_a_file(app: Flask, settings: Settings) -> None:
    assert "thư được ghi thành tệp" in try_letter(app).text
    assert list((settings.home / "letters" / "accounts").glob("*.eml"))
