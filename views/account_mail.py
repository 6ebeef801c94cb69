"""Handing over letters to owners of accounts: at once, for their links are kept nowhere."""

from __future__ import annotations

from flask import current_app

from services.letters import ReadyLetter
from services.mailing import MailServer, file_away, hand_in
from settings import Settings

# Below the folder of the other letters.
FOLDER = "letters/accounts"


def has_server() -> bool:
    """Tell whether letters go to a mail server; otherwise they are written into a folder."""
    return _server() is not None


def deliver_now(letter: ReadyLetter) -> str:
    """Hand a letter over; return what went wrong, blank when nothing did."""
    server, settings = _server(), _settings()
    try:
        if server is None:
            file_away(settings.home / FOLDER, letter, settings.mail_from)
        else:
            hand_in(server, letter)
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found
