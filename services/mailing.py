"""Letters as e-mail: how one is written down, and how it is handed to a mail server."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.letters import ReadyLetter

# So long a mail server may be silent.
TIMEOUT_SECONDS = 10.0
SCHEMES = {"smtp": 25, "smtps": 465}
# Rougher than the rules, but nothing passes that could be taken for more than one address.
_ADDRESS = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"]+")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in, and whom they are from: `Name <address>`.

    `encrypted` from the first byte on; otherwise as soon as the server offers it.
    """

    host: str
    port: int
    sender: str
    encrypted: bool = False
    user: str = ""
    password: str = ""

    @property
    def is_near(self) -> bool:
        """Whether the server runs on this very machine, where nobody listens in."""
        return self.host in LOOPBACK


def mail_server(address: str, sender: str) -> MailServer:
    """Return the server behind `smtp://user:password@host:port`, or smtps://.

    Raises ValueError when it is no such address, or when the sender is no e-mail address.
    """
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError("SMTP_URL must look like smtp://user:password@host:port or smtps://...")
    if "@" not in parseaddr(sender)[1]:
        raise ValueError("MAIL_FROM must be an e-mail address, or Name <address>")
    return MailServer(
        parts.hostname,
        parts.port or SCHEMES[parts.scheme],
        sender,
        parts.scheme == "smtps",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def message_of(letter: ReadyLetter, sender: str) -> EmailMessage:
    """Return a letter as an e-mail: plain text, and the same in HTML.

    Its id is the same each time, so that a mailbox knows a letter that was delivered twice.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(address, name)
    message["To"] = _address(letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    domain = address.rpartition("@")[2]
    message["Message-ID"] = f"<{letter.id}.{letter.created_at:%Y%m%d%H%M%S%f}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def _address(address: str, name: str = "") -> Address:
    """Return an address for the head of a message. Raises ValueError when it is none."""
    if _ADDRESS.fullmatch(address) is None:
        raise ValueError(f"not an e-mail address: {address!r}")
    return Address(name, *address.rsplit("@", 1))


def hand_in(server: MailServer, letter: ReadyLetter) -> None:
    """Hand a letter to the mail server.

    Raises OSError when the server is out of reach or refuses it, ValueError when the address of the
    unit is none.
    """
    message = message_of(letter, server.sender)
    with _connected(server) as connection:
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.encrypted:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        _encrypt(connection, server)
    except BaseException:
        connection.close()
        raise
    return connection


def _encrypt(connection: smtplib.SMTP, server: MailServer) -> None:
    """Encrypt the connection when it leaves the machine; never send a password without."""
    if server.is_near:
        return
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
    elif server.user:
        raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")


def file_away(folder: Path, letter: ReadyLetter, sender: str) -> Path:
    """Write a letter into a folder as an .eml file, which mail programs open; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{letter.id:06d}.eml"
    path.write_bytes(message_of(letter, sender).as_bytes())
    return path
