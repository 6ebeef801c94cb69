"""Letters as e-mail: how one is written down, and how it is handed to a mail server."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.carrier import MailServer, connect
from services.letters import ReadyLetter

__all__ = [
    "MESSAGE_STAMP",
    "MailServer",
    "file_away",
    "hand_in",
    "mail_server",
    "message_of",
]

# When a letter was written, as its Message-ID has it.
MESSAGE_STAMP = "%Y%m%d%H%M%S%f"
SCHEMES = {"smtp": 25, "smtps": 465}
# Rougher than the rules, but nothing passes that could be taken for more than one address.
_ADDRESS = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"]+")


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
    message["Message-ID"] = f"<{letter.id}.{letter.created_at:{MESSAGE_STAMP}}@{domain}>"
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
    with connect(server) as connection:
        connection.send_message(message)


def file_away(folder: Path, letter: ReadyLetter, sender: str) -> Path:
    """Write a letter into a folder as an .eml file, which mail programs open; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{letter.id:06d}.eml"
    path.write_bytes(message_of(letter, sender).as_bytes())
    return path
