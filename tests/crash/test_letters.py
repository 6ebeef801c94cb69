"""A worker is killed again and again while it delivers: no letter twice, none missing."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from models import Assignment, Letter
from models.database import database
from services import letters
from services.letter_texts import DEFAULTS, fill
from settings import Settings
from tests.browser.installation import free_port
from tests.conftest import disconnect
from tests.factories import WORKING_DAY
from tests.stored import looking, writing
from views.delivery import deliver_waiting

LETTERS = 40
# So long the server thinks before it answers: many kills meet a letter just then.
ANSWER_SECONDS = 0.03
PATIENCE_SECONDS = 60.0
FORKED = multiprocessing.get_context("fork")


class Post:
    """A mail server that writes down which letters it has taken, one a line."""

    def __init__(self, log: Path) -> None:
        self.log = log

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        with self.log.open("a") as file:
            file.write(f"{envelope.rcpt_tos[0]}\n")
        await asyncio.sleep(ANSWER_SECONDS)
        return "250 OK"


def run_post(log: Path, port: int) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Post(log)), "127.0.0.1", port)
        async with server:
            await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def post(log: Path, port: int) -> Iterator[None]:
    process = FORKED.Process(target=run_post, args=(log, port), daemon=True)
    process.start()
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    yield
    process.terminate()
    process.join()


def work(app: Flask) -> None:
    """Be a worker, in a group of its own, whose carrier is in another."""
    os.setpgid(0, 0)
    with app.app_context():
        deliver_waiting()


def killed(app: Flask, log: Path, seconds: float, *, with_carriers: bool) -> None:
    """Begin a worker and kill it so long after the server has got a letter of it.

    Maybe what it has begun as well, as when the power fails.
    """
    before, until = log.stat().st_size, time.monotonic() + PATIENCE_SECONDS
    process = FORKED.Process(target=work, args=(app,))
    process.start()
    while log.stat().st_size == before and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(seconds)
    children = carriers_of(process.pid or 0) if with_carriers else []
    for pid in (process.pid or 0, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.join()


def carriers_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def write_letters(app: Flask) -> None:
    written = fill(DEFAULTS["free"], {"don_vi": "Đơn vị", "ban": "Ban", "dot": "Đợt 1"})
    with writing(app) as session:
        assignment_id = session.scalar(select(func.min(Assignment.id))) or 0
        for number in range(LETTERS):
            to = f"{number}@units.example"
            letters.add(session, "free", assignment_id, to, written, WORKING_DAY, key=to)


def states(app: Flask) -> dict[str, str]:
    with looking(app) as session:
        return dict(session.execute(select(Letter.to, Letter.state)).all())


@pytest.mark.parametrize(
    ("kills", "with_carriers"), [(20, False), (10, True)], ids=["worker", "worker_and_carrier"]
)
def test_no_letter_twice_and_none_missing(
    settings: Settings, tmp_path: Path, kills: int, *, with_carriers: bool
) -> None:
    port, log, chance = free_port(), tmp_path / "post", random.Random(46)
    log.touch()
    app = create_app(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_per_minute=60_000))
    write_letters(app)
    # Forked processes take no connection along.
    disconnect()
    with post(log, port):
        for _ in range(kills):
            # From before the answer of the server to the middle of the next letter.
            seconds = chance.uniform(0, 2 * ANSWER_SECONDS)
            killed(app, log, seconds, with_carriers=with_carriers)
        before = Counter(states(app).values())
        assert before["waiting"], "every kill came too late to be one in the middle"
        assert len(log.read_text().split()) >= kills, "a kill came before there was anything"
        with app.app_context():
            deliver_waiting()
            database.engine.dispose()
    taken = Counter(log.read_text().split())
    found = states(app)
    assert [to for to, times in taken.items() if times > 1] == [], "a letter went out twice"
    unknown = {to for to, state in found.items() if state == "unknown"}
    assert set(found.values()) <= {"sent", "unknown"}
    # What went out for certain was taken; what nobody can tell is left to an officer.
    assert {to for to, state in found.items() if state == "sent"} <= set(taken)
    assert bool(unknown) == with_carriers, "nobody can tell when nobody is left to ask"
    assert len(unknown) <= kills
    assert len(taken) + len(unknown - set(taken)) == LETTERS, "a letter is missing"
