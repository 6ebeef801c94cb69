"""What only SQLite needs, or promises."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models import AuditEntry
from models import database as database_module
from models.database import reading, transaction
from models.problems import Problem
from services import audit
from settings import Settings
from tests.factories import write_entries

NOON = datetime(2021, 8, 20, 12, tzinfo=UTC)


def note(session: Session, act: str) -> None:
    audit.note(session, NOON, audit.SYSTEM, act, "test")


def test_a_locked_database_is_a_problem_and_not_a_crash(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = (*database_module.PRAGMAS, "PRAGMA busy_timeout=50")
    monkeypatch.setattr(database_module, "PRAGMAS", pragmas)
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with app.app_context(), pytest.raises(Problem) as caught, transaction() as session:
        note(session, "never")
    assert (caught.value.code, caught.value.status) == ("database_busy", 503)
    other.execute("ROLLBACK")
    other.close()
    with app.app_context(), transaction() as session:
        note(session, "afterwards")


def test_sqlite_is_set_up_to_keep_what_it_acknowledged(app: Flask) -> None:
    with app.app_context(), reading() as session:
        values = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_feedback_rows_have_no_order_of_arrival(app: Flask) -> None:
    with app.app_context(), reading() as session, pytest.raises(Exception, match="rowid"):
        session.execute(text("SELECT rowid FROM feedback"))


def test_several_processes_write_and_none_is_refused(app: Flask, settings: Settings) -> None:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=spawned) as pool:
        list(pool.map(write_entries, [settings] * 3, [40] * 3))
    with app.app_context(), reading() as session:
        written = select(func.count()).where(AuditEntry.act == "written")
        assert session.scalar(written) == 120


def test_a_thread_that_waits_for_itself_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LONGEST_WAIT_SECONDS", 0.05)
    with app.app_context():
        with transaction() as session:
            note(session, "outside")
            with pytest.raises(Problem, match="database_busy"), transaction() as inner:
                note(inner, "inside")
        with reading() as session:
            assert session.scalars(
                select(AuditEntry.act).where(AuditEntry.subject == "test")
            ).all() == ["outside"]


HOLD = """
import fcntl, sys
with open(sys.argv[1], "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def hanging_writer(path: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that takes its turn to write, and then does nothing."""
    command = [sys.executable, "-c", HOLD, f"{path}.lock"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_process_that_hangs_in_its_turn_does_not_hold_up_the_others_for_ever(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LONGEST_WAIT_SECONDS", 0.2)
    with app.app_context(), hanging_writer(database_url.removeprefix("sqlite:///")) as process:
        threads = threading.active_count()
        for _ in range(3):
            with pytest.raises(Problem, match="database_busy"), transaction() as session:
                note(session, "never")
        assert threading.active_count() == threads + 1, "each refusal leaves somebody waiting"
        process.kill()
        monkeypatch.setattr(database_module, "LONGEST_WAIT_SECONDS", 30.0)
        for number in range(3):
            with transaction() as session:
                note(session, str(number))
        with reading() as session:
            written = select(AuditEntry.act).where(AuditEntry.subject == "test")
            assert session.scalars(written).all() == ["0", "1", "2"]


def test_a_turn_that_comes_when_nobody_wants_it_any_more_is_passed_on(
    app: Flask, database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LONGEST_WAIT_SECONDS", 0.2)
    path = database_url.removeprefix("sqlite:///")
    refused = pytest.raises(Problem, match="database_busy")
    with app.app_context(), hanging_writer(path), refused, transaction() as session:
        note(session, "never")
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as pool:
        pool.submit(write_entries, settings, 3).result()


def test_a_full_disk_is_a_problem_and_stores_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = (*database_module.PRAGMAS, "PRAGMA max_page_count=1")  # the least there can be
    monkeypatch.setattr(database_module, "PRAGMAS", pragmas)
    with app.app_context():
        with pytest.raises(Problem, match="database_busy"), transaction() as session:
            session.execute(text("UPDATE campaign SET title = :long"), {"long": "x" * 10_000_000})
        with reading() as session:
            assert session.scalar(text("SELECT length(title) FROM campaign")) < 1000
