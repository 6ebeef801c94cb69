"""A short storm; `make crash` raises the long one."""

from __future__ import annotations

from settings import Settings
from tests.crash.storm import storm

KILLS = {"sqlite": 20, "postgresql": 5}
LIFE_SECONDS = 0.4


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    settings: Settings, backend: str
) -> None:
    result = storm(settings, KILLS[backend], LIFE_SECONDS)
    assert result.kills == KILLS[backend]
    assert result.receipts > 0
    assert result.saved + result.receipts > result.kills // 2
    assert result.cut > 0, "no request was cut off: this test tries nothing"
