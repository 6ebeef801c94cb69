"""Whoever runs the installation starts it a second time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Assignment
from services import letters
from services.letter_texts import DEFAULTS, fill
from settings import Settings
from tasks import QUEUE_FILE
from tests.browser.installation import free_port, serve
from tests.conftest import ROOT
from tests.mailbox import Mailbox, mail_server
from tests.stored import everything, writing

PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 20.0
SIGNALS = 20_000


def test_a_second_start_reads_the_program_once_and_changes_nothing(
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = everything(app)
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with serve(settings, workers=2) as running, urlopen(running.address) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
    imported = [line.rpartition("|")[2].strip() for line in capfd.readouterr().err.splitlines()]
    for module in ("start", "views.board", "pyxform", "sqlalchemy", "alembic"):
        assert imported.count(module) == 1, module
    assert everything(app) == before


def test_styles_and_scripts_come_from_a_process_that_is_a_copy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The minifier looks for garbage whenever it can; in a copy it has no threads to do that with.
    monkeypatch.setenv("GOGC", "1")
    with serve(settings) as running:
        for path in ("static/phieu.css", "static/form.js", "sw.js"):
            address = f"{running.address}/{path}"
            with urlopen(address, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own server
                assert answer.read()


def test_who_asks_the_server_to_end_again_and_again_does_not_keep_it(settings: Settings) -> None:
    with serve(settings) as running:
        for _ in range(SIGNALS):
            os.kill(running.process, signal.SIGTERM)


def test_make_run_starts_the_program_once() -> None:
    command = ("make", "--dry-run", "--no-print-directory", "run")
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    starts = [line for line in told.splitlines() if " flask " in line or " granian " in line]
    assert len(starts) == 1
    assert "flask --app start serve --workers" in starts[0]


def write_letter(app: Flask, to: str) -> None:
    written = fill(DEFAULTS["free"], {"don_vi": "Đơn vị", "ban": "Ban", "dot": "Đợt 1"})
    with writing(app) as session:
        assignment_id = session.scalar(select(func.min(Assignment.id))) or 0
        letters.add(session, "free", assignment_id, to, written, datetime.now(UTC))


def workers(settings: Settings) -> list[int]:
    """Return the processes that read the queue of tasks."""
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) != os.getpid()
        if settings.home / QUEUE_FILE in opened_by(process)
    ]


def opened_by(process: Path) -> list[Path]:
    with suppress(OSError):
        return [file.readlink() for file in (process / "fd").iterdir()]
    return []


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.1)


def test_a_worker_delivers_beside_the_server_is_begun_again_and_ends_with_it(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    mailbox = Mailbox(to=["1@units.example", "2@units.example"])
    with mail_server(port, mailbox), serve(settings) as running, running.app.app_context():
        nudge = running.app.extensions["nudge"]
        write_letter(app, "1@units.example")
        nudge("letters")
        wait_until(lambda: len(mailbox.messages) == 1)
        (first,) = workers(settings)
        os.kill(first, signal.SIGKILL)
        write_letter(app, "2@units.example")
        nudge("letters")
        wait_until(lambda: len(mailbox.messages) == 2)
        assert workers(settings) != [first]
    wait_until(lambda: not workers(settings))
