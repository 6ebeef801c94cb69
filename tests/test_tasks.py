"""When the worker does what: minutes and hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks import every

MIDNIGHT = datetime(2021, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "times"), [(1, 1440), (10, 144), (60, 24), (240, 6)])
def test_a_task_is_due_so_often_on_a_day(minutes: int, times: int) -> None:
    due = every(minutes)
    day = [MIDNIGHT + timedelta(minutes=minute) for minute in range(24 * 60)]
    found = [moment for moment in day if due(moment)]
    assert len(found) == times
    assert found[1:] == [moment + timedelta(minutes=minutes) for moment in found[:-1]]
