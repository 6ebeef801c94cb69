"""A real mail server for tests, and what it has taken."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

TO = "tuyengiao@rachgia.example"
SENDER = "Ban Tuyên giáo Tỉnh ủy <ban@kiengiang.example>"


@dataclass
class Mailbox:
    """What a mail server has taken; `refusal` is what it says instead of taking anything."""

    messages: list[EmailMessage] = field(default_factory=list)
    refusal: str = ""
    to: list[str] = field(default_factory=lambda: [TO])

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        assert set(envelope.rcpt_tos) <= set(self.to)
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.messages.append(found)
        return "250 OK"


@contextmanager
def mail_server(port: int, mailbox: Mailbox) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
