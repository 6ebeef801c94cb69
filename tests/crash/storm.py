"""A server that is killed at random while clients send, and what must be true afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import create_app
from models import Attachment, Draft, Revision
from settings import Settings
from tests.browser.installation import free_port
from tests.conftest import ROOT
from tests.crash.clients import Acknowledged, Client, Form
from tests.crash.telling import KEEP_WAITING, locked
from tests.stored import in_days, looking, open_round
from tests.visitor import Visitor, plausible

UNITS = ("TU-RG", "TU-HT", "HU-AB", "HU-AM")
# How long a server lives at most once it has answered.
LONGEST_LIFE_SECONDS = 2.0
# So many servers are killed before they have even started.
EARLY_SHARE = 0.1
SECONDS_TO_START = 120.0
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Result:
    """What has happened, for whoever reads the measurement."""

    kills: int
    seconds: float
    receipts: int
    retried: int
    abandoned: int
    kept_unasked: int
    saved: int
    cut: int
    loose_files: int


@dataclass
class Server:
    """The server, by way of the process that starts it."""

    launcher: subprocess.Popen[str]
    port: int

    def start(self) -> None:
        """Start the server; it may not be ready yet."""
        self._order("start")

    def kill(self) -> None:
        """Kill all of it with SIGKILL."""
        self._order("kill")

    def _order(self, word: str) -> None:
        assert self.launcher.stdin
        assert self.launcher.stdout
        self.launcher.stdin.write(f"{word}\n")
        self.launcher.stdin.flush()
        assert self.launcher.stdout.readline(), "the launcher has ended"


@contextmanager
def server_of(settings: Settings) -> Iterator[Server]:
    """Prepare a server at a free port; it is killed at the end."""
    port = free_port()
    environment = {
        **os.environ,
        "PHIEU_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.launcher"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        server = Server(launcher, port)
        try:
            yield server
        finally:
            server.kill()
            launcher.communicate()


# --- the storm ------------------------------------------------------------------------------------


def storm(
    settings: Settings, kills: int, life_seconds: float = LONGEST_LIFE_SECONDS, seed: int = 0
) -> Result:
    """Let four clients send while the server is killed so often, and check what is left."""
    app = create_app(settings)
    baselines: dict[str, Mapping[str, Any]] = {}
    stop, random = threading.Event(), Random(seed)
    began = time.monotonic()
    with server_of(settings) as server:
        clients = [_client(app, unit, server.port, stop, baselines) for unit in UNITS]
        earlier = _count(app)
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        try:
            lives = [random.uniform(0, life_seconds) for _ in range(kills)]
            _kill_often(server, clients, lives, random)
        finally:
            stop.set()
        for thread in threads:
            thread.join()
    seconds = time.monotonic() - began
    for client in clients:
        if client.problem:
            raise client.problem
    return _check(app, clients, baselines, earlier, (kills, seconds))


def wait_out(settings: Settings) -> float:
    """Let somebody hold the database for longer than anybody waits; return how long a client did.

    It is told to come back, and its report is taken as soon as the database is free.
    """
    app = create_app(settings)
    with server_of(settings) as server:
        client = _client(app, UNITS[0], server.port, threading.Event(), {})
        server.start()
        client.save()
        with locked(settings.database_url):
            began = time.monotonic()
            answer = client.try_saving()
            seconds = time.monotonic() - began
            assert answer
            assert answer[0] == HTTPStatus.SERVICE_UNAVAILABLE
            assert KEEP_WAITING in answer[2]
        client.send_report()
        client.hang_up()
    assert client.acknowledged[0].tries == 1
    _check_database(app)
    return seconds


def _kill_often(
    server: Server, clients: Sequence[Client], lives: Sequence[float], random: Random
) -> None:
    for seconds in lives:
        server.start()
        if random.random() > EARLY_SHARE:
            _wait_for_answers(clients)
        time.sleep(seconds)
        server.kill()
    server.start()


def _wait_for_answers(clients: Sequence[Client]) -> None:
    """Wait until the clients get anything done."""
    before, until = _done(clients), time.monotonic() + SECONDS_TO_START
    while _done(clients) == before and not any(client.problem for client in clients):
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.01)


def _done(clients: Sequence[Client]) -> int:
    return sum(client.saved + len(client.acknowledged) for client in clients)


def _client(
    app: Flask, unit: str, port: int, stop: threading.Event, baselines: dict[str, Mapping[str, Any]]
) -> Client:
    """Send a report and a difficulty in peace, to know what is stored of them; return a client."""
    report = _form(app, open_round(app, "dot1", unit, due_at=in_days(3)), "so_ky_hieu")
    baselines[report.address] = _sent_in_peace(app, report)
    difficulty = _form(app, open_round(app, "kho_khan", unit, due_at=None), "noi_dung")
    baselines[difficulty.address] = _sent_in_peace(app, difficulty)
    return Client(unit, port, report, difficulty, stop)


def _form(app: Flask, code: str, marked: str) -> Form:
    page = Visitor(app.test_client()).open(f"/{code}?all=1")
    files = {control.name for control in page.form.controls if control.kind == "file"}
    own = {control.name for control in page.form.controls if control.kind == "hidden"}
    values = plausible(page.form)
    return Form(page.form.action, {n: v for n, v in values.items() if n not in own | files}, marked)


def _sent_in_peace(app: Flask, form: Form) -> Mapping[str, Any]:
    visitor = Visitor(app.test_client())
    page = visitor.open(form.address)
    files = {c.name: (b"%PDF-1.7\n", "a.pdf") for c in page.form.controls if c.kind == "file"}
    sent = visitor.send(page, "submit", {**form.typed, **files})
    assert sent.status == 303, sent.summary
    with looking(app) as session:
        newest = select(Revision.answers).order_by(Revision.id.desc()).limit(1)
        answers: dict[str, Any] = json.loads(session.scalar(newest) or "")
    return _without_files(answers)


def _without_files(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers without those that name a file by an id of its own."""
    return {name: value for name, value in answers.items() if not name.startswith("tep")}


