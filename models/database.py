"""The database: its base class, column types, connections, and the one place that commits."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TextClause, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

from models.problems import Problem

PRAGMAS = (
    # First: the next one waits while another process creates the file.
    "PRAGMA busy_timeout=30000",
    "PRAGMA journal_mode=WAL",
    # A commit reaches the disk before anybody is told of it.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)

# Constraints need names, or a later migration cannot change them.
NAMES = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """The base class of every table."""

    metadata = MetaData(naming_convention=NAMES)


database = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False}
)

Key = Annotated[int, mapped_column(primary_key=True)]


class Moment(TypeDecorator[datetime]):
    """A point in time: aware, stored and read in UTC; a naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return what is stored: the same moment in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return a stored moment, aware."""
        if value is None:
            return None
        # SQLite keeps no time zone; what stands there is UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AppendOnly:
    """A table whose rows are never changed or removed: history."""


class HistoryError(Exception):
    """Code that tried to change or remove history: a bug, never a user's mistake."""


@event.listens_for(AppendOnly, "before_update", propagate=True)
@event.listens_for(AppendOnly, "before_delete", propagate=True)
def _refuse_change(_mapper: object, _connection: object, row: AppendOnly) -> None:
    raise HistoryError(f"{type(row).__name__} is append-only")


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_change(state: ORMExecuteState) -> None:
    if (state.is_update or state.is_delete) and state.bind_mapper is not None:
        table = state.bind_mapper.class_
        if issubclass(table, AppendOnly):
            raise HistoryError(f"{table.__name__} is append-only")


# --- reading and writing --------------------------------------------------------------------------

# How a connection begins, by dialect. One without these options (Flask-Security's session) reads
# without a transaction on SQLite and begins to write at its first change.
READING: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"begin": "BEGIN"},
    "postgresql": {"isolation_level": "REPEATABLE READ"},
}
WRITING: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"begin": "BEGIN IMMEDIATE"},
    "postgresql": {},
}


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session to write with; commit at the end, roll back when anything is raised.

    Needs an application context. Raises Problem `database_busy` when the database is locked for
    too long, out of reach or its disk is full: nothing has then been stored.
    """
    with _session(WRITING) as session:
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session to read with: one state of the database throughout, never committed."""
    with _session(READING) as session:
        yield session


def hold_table(session: Session, table: type[Base]) -> None:
    """Let nobody else write to a table until the commit; they wait, readers do not.

    On SQLite one writes at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {table.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


class QuickConnection:
    """The driver's own connection, for a statement that is executed very often.

    It takes an SQLAlchemy statement, compiles it once, and spares the rest of what SQLAlchemy does.
    """

    def __init__(self, pooled: PoolProxiedConnection, dialect: Dialect) -> None:
        self._pooled = pooled
        self._dialect = dialect
        self._begun = dialect.name != "sqlite"

    def begin(self) -> None:
        """Take the turn to write, at the latest before the first change; others wait from here on.

        Raises Problem `database_busy`.
        """
        if not self._begun:
            self._begun = True
            _begin_writing_with(self._pooled)

    def execute(self, statement: TextClause, parameters: Mapping[str, Any]) -> DBAPICursor:
        """Execute the statement and return its cursor, which tells the `rowcount`."""
        sql, for_driver = _compiled(statement, self._dialect)
        cursor = self._pooled.cursor()
        cursor.execute(sql, for_driver(parameters))
        return cursor


Parameters = Mapping[str, Any]


@cache
def _compiled(statement: TextClause, dialect: Dialect) -> tuple[str, Callable[[Parameters], Any]]:
    """Return the SQL for a dialect, and what makes parameters fit for its driver."""
    compiled = statement.compile(dialect=dialect)
    processors = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in compiled.binds.items()
    }
    names = compiled.positiontup

    def for_driver(parameters: Parameters) -> Any:
        values = {
            name: process(parameters[name]) if process else parameters[name]
            for name, process in processors.items()
        }
        return values if names is None else tuple([values[name] for name in names])

    return str(compiled), for_driver


@contextmanager
def quick_transaction(
    engine: Engine | None = None, *, begun: bool = True
) -> Iterator[QuickConnection]:
    """Open the driver's own connection to write one thing with.

    Commits and refuses as `transaction` does, in a third of the time; with an `engine` it needs no
    application context. Unless it has `begun`, it reads on SQLite without keeping others from
    writing, until `begin` is called.
    """
    engine = engine or database.engine
    pooled = engine.raw_connection()
    try:
        connection = QuickConnection(pooled, engine.dialect)
        if begun:
            connection.begin()
        yield connection
        pooled.commit()
        # At once, before the connection is tidied up: others wait.
        _end_writing_with(pooled)
    except engine.dialect.loaded_dbapi.OperationalError as error:
        raise Problem("database_busy") from error
    finally:
        pooled.close()


def _session(beginnings: Mapping[str, Mapping[str, Any]]) -> Session:
    engine = database.engine
    session = Session(engine, expire_on_commit=False)
    try:
        session.connection(execution_options=beginnings[engine.dialect.name])
    except BaseException:
        session.close()
        raise
    return session


# PostgreSQL gave way to another transaction: serialization_failure, deadlock_detected.
CONTENTION = frozenset({"40001", "40P01"})


class Contention(Problem):
    """A transaction that gave way to another; nothing was stored, and it may be tried again."""

    def __init__(self) -> None:
        super().__init__("database_busy")


# Primary SQLite result codes: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
OUT_OF_REACH = frozenset({5, 6, 8, 10, 13, 14})


@event.listens_for(Engine, "handle_error", retval=True)
def _report_busy(context: ExceptionContext) -> Problem | None:
    if not isinstance(context.sqlalchemy_exception, OperationalError):
        return None
    if getattr(context.original_exception, "sqlstate", None) in CONTENTION:
        return Contention()
    code = getattr(context.original_exception, "sqlite_errorcode", None)
    if code is None:
        # SQLite's driver gives none for a text that is no UTF-8, which waiting does not mend.
        return (
            None
            if isinstance(context.original_exception, sqlite3.Error)
            else Problem("database_busy")
        )
    return Problem("database_busy") if code & 0xFF in OUT_OF_REACH else None


# --- SQLite ---------------------------------------------------------------------------------------
# busy_timeout polls with growing pauses, so that a waiting writer loses to every newcomer. A lock
# taken before BEGIN IMMEDIATE lets the writers of all processes pass one after another.

LONGEST_WAIT_SECONDS = 30.0
# So long a writer tries again and again, which is quickest; then it takes its place in the queue.
SOON_SECONDS, STEP_SECONDS = 0.05, 0.0005

_threads: dict[str, threading.Lock] = {}


class WriteLock:
    """A connection's place in the queue of writers: among threads, then among processes.

    The kernel frees the file when its holder dies. When its holder hangs, or a thread waits for
    itself, whoever waits is told after LONGEST_WAIT_SECONDS.
    """

    def __init__(self, path: str) -> None:
        self.path = f"{path}.lock"
        self.threads = _threads.setdefault(path, threading.Lock())
        self.file = _open_lock(self.path)
        self.turn: _Turn | None = None
        self.held = False

    def acquire(self) -> None:
        """Wait for the turn of this connection. Raises Problem `database_busy`."""
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        self.held = self.threads.acquire(timeout=LONGEST_WAIT_SECONDS)
        if not self.held:
            raise Problem("database_busy")
        if not self._soon() and not self._in_turn(until - time.monotonic()):
            self.held = False
            self.threads.release()
            raise Problem("database_busy")

    def _soon(self) -> bool:
        until = time.monotonic() + SOON_SECONDS
        while not self._at_once():
            if time.monotonic() > until:
                return False
            time.sleep(STEP_SECONDS)
        return True

    def _at_once(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _in_turn(self, seconds: float) -> bool:
        turn = _given_up.pop(self.path, None)
        if turn is None or not turn.take_up():
            turn = _Turn(self.path)
        if turn.has_come(seconds):
            self.turn = turn
            return True
        _given_up[self.path] = turn
        return False

    def release(self) -> None:
        """Let the next one write, if it was this connection's turn."""
        if self.held:
            if self.turn:
                self.turn.end()
            else:
                fcntl.flock(self.file, fcntl.LOCK_UN)
            self.turn, self.held = None, False
            self.threads.release()

    def close(self) -> None:
        """Leave the queue for good."""
        self.release()
        os.close(self.file)


