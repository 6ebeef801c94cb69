"""Delivering letters: after the commit, so that a mail server that is down costs nobody a thing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app

from models.database import reading, transaction
from models.problems import Problem
from services import carrier, letters, retention, sending
from services.carrier import MailServer, Outcome
from services.letters import ReadyLetter
from services.mailing import file_away, message_of
from services.outbox import Carrier, Journal, held_journal
from settings import Settings
from views.filling import current_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "letters"
JOURNAL = "letters.journal"
# So many letters are asked for at once.
BATCH = 500
# So long one waits for a carrier that was left behind; it gives up a silent server before.
PATIENCE_SECONDS = 15.0
# So long one pass takes at most; the next one begins within a minute.
PASS_SECONDS = 45.0
MINUTE = timedelta(minutes=1)
# Nothing is wrong with the letter, and the next one would fare alike.
STOPPED = frozenset({carrier.UNREACHABLE})

Deliver = Callable[[ReadyLetter], Outcome]


@dataclass(frozen=True, slots=True)
class Pass:
    """How many letters a pass has delivered, and how many it could not."""

    sent: int = 0
    failed: int = 0


def deliver_soon(_letter_id: int | None = None) -> None:
    """Have all letters delivered that are committed: the worker is told, nobody waits for it.

    Without a mail server they are written into the folder of letters at once.
    """
    if _server() is None:
        deliver_waiting()
    else:
        current_app.extensions["nudge"]("letters")


def deliver_waiting(seconds: float = PASS_SECONDS, patience: float = PATIENCE_SECONDS) -> Pass:
    """Deliver the letters that are due, for at most so long; note how each went.

    Nothing is done while another process delivers. When the database is busy meanwhile, the rest
    is left for the next time.
    """
    try:
        if not _anything_to_do():
            return Pass()
        with held_journal(_settings().home / JOURNAL, patience) as journal:
            return _deliver_all(journal, time.monotonic() + seconds) if journal else Pass()
    except Problem:
        return Pass()


def _anything_to_do() -> bool:
    with reading() as session:
        return letters.any_left_behind(session) or bool(letters.waiting(session, current_moment()))


def _deliver_all(journal: Journal, until: float) -> Pass:
    with transaction() as session:
        letters.settle_left_behind(
            session, journal.outcomes(), current_moment(), known_past=not journal.is_new
        )
    journal.clear()
    with reading() as session:
        ids = letters.waiting(session, current_moment())
        pace = _Pace(_settings().mail_per_minute, letters.last_try(session))
    results: list[Outcome] = []
    with _way_out(journal) as deliver:
        for letter_id in ids:
            if not pace.wait(until):
                break
            results += _deliver(letter_id, deliver)
            if results and results[-1].result in STOPPED:
                break
    sent = sum(outcome.result == carrier.SENT for outcome in results)
    return Pass(sent, len(results) - sent)


class _Pace:
    """So many letters a minute: evenly, so that no mail server is flooded. Files need none."""

    def __init__(self, per_minute: int, last: datetime | None) -> None:
        pause = MINUTE / per_minute if _server() else timedelta()
        self._seconds = pause.total_seconds()
        since = (current_moment() - last).total_seconds() if last else self._seconds
        self._next = time.monotonic() + min(max(self._seconds - since, 0.0), self._seconds)

    def wait(self, until: float) -> bool:
        """Wait for the turn of the next letter; tell whether it comes before the end."""
        now = time.monotonic()
        if max(self._next, now) > until:
            return False
        time.sleep(max(self._next - now, 0.0))
        self._next = time.monotonic() + self._seconds
        return True


def _deliver(letter_id: int, deliver: Deliver) -> list[Outcome]:
    """Deliver one letter and note what became of it; nothing when it is no longer to be."""
    with transaction() as session:
        letter = letters.take(session, letter_id, current_moment())
    if letter is None:
        return []
    outcome = deliver(letter)
    filed = _server() is None
    with transaction() as session:
        if filed and outcome.result == carrier.SENT:
            letters.delivered(session, letter_id, current_moment(), filed=True)
        else:
            letters.settle(session, letter_id, outcome, current_moment())
    return [outcome]


@contextmanager
def _way_out(journal: Journal) -> Iterator[Deliver]:
    """Open the way that letters go: to the mail server, or into a folder."""
    server = _server()
    if server is None:
        yield _file
        return
    with Carrier(server, journal) as process:

        def carry(letter: ReadyLetter) -> Outcome:
            try:
                message = message_of(letter, server.sender)
            except ValueError as error:
                return Outcome(carrier.ADDRESS_REFUSED, str(error))
            return process.carry(letter.id, letter.to, message)

        yield carry


def _file(letter: ReadyLetter) -> Outcome:
    try:
        file_away(_settings().home / FOLDER, letter, _settings().mail_from)
    except OSError as error:
        return Outcome(carrier.DELAYED, f"{type(error).__name__}: {error}")
    except ValueError as error:
        return Outcome(carrier.ADDRESS_REFUSED, str(error))
    return Outcome(carrier.SENT)


def forget_files() -> int:
    """Remove the files of letters whose addresses are erased; return how many were.

    What was left by a process that ended in between is found the next time.
    """
    files = {int(path.stem): path for path in (_settings().home / FOLDER).glob("[0-9]*.eml")}
    ids, kept = sorted(files), set[int]()
    with reading() as session:
        for start in range(0, len(ids), BATCH):
            kept |= retention.addressed(session, ids[start : start + BATCH])
    for letter_id in files.keys() - kept:
        files[letter_id].unlink(missing_ok=True)
    return len(files.keys() - kept)


def mail_sender() -> str:
    """Return whom letters are from: `Name <address>`."""
    return _settings().mail_from


def write_reminders() -> None:
    """Write the scheduled reminders of today, and have them delivered."""
    with transaction() as session:
        written = sending.remind(session, _settings().public_url, current_moment())
    if written:
        deliver_soon()


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _server() -> MailServer | None:
    found: MailServer | None = current_app.config["MAIL"]
    return found
