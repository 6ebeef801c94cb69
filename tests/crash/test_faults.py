"""A database that is locked, a clock that jumps: told, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app import create_app
from models import database as database_module
from settings import Settings
from tests.crash.telling import locked, told_to_wait, typed, verified
from tests.stored import everything, in_days, open_round, revisions
from tests.visitor import Visitor
from views import filling

# --- locks ----------------------------------------------------------------------------------------


def test_a_locked_database_is_told_and_nothing_is_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = (*database_module.PRAGMAS, "PRAGMA busy_timeout=200")
    monkeypatch.setattr(database_module, "PRAGMAS", pragmas)
    monkeypatch.setattr(database_module, "LONGEST_WAIT_SECONDS", 0.2)
    app = create_app(settings)
    visitor = Visitor(app.test_client())
    page = visitor.open(f"/{open_round(app)}?all=1")
    values = typed(page)
    before = everything(app)
    with locked(settings.database_url):
        for action in ("save", "submit", "submit"):
            told_to_wait(visitor.post(page.form.action, {**values, "action": action}))
        assert visitor.open(page.address).status == 200
    assert everything(app) == before
    first, again = (
        visitor.post(page.form.action, {**values, "action": "submit"}) for _ in range(2)
    )
    assert first.location == again.location
    assert len(revisions(app)) == 1
    assert verified(app)


# --- the clock ------------------------------------------------------------------------------------

Clock = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return what sets the clock of the machine, as the server sees it, forward or back."""

    def set_clock(by: timedelta) -> None:
        class Wrong(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.now(tz) + by

        monkeypatch.setattr(filling, "datetime", Wrong)

    return set_clock


YEAR = timedelta(days=365)


def test_a_clock_that_jumps_breaks_neither_the_order_nor_the_chain(
    app: Flask, set_clock: Clock
) -> None:
    visitor = Visitor(app.test_client())
    code = open_round(app, due_at=in_days(3))
    receipts = []
    for jump in (timedelta(0), -YEAR, YEAR, timedelta(hours=-1)):
        set_clock(jump)
        page = visitor.open(f"/{code}?all=1")
        values = typed(page, so_ky_hieu=f"Số {len(receipts) + 1}")
        assert visitor.post(page.form.action, {**values, "action": "save"}).status == 303
        page = visitor.open(f"/{code}?all=1")
        assert page.typed("so_ky_hieu") == f"Số {len(receipts) + 1}"
        values = typed(page)
        receipts.append(visitor.follow(visitor.post(page.form.action, values)))
        assert visitor.post(page.form.action, values).location in receipts[-1].address
    late = ["gửi trễ hạn" in receipt.text for receipt in receipts]
    # By the clock of the server, whatever it says.
    assert late == [False, False, True, False]
    listed = [href for href, _ in visitor.open(f"/{code}").links if "/bien-nhan/" in href]
    assert listed == [receipt.address for receipt in reversed(receipts)]
    assert [revision.number for revision in revisions(app)] == [1, 2, 3, 4]
    for receipt in receipts:
        receipt_code = receipt.address.rpartition("/")[2]
        checked = visitor.open("/kiem-tra", query_string={"ma": receipt_code})
        assert checked.status == 200
    assert verified(app)


def test_a_round_closes_by_the_clock_and_opens_again_when_it_is_put_right(
    app: Flask, set_clock: Clock
) -> None:
    visitor = Visitor(app.test_client())
    code = open_round(app, due_at=in_days(3), closes_at=in_days(4))
    page = visitor.open(f"/{code}?all=1")
    values = typed(page)
    set_clock(YEAR)
    closed = visitor.post(page.form.action, {**values, "action": "submit"})
    assert closed.status == 410
    assert revisions(app) == []
    set_clock(timedelta(0))
    assert visitor.post(page.form.action, {**values, "action": "submit"}).status == 303
    assert verified(app)
