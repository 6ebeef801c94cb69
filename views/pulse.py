"""A sign of life beside work that cannot give one itself for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from flask import current_app

from models.problems import Problem

PULSE_SECONDS, JOIN_SECONDS = 10.0, 10.0
# Work that hangs must be taken from whoever does it.
LONGEST_SECONDS = 1800.0


@contextmanager
def pulse(beat: Callable[[], object]) -> Iterator[None]:
    """Call `beat` every PULSE_SECONDS until the end of the block, LONGEST_SECONDS at most.

    From a thread of its own, with the application at hand. A beat that fails is left out.
    """
    ended, context = Event(), current_app.app_context()
    until = time.monotonic() + LONGEST_SECONDS

    def work() -> None:
        with context:
            while not ended.wait(PULSE_SECONDS) and time.monotonic() < until:
                with suppress(Problem):
                    beat()

    thread = Thread(target=work, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(JOIN_SECONDS)
