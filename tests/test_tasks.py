"""When the worker does what: minutes and hours."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pkgutil import resolve_name

import pytest

from tasks import AT_FIRST, NUDGED, PERIODIC, every
from tests.conftest import ROOT

# What only the worker needs, and takes long to import.
OF_THE_WORKER = ("exports.parquet", "pyarrow", "stream_zip", "views.making")
MIDNIGHT = datetime(2021, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "times"), [(1, 1440), (10, 144), (60, 24), (240, 6)])
def test_a_task_is_due_so_often_on_a_day(minutes: int, times: int) -> None:
    due = every(minutes)
    day = [MIDNIGHT + timedelta(minutes=minute) for minute in range(24 * 60)]
    found = [moment for moment in day if due(moment)]
    assert len(found) == times
    assert found[1:] == [moment + timedelta(minutes=minutes) for moment in found[:-1]]


def test_every_task_is_there() -> None:
    named = [*AT_FIRST, *NUDGED.values(), *(task.act for task in PERIODIC)]
    assert all(callable(resolve_name(act)) for act in named)


def test_web_processes_do_not_import_what_only_the_worker_needs() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import app, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "views.exporting" in said
    assert not [name for name in OF_THE_WORKER if name in said]
