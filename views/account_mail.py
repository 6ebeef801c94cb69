"""Handing over letters to owners of accounts: at once, for their links are kept nowhere."""

from __future__ import annotations

import smtplib
import socket
import ssl

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from services.account_links import LIFETIMES
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


def deliver_now(letter: ReadyLetter) -> str:
    """Hand a letter over; return in words what went wrong, blank when nothing did."""
    server, settings = _server(), _settings()
    try:
        if server is None:
            file_away(settings.home / FOLDER, letter, settings.mail_from)
        else:
            hand_in(server, letter)
    except (OSError, ValueError) as error:
        return explain(error)
    return ""


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
        _("The mail server refuses the name or the password in SMTP_URL."),
    ),
    (smtplib.SMTPRecipientsRefused, _("The mail server refuses this address.")),
    (smtplib.SMTPSenderRefused, _("The mail server refuses the sender in MAIL_FROM.")),
    (
        smtplib.SMTPNotSupportedError,
        _("The mail server offers no encryption, without which no password is sent to it."),
    ),
    (smtplib.SMTPException, _("The mail server does not take the letter.")),
    (ssl.SSLError, _("The encryption of the mail server cannot be trusted.")),
    (TimeoutError, _("The mail server does not answer. Please check host and port in SMTP_URL.")),
    (
        ConnectionRefusedError,
        _("Nobody listens at this host and port. Please check SMTP_URL."),
    ),
    (socket.gaierror, _("There is no such host. Please check SMTP_URL.")),
    (ValueError, _("This is not an e-mail address.")),
    (OSError, _("The mail server cannot be reached.")),
)


def explain(error: Exception) -> str:
    """Return in words why a letter was not taken, with what the server itself has said."""
    said = next(sentence for kind, sentence in FAULTS if isinstance(error, kind))
    return f"{said} ({type(error).__name__}: {error})"


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found
