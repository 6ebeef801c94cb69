"""Connections, the one place that commits, and what may never change."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text, update
from sqlalchemy.orm import Session

from app import create_app
from models import AuditEntry, Campaign, FormVersion, Revision, Unit
from models.database import HistoryError, database, reading, transaction
from models.problems import Problem
from services import audit, directory, units
from services.seen import mark_of
from tests.conftest import make_settings
from tests.factories import send_report, unit_link

NOON = datetime(2021, 8, 20, 12, tzinfo=UTC)


def note(session: Session, act: str) -> None:
    audit.note(session, NOON, audit.SYSTEM, act, "test")


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "test")))


def test_the_migrations_make_the_tables_of_the_models(app: Flask) -> None:
    with app.app_context(), database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, database.metadata) == []


def test_the_migrations_can_be_taken_back(empty_database_url: str, tmp_path) -> None:
    app = create_app(make_settings(tmp_path, empty_database_url))
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
        database.engine.dispose()


def test_a_transaction_commits_at_its_end(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            note(session, "kept")
        with reading() as session:
            assert acts(session) == ["kept"]


def test_a_transaction_that_fails_leaves_nothing(app: Flask) -> None:
    def fail() -> None:
        with transaction() as session:
            note(session, "lost")
            session.flush()
            raise LookupError

    with app.app_context():
        with pytest.raises(LookupError):
            fail()
        with reading() as session:
            assert acts(session) == []


def test_reading_never_commits(app: Flask) -> None:
    with app.app_context():
        with reading() as session:
            session.scalars(select(Unit)).first().name = "changed"
            session.flush()
        with reading() as session:
            assert session.scalar(select(Unit).where(Unit.name == "changed")) is None


def test_reading_sees_one_state_while_others_write(app: Flask) -> None:
    with app.app_context(), reading() as session:
        before = acts(session)
        with transaction() as other:
            note(other, "meanwhile")
        assert acts(session) == before
    with app.app_context(), reading() as session:
        assert acts(session) == ["meanwhile"]


def test_many_threads_write_and_none_is_refused(app: Flask) -> None:
    def write(number: int) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE campaign SET position = position + 1"))
            note(session, str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    with app.app_context(), reading() as session:
        assert sorted(map(int, acts(session))) == list(range(80))
        assert session.scalar(select(Campaign.position)) == 81


def test_a_session_that_has_read_can_still_write_after_others(app: Flask) -> None:
    """As signing in does: it reads the account, hashes for a while, and then notes the time."""
    with app.app_context():
        unit = database.session.scalars(select(Unit)).first()
        with transaction() as session:
            note(session, "meanwhile")
        unit.note = "seen"
        database.session.commit()
        database.session.remove()
        with reading() as session:
            assert session.get_one(Unit, unit.id).note == "seen"


def test_an_unreachable_database_is_a_problem(tmp_path, backend: str) -> None:
    url = {
        "sqlite": f"sqlite:///{tmp_path}/none/phieu.sqlite3",
        "postgresql": f"postgresql+psycopg:///phieu?host={tmp_path}",
    }[backend]
    app = create_app(make_settings(tmp_path, url))
    with app.app_context(), pytest.raises(Problem, match="database_busy"), reading():
        pass


# --- values ---------------------------------------------------------------------------------------


def test_moments_come_back_in_utc(session: Session) -> None:
    here = datetime(2021, 8, 31, 23, 59, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    note(session, "evening")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    audit.note(session, here, audit.SYSTEM, "moment", "test")
    session.expire_all()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "moment")).one()
    assert entry.at == here
    assert entry.at.tzinfo is UTC


def test_a_moment_without_a_time_zone_is_refused(app: Flask) -> None:
    with app.app_context(), reading() as session:
        naive = datetime(2021, 8, 31)  # noqa: DTZ001 - what is refused
        entry = AuditEntry(at=naive, actor="x", act="x", subject="x", details={}, previous="")
        entry.digest = "x"
        session.add(entry)
        with pytest.raises(Exception, match="a moment without a time zone"):
            session.flush()


# --- history --------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [Revision, FormVersion, AuditEntry])
def test_history_is_neither_changed_nor_removed(app: Flask, table: type) -> None:
    with app.app_context():
        with transaction() as session:
            send_report(session, unit_link(session))
        for act in (change, remove, change_all):
            with reading() as session, pytest.raises(HistoryError):
                act(session, table)


def change(session: Session, table: type) -> None:
    row = session.scalars(select(table)).first()
    row.id = 1000
    session.flush()


def remove(session: Session, table: type) -> None:
    session.delete(session.scalars(select(table)).first())
    session.flush()


def change_all(session: Session, table: type) -> None:
    session.execute(update(table).values(id=1000))


def test_two_threads_that_send_one_opened_form_store_it_once(app: Flask) -> None:
    barrier = threading.Barrier(2)

    def send(_: int) -> str:
        with app.app_context():
            with reading() as session:
                link = unit_link(session)
            barrier.wait()
            with transaction() as session:
                return send_report(session, link, instance="double click").code

    with ThreadPoolExecutor(2) as pool:
        codes = set(pool.map(send, range(2)))
    assert len(codes) == 1
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(Revision)).all()) == 1


def test_of_two_imports_of_units_at_once_one_waits_and_sees_the_other(app: Flask) -> None:
    barrier = threading.Barrier(2, timeout=30)
    source = "code,name,group\nMOI-1,Đơn vị mới,ban_dang\n".encode()

    def bring(_: int) -> int:
        with app.app_context():
            barrier.wait()
            with transaction() as session:
                units.hold(session)
                plan = units.plan_import(session, source, "units.csv")
                units.apply_import(session, plan, NOON)
                return len(plan.added)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bring, range(2))) == [0, 1]


def test_of_two_who_add_the_same_unit_one_is_told(app: Flask) -> None:
    barrier = threading.Barrier(2, timeout=30)

    def add(_: int) -> str:
        with app.app_context():
            with reading() as session:
                known = directory.find_unit(session, "TU-RG")
            barrier.wait()
            try:
                with transaction() as session:
                    directory.add(session, replace(known, code="MOI-1"), "x", NOON)
            except Problem as problem:
                return problem.code
            return "added"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, range(2))) == ["added", "unit_code_taken"]


def test_of_two_who_change_the_same_unit_one_is_told(app: Flask) -> None:
    barrier = threading.Barrier(2, timeout=30)

    def change(number: int) -> str:
        with app.app_context():
            with reading() as session:
                known = directory.find_unit(session, "TU-RG")
            barrier.wait()
            try:
                with transaction() as session:
                    said = replace(known, note=f"note {number}")
                    directory.change(session, said, "x", NOON, mark_of(known))
            except Problem as problem:
                return problem.code
            return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, range(2))) == ["changed", "changed_meanwhile"]
