"""Handing over letters to owners of accounts: at once, for their links are kept nowhere."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from services.account_links import LIFETIMES
from services.carrier import PERMANENT, TRANSIENT
from services.letters import ReadyLetter
from services.mailing import MailServer, file_away, hand_in
from settings import Settings
from views.filling import current_moment

# Below the folder of the other letters.
FOLDER = "letters/accounts"
# So long the files are kept: as long as any link in them opens.
KEPT = max(LIFETIMES.values())


def has_server() -> bool:
    """Tell whether letters go to a mail server; otherwise they are written into a folder."""
    return _server() is not None


def deliver_now(letter: ReadyLetter) -> Fault | None:
    """Hand a letter over; return what went wrong, None when nothing did."""
    server, settings = _server(), _settings()
    try:
        if server is None:
            file_away(settings.home / FOLDER, letter, settings.mail_from)
        else:
            hand_in(server, letter)
    except (OSError, ValueError) as error:
        return explain(error)
    return None


def forget_files() -> None:
    """Remove the files of letters whose links open nothing any more."""
    until = (current_moment() - KEPT).timestamp()
    for path in (_settings().home / FOLDER).glob("*.eml"):
        if path.stat().st_mtime < until:
            path.unlink(missing_ok=True)


# The first kind that fits, from the special to the general.
FAULTS: tuple[tuple[type[Exception], LazyString], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        _(
            "The mail server refuses the name or the password. Please correct them in SMTP_URL, "
            "then start Phiếu again."
        ),
    ),
    (
        smtplib.SMTPRecipientsRefused,
        _(
            "The mail server refuses this address. Please check how it is written; if it is right, "
            "ask whoever runs the mail server whether Phiếu may send there."
        ),
    ),
    (
        smtplib.SMTPSenderRefused,
        _(
            "The mail server refuses the sender. Please put an address that may send into "
            "MAIL_FROM, then start Phiếu again."
        ),
    ),
    (
        smtplib.SMTPNotSupportedError,
        _(
            "The mail server offers no encryption, without which no password is sent to it. Please "
            "use an address with smtps:// in SMTP_URL."
        ),
    ),
    (
        smtplib.SMTPException,
        _("The mail server does not take the letter. Please ask whoever runs the mail server."),
    ),
    (
        ssl.SSLError,
        _(
            "The encryption of the mail server cannot be trusted. Please check the host in "
            "SMTP_URL, and the certificate of the mail server."
        ),
    ),
    (TimeoutError, _("The mail server does not answer. Please check host and port in SMTP_URL.")),
    (
        ConnectionRefusedError,
        _("Nobody listens at this host and port. Please check SMTP_URL."),
    ),
    (socket.gaierror, _("There is no such host. Please check SMTP_URL.")),
    (ValueError, _("This is not an e-mail address.")),
    (OSError, _("The mail server cannot be reached. Please check SMTP_URL and the network.")),
)
# Whatever is refused so, is not refused for good (RFC 5321, 4.2.1).
NOT_NOW = _("The mail server takes no letter now. Please try again in a few minutes.")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a letter was not taken: what to do, and word for word what the server has answered."""

    sentence: LazyString
    answer: str = ""


def explain(error: Exception) -> Fault:
    """Return in words why a letter was not taken."""
    code, said = _answer(error)
    if TRANSIENT <= code < PERMANENT:
        return Fault(NOT_NOW, f"{code} {said}")
    sentence = next(sentence for kind, sentence in FAULTS if isinstance(error, kind))
    return Fault(sentence, f"{code} {said}" if code else "")


def _answer(error: Exception) -> tuple[int, str]:
    """Return the code and the words with which the server refused; 0 when it has said nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return code, _text(said)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _text(error.smtp_error)
    return 0, ""


def _text(said: bytes | str) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found