# --- afterwards -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A revision as it is stored; `mark` tells which sending it was."""

    receipt: str
    mark: str
    answers: Mapping[str, Any]


def _count(app: Flask) -> int:
    """Return the id of the newest revision."""
    with looking(app) as session:
        return session.scalar(select(Revision.id).order_by(Revision.id.desc()).limit(1)) or 0


def _check(
    app: Flask,
    clients: Sequence[Client],
    baselines: Mapping[str, Mapping[str, Any]],
    earlier: int,
    measured: tuple[int, float],
) -> Result:
    kept = _kept(app, earlier)
    acknowledged = [sent for client in clients for sent in client.acknowledged]
    abandoned = [mark for client in clients for mark in client.abandoned]
    _check_once(kept, acknowledged, abandoned)
    for client in clients:
        _check_answers(client, kept, baselines)
        _check_draft(app, client)
    _check_files(app, acknowledged)
    _check_database(app)
    return Result(
        kills=measured[0],
        seconds=measured[1],
        receipts=len(acknowledged),
        retried=sum(sent.tries > 1 for sent in acknowledged),
        abandoned=len(abandoned),
        kept_unasked=len(kept) - len(acknowledged),
        saved=sum(client.saved for client in clients),
        cut=sum(client.cut for client in clients),
        loose_files=_loose_files(app),
    )


def _kept(app: Flask, earlier: int) -> list[Kept]:
    with looking(app) as session:
        rows = session.execute(
            select(Revision.receipt_code, Revision.answers).where(Revision.id > earlier)
        ).all()
    kept = []
    for receipt, text in rows:
        answers = json.loads(text)
        mark = answers["noi_dung"] if "noi_dung" in answers else answers["so_ky_hieu"]
        kept.append(Kept(receipt, mark, answers))
    return kept


def _check_once(
    kept: Sequence[Kept], acknowledged: Sequence[Acknowledged], abandoned: Sequence[str]
) -> None:
    """Check that what was acknowledged is there once, and nothing else but what may be."""
    marks = Counter(revision.mark for revision in kept)
    receipts = {revision.receipt: revision.mark for revision in kept}
    assert max(marks.values(), default=1) == 1, marks.most_common(3)
    lost = [sent for sent in acknowledged if receipts.get(sent.receipt) != sent.mark]
    assert lost == []
    told = {sent.mark for sent in acknowledged}
    assert len(told) == len(acknowledged)
    assert marks.keys() - told <= set(abandoned)


def _check_answers(
    client: Client, kept: Sequence[Kept], baselines: Mapping[str, Mapping[str, Any]]
) -> None:
    """Check that every report has the very answers that were sent."""
    by_receipt = {revision.receipt: revision.answers for revision in kept}
    for sent in client.acknowledged:
        answers = _without_files(by_receipt[sent.receipt])
        form = client.difficulty if client.difficulty.marked in answers else client.report
        assert answers == {**baselines[form.address], form.marked: sent.mark}, sent


def _check_draft(app: Flask, client: Client) -> None:
    """Check that the draft holds what was saved last."""
    with looking(app) as session:
        drafts = list(session.scalars(select(Draft)))
    marks = [draft.values[client.report.marked] for draft in drafts]
    assert [client.draft] in marks, (client.draft, marks)


def _check_files(app: Flask, acknowledged: Sequence[Acknowledged]) -> None:
    """Check that every file that was acknowledged is there."""
    with looking(app) as session:
        digests = set(session.scalars(select(Attachment.sha256)))
    assert {sent.sha256 for sent in acknowledged if sent.sha256} <= digests


def _check_database(app: Flask) -> None:
    """Check what the operator would: every digest, and the file of the database."""
    result = app.test_cli_runner().invoke(args=["verify"])
    assert result.exit_code == 0, result.output
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith(SQLITE):
        with closing(sqlite3.connect(url.removeprefix(SQLITE))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _loose_files(app: Flask) -> int:
    """Return how many files no row speaks of: a crash may leave some, and they do no harm."""
    with looking(app) as session:
        rows = session.execute(select(Attachment.id, Attachment.sha256)).all()
    named = {name for row in rows for name in row}
    files = [path for path in Path(app.config["FILES"]).rglob("*") if path.is_file()]
    for path in files:
        # Under the name of its digest a file is whole, row or no row.
        if len(path.name) == 64:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    return sum(path.name not in named for path in files)
