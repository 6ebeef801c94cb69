"""What every test may ask for: real databases, an application, an installed campaign."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Dialect, event
from sqlalchemy.orm import Session

from app import create_app
from models import AuditEntry
from models.database import database, transaction
from services import campaigns
from settings import Settings
from tests.databases import Databases, SqliteDatabases, start_postgresql
from views.log_details import unlabelled
from views.log_sentences import SENTENCES

ROOT = Path(__file__).parent.parent
CAMPAIGN = ROOT / "campaigns" / "kh46"
LIBRARY = ROOT / "forms" / "library"
# When the campaign is installed; tests act on later days.
INSTALLED_AT = datetime(2021, 6, 8, 1, 0, tzinfo=UTC)

BACKENDS = ("sqlite", "postgresql")
# Elsewhere SQLite is enough: pages do not depend on the database.
ON_BOTH = ("crash", "models", "services", "journeys")
ALSO_ON_BOTH = ("properties/test_correcting.py",)
ONLY_ON_SQLITE = ("test_disk.py", "test_sqlite.py")
# Kind of database -> what all connections to it in this process share.
STATEMENTS: dict[str, tuple[Dialect, dict[Any, Any]]] = {}
LOOPBACK = ("127.0.0.1", "::1", "localhost")

hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not in what is loaded: it would take a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what touches the database on every one of them, in the rooms where it matters."""
    if "backend" in metafunc.fixturenames:
        path = metafunc.definition.path
        both = path.parent.name in ON_BOTH and path.name not in ONLY_ON_SQLITE
        both = both or f"{path.parent.name}/{path.name}" in ALSO_ON_BOTH
        metafunc.parametrize("backend", BACKENDS if both else BACKENDS[:1], scope="session")


@event.listens_for(AuditEntry, "before_insert")
def refuse_what_has_no_word(_mapper: object, _connection: object, entry: AuditEntry) -> None:
    """Refuse entries of the log with a field that its page cannot name, whichever test acts."""
    unknown = unlabelled(entry.act, entry.details) if entry.act in SENTENCES else set()
    assert not unknown, f"say in views.log_details what {unknown} are, noted by {entry.act}"


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse sockets to other machines."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int]) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise AssertionError(f"a test connects to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def databases(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where databases of one kind come from."""
    folder = tmp_path_factory.mktemp(backend)
    if backend == "sqlite":
        yield SqliteDatabases(folder)
    else:
        yield from start_postgresql(folder)


@pytest.fixture(scope="session")
def template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a migrated database with the campaign in it; never written to."""
    with databases.create() as url:
        app = create_app(make_settings(tmp_path_factory.mktemp("home"), url))
        with app.app_context():
            upgrade()
            with transaction() as session:
                campaigns.install(session, CAMPAIGN, LIBRARY, INSTALLED_AT)
        disconnect()
        yield url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """Return the address of a database without tables."""
    with databases.create() as url:
        yield url
        disconnect()


@pytest.fixture
def database_url(databases: Databases, template: str) -> Iterator[str]:
    """Return the address of a database of its own, with the campaign installed."""
    with databases.create(template) as url:
        yield url
        disconnect()


def disconnect() -> None:
    """Close the connections of every application."""
    for engines in list(database._app_engines.values()):  # noqa: SLF001 - no public list of them
        for engine in engines.values():
            engine.dispose()


def share_statements() -> None:
    """Let all applications use the same compiled statements: most of them are those of each test.

    What is compiled depends on the dialect alone, which every engine has one of.
    """
    for engines in list(database._app_engines.values()):  # noqa: SLF001 - no public list of them
        for engine in engines.values():
            dialect, compiled = STATEMENTS.setdefault(engine.dialect.name, (engine.dialect, {}))
            engine.dialect = dialect
            engine.update_execution_options(compiled_cache=compiled)


def make_settings(home: Path, database_url: str) -> Settings:
    """Return the settings of a test installation."""
    return Settings(home, database_url, secret_key="only for tests", testing=True)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Return the settings of the installation under test."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def app(settings: Settings) -> Flask:
    """Return the application: that of the board, and the door to that of links."""
    made = create_app(settings)
    share_statements()
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without scripts."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Return a session to write with, committed at the end."""
    with app.app_context(), transaction() as opened:
        yield opened
