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
LOOK_FOR_GARBAGE = """
import gc
looks = []
gc.callbacks.append(lambda phase, info: looks.append(phase) if phase == "start" else None)
import start
print(len(looks), gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
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


def test_the_program_is_loaded_without_looking_for_garbage_and_then_with_it() -> None:
    """What is loaded is not looked through again; what comes later is."""
    said = subprocess.run(
        [sys.executable, "-c", LOOK_FOR_GARBAGE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    # One may come before the first line is run.
    assert int(said[0]) <= 1
    assert said[1:] == ["True", "True"]


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