class _Turn:
    """A place in the queue that the kernel keeps for a file, with a thread that waits there.

    The kernel cannot be told how long to wait, and trying again and again would make some wait
    long. So whoever waits for the thread goes away instead; the next one takes up its place.
    """

    def __init__(self, path: str) -> None:
        self.file = _open_lock(path)
        self.mutex = threading.Lock()
        self.come = threading.Event()
        self.wanted = True
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_EX)
        with self.mutex:
            self.come.set()
            if not self.wanted:
                self.end()

    def has_come(self, seconds: float) -> bool:
        """Wait for the turn at most so long; tell whether it has come. If not, it is given up."""
        if not self.come.wait(max(seconds, 0.0)):
            with self.mutex:
                self.wanted = self.come.is_set()
        return self.wanted

    def take_up(self) -> bool:
        """Want a turn that was given up; tell whether it can still come."""
        with self.mutex:
            self.wanted = not self.come.is_set()
        return self.wanted

    def end(self) -> None:
        """Let the next one write."""
        fcntl.flock(self.file, fcntl.LOCK_UN)
        os.close(self.file)


# Turns for which nobody waits, by the path of the file: at most one, for threads are in a queue.
_given_up: dict[str, _Turn] = {}


def _open_lock(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        _limit_waiting(connection)
        return
    # Python's driver opens transactions by itself, and too late; the events below do it instead.
    connection.isolation_level = None
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        connection.close()
        raise Problem("database_busy") from error
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if path:
        entry.info["lock"] = WriteLock(path)


def _limit_waiting(connection: DBAPIConnection) -> None:
    """Let PostgreSQL tell who waits for a lock that it takes too long, as SQLite does."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{LONGEST_WAIT_SECONDS}s'")
    cursor.close()
    connection.commit()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begin")
    if statement == "BEGIN IMMEDIATE":
        _begin_writing(connection)
    elif statement is not None:
        connection.exec_driver_sql(statement)


@event.listens_for(Engine, "before_cursor_execute")
def _begin_late(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
    reads = statement.startswith(("SELECT", "PRAGMA", "BEGIN"))
    if not reads and isinstance(cursor, sqlite3.Cursor) and not cursor.connection.in_transaction:
        _begin_writing(connection)


def _begin_writing(connection: Connection) -> None:
    _begin_writing_with(connection.connection)


def _begin_writing_with(pooled: PoolProxiedConnection) -> None:
    lock = pooled.info.get("lock")
    if lock is not None:
        lock.acquire()
    # Straight to the driver: the lock is held from here on, and others wait.
    driver = cast(sqlite3.Connection, pooled.dbapi_connection)
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise Problem("database_busy") from error


def _end_writing_with(pooled: PoolProxiedConnection) -> None:
    lock = pooled.info.get("lock")
    if lock is not None:
        lock.release()


@event.listens_for(Engine, "checkin")
def _release_lock(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    if "lock" in entry.info:
        entry.info["lock"].release()


@event.listens_for(Engine, "close")
def _close_lock(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    if "lock" in entry.info:
        entry.info.pop("lock").close()
