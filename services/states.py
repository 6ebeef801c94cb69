"""How far a unit is with a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from language.dates import local

State = Literal["not_opened", "drafting", "on_time", "late", "missing"]
SENT_STATES: tuple[State, ...] = ("on_time", "late")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the state of an assignment depends on. `first_sent_at` is the first sending."""

    first_sent_at: datetime | None
    has_draft: bool
    due_at: datetime | None
    now: datetime


# The first row whose test holds names the state.
STATES: tuple[tuple[State, Callable[[Facts], bool]], ...] = (
    ("late", lambda f: f.first_sent_at is not None and is_after(f.first_sent_at, f.due_at)),
    ("on_time", lambda f: f.first_sent_at is not None),
    ("missing", lambda f: is_after(f.now, f.due_at)),
    ("drafting", lambda f: f.has_draft),
    ("not_opened", lambda _: True),
)


def assignment_state(facts: Facts) -> State:
    """Return the state of an assignment: a report sent on time stays so when it is corrected."""
    return next(state for state, holds in STATES if holds(facts))


def is_after(moment: datetime, due_at: datetime | None) -> bool:
    """Tell whether `moment` is past the due time; never when there is none."""
    return due_at is not None and moment > due_at


def days_late(sent_at: datetime, due_at: datetime | None) -> int:
    """Return how many local days late something was sent: 0 on time, at least 1 when late."""
    if due_at is None or not is_after(sent_at, due_at):
        return 0
    return max((local(sent_at).date() - local(due_at).date()).days, 1)
