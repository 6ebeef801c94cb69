"""The background tasks: which there are and how often; wiring only.

What is to be done is always in the database. The queue only says when to look, so it may be lost.
Tasks have names: only the worker imports them, and what they need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from pkgutil import resolve_name

from flask import Flask
from huey.api import SqliteHuey, crontab

from settings import Settings

QUEUE_FILE = "tasks.sqlite3"
# Empty; its time is that of the last task.
DONE_FILE = "tasks.done"
# One task may take a while; another need not wait for it.
THREADS = 2
MINUTES_OF_AN_HOUR = 60
LONGEST_POLL_SECONDS = 1.0
# What a task has begun is safe when it is cut off.
SHUTDOWN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done every so many minutes, with the application at hand.

    `act` is `module:function`.
    """

    name: str
    act: str
    minutes: int


DELIVER, MAKE_EXPORTS = "views.delivery:deliver_waiting", "views.making:make_exports"
PERIODIC: Sequence[Task] = (
    Task("deliver", DELIVER, 1),
    Task("remind", "views.delivery:write_reminders", 5),
    Task("count", "views.background:count_feedback", 1),
    Task("mingle", "views.background:mingle_cards", 30),
    Task("bounces", "views.background:read_mailbox", 10),
    Task("exports", MAKE_EXPORTS, 1),
    # Due once a day; a server that is on in working hours only is there for one of these.
    Task("erase", "views.background:erase_contacts", 4 * 60),
)
# What is done once, before everything else: another worker may have ended in the middle of it.
AT_FIRST: Sequence[str] = ("views.making:resume_exports",)
# What need not wait for its minute once somebody has asked for it.
NUDGED: Mapping[str, str] = {"letters": DELIVER, "exports": MAKE_EXPORTS}


def every(minutes: int) -> Callable[[datetime], bool]:
    """Return what tells whether a task is due: every so many minutes, or whole hours."""
    hours = minutes // MINUTES_OF_AN_HOUR
    minute, hour = ("0", f"*/{hours}") if hours else (f"*/{minutes}", "*")
    due: Callable[[datetime], bool] = crontab(minute=minute, hour=hour)
    return due


class Background:
    """The tasks of an application: `nudge` has one done soon, `work` does all of them."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def queue(self) -> SqliteHuey:
        """The queue in the home folder, made when it is first needed."""
        settings: Settings = self._app.config["SETTINGS"]
        queue = SqliteHuey("phieu", filename=str(settings.home / QUEUE_FILE), results=False)
        for task in PERIODIC:
            queue.periodic_task(every(task.minutes), name=task.name)(partial(self._do, task.act))
        return queue

    @cached_property
    def _nudged(self) -> Mapping[str, Callable[[], object]]:
        return {
            name: self.queue.task(name=f"nudged_{name}")(partial(self._do, act))
            for name, act in NUDGED.items()
        }

    def nudge(self, name: str) -> None:
        """Have the worker do a task of NUDGED at once; it looks every minute in any case."""
        with suppress(sqlite3.Error):
            self._nudged[name]()

    def work(self) -> None:
        """Do the tasks until the process is told to end."""
        for act in AT_FIRST:
            self._do(act)
        for name in NUDGED:
            self.nudge(name)
        self.queue.create_consumer(
            workers=THREADS,
            max_delay=LONGEST_POLL_SECONDS,
            shutdown_timeout=SHUTDOWN_SECONDS,
        ).run()

    def last_done(self) -> datetime | None:
        """Return when the worker last ended a task; None when it never has."""
        with suppress(FileNotFoundError):
            return datetime.fromtimestamp(self._done.stat().st_mtime, UTC)
        return None

    @property
    def _done(self) -> Path:
        settings: Settings = self._app.config["SETTINGS"]
        return settings.home / DONE_FILE

    def _do(self, act: str) -> None:
        found = resolve_name(act)
        with self._app.app_context():
            found()
        self._done.touch()


def init_tasks(app: Flask) -> None:
    """Tell `app` how to nudge the worker, how to be one, and when one has done something."""
    background = Background(app)
    app.extensions["nudge"] = background.nudge
    app.extensions["work"] = background.work
    app.extensions["last_done"] = background.last_done
