"""Exports of a running server: they outlive the worker, and hold nobody up."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from io import BytesIO
from urllib.parse import urlsplit
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import insert, select

from exports.records import DataOptions
from models import Feedback, Link, Round
from models.database import reading, transaction
from models.export import DONE, WORKING
from services import definitions, exporting
from services.exporting import Standing, Wanted
from settings import Settings
from tests.browser.installation import Installation, serve
from tests.journeys.test_serving import wait_until, workers
from tests.views.board_members import signed_in
from views.export_files import path_of

ROUND, ROWS = "phan_hoi", 30_000
# More than what a connection holds on its way to somebody who reads nothing.
LARGE_BYTES = 64 * 1024 * 1024
SECONDS_FOR_A_PAGE = 10.0
PAGE = f"/ban/kh46/{ROUND}/du-lieu"


def send_feedback(app: Flask, rows: int) -> None:
    with app.app_context(), transaction() as session:
        opened = session.scalars(select(Round).where(Round.code == ROUND)).one()
        code = session.scalars(select(Link.code).where(Link.round_id == opened.id)).first()
        version = definitions.newest(session, opened.form_definition_id).id
        alike = {"link_code": code, "form_version_id": version, "sent_on": date(2021, 8, 20)}
        answers = '{"gop_y":"Nên tổ chức thêm hội nghị ở các ấp."}'
        for start in range(0, rows, 5000):
            made = [
                {**alike, "id": f"{number:032x}", "answers": answers}
                for number in range(start, min(start + 5000, rows))
            ]
            session.execute(insert(Feedback), made)


def ask(app: Flask, wish: str = "xlsx") -> str:
    """Ask for the data of the round; return the id of the export."""
    with app.app_context():
        with transaction() as session:
            wanted = Wanted("kh46", ROUND, wish, DataOptions())
            asked = exporting.ask(session, wanted, "can.bo@ban.example", datetime.now(UTC))
        app.extensions["nudge"]("exports")
    return asked


def standing(app: Flask, export_id: str) -> Standing:
    with app.app_context(), reading() as session:
        return exporting.find(session, "kh46", ROUND, export_id)


@pytest.mark.timeout(300)
def test_an_export_whose_worker_is_killed_is_begun_again_by_the_next(
    app: Flask, settings: Settings
) -> None:
    send_feedback(app, ROWS)
    with serve(settings) as running:
        wait_until(lambda: workers(settings))
        export_id = ask(running.app, "csv")
        wait_until(lambda: standing(app, export_id).state == WORKING)
        (first,) = workers(settings)
        os.kill(first, signal.SIGKILL)
        assert standing(app, export_id).state == WORKING
        # Long before anybody could take the silence for the end.
        wait_until(lambda: standing(app, export_id).state == DONE)
        assert workers(settings) != [first]
    with app.app_context():
        archived = ZipFile(BytesIO(path_of(export_id).read_bytes()))
        left = [path.name for path in path_of(export_id).parent.iterdir()]
    assert archived.testzip() is None
    assert archived.read(f"{ROUND}.csv").count(b"\r\n") == ROWS + 1
    assert left == [export_id]


@pytest.fixture
def finished(app: Flask, settings: Settings) -> Iterator[tuple[Installation, str]]:
    """Run a server with one web process; yield it and a large export that is ready."""
    with serve(settings) as running:
        export_id = ask(running.app)
        wait_until(lambda: standing(app, export_id).state == DONE)
        with app.app_context():
            path_of(export_id).write_bytes(os.urandom(LARGE_BYTES))
        yield running, export_id


@pytest.mark.timeout(300)
def test_whoever_downloads_slowly_holds_nobody_up(
    app: Flask, finished: tuple[Installation, str]
) -> None:
    running, export_id = finished
    cookie = signed_in(app, "officer").get_cookie("phieu", path="/ban")
    assert cookie
    place = urlsplit(running.address)
    head = (
        f"GET {PAGE}/{export_id} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Cookie: phieu={cookie.value}",
    )
    with closing(socket.create_connection((place.hostname, place.port), timeout=30)) as slow:
        slow.sendall("\r\n".join((*head, "", "")).encode())
        assert slow.recv(12) == b"HTTP/1.1 200"
        began = time.monotonic()
        with urlopen(running.address, timeout=SECONDS_FOR_A_PAGE) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        assert time.monotonic() - began < SECONDS_FOR_A_PAGE
