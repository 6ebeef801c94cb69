"""Delivering letters: after the commit, so that a mail server that is down costs nobody a thing."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread

from flask import current_app
from flask.ctx import AppContext

from models.database import transaction
from models.problems import Problem
from services import letters
from services.letters import ReadyLetter
from services.mailing import MailServer, file_away, hand_in
from settings import Settings
from views.filling import current_moment

FOLDER = "letters"


def deliver_soon(letter_id: int) -> None:
    """Deliver a letter that is committed: to the mail server in a thread that nobody waits for.

    Without a mail server it is written into the folder of letters at once.
    """
    if _server() is None:
        _deliver_quietly(letter_id)
        return
    context = current_app.app_context()
    Thread(target=_deliver_in, args=(context, letter_id), daemon=True).start()


def _deliver_in(context: AppContext, letter_id: int) -> None:
    with context:
        _deliver_quietly(letter_id)


def _deliver_quietly(letter_id: int) -> None:
    """Deliver a letter; when the database is busy meanwhile, it is left for the next time."""
    with suppress(Problem):
        deliver(letter_id)


def deliver(letter_id: int) -> bool | None:
    """Deliver a letter and note how that went; None when it is no longer to be delivered."""
    with transaction() as session:
        letter = letters.take(session, letter_id, current_moment())
    if letter is None:
        return None
    server = _server()
    try:
        _hand_over(server, letter)
    except (OSError, ValueError) as error:
        with transaction() as session:
            letters.failed(session, letter_id, f"{type(error).__name__}: {error}")
        return False
    with transaction() as session:
        letters.delivered(session, letter_id, current_moment(), filed=server is None)
    return True


def _hand_over(server: MailServer | None, letter: ReadyLetter) -> None:
    if server is None:
        file_away(_settings().home / FOLDER, letter, _settings().mail_from)
    else:
        hand_in(server, letter)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found
