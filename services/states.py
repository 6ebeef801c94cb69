"""How far a unit is with a report, until when it may send, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from language.dates import local
from models.problems import Problem
from models.response import ACCEPTED, RETURNED

State = Literal["not_opened", "drafting", "on_time", "late", "missing", "withdrawn"]
SENT_STATES: tuple[State, ...] = ("on_time", "late")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the state of an assignment depends on. `first_sent_at` is the first sending."""

    first_sent_at: datetime | None
    has_draft: bool
    due_at: datetime | None
    now: datetime
    withdrawn: bool = False


# The first row whose test holds names the state.
STATES: tuple[tuple[State, Callable[[Facts], bool]], ...] = (
    ("late", lambda f: f.first_sent_at is not None and is_after(f.first_sent_at, f.due_at)),
    ("on_time", lambda f: f.first_sent_at is not None),
    ("withdrawn", lambda f: f.withdrawn),
    ("missing", lambda f: is_after(f.now, f.due_at)),
    ("drafting", lambda f: f.has_draft),
    ("not_opened", lambda _: True),
)


def assignment_state(facts: Facts) -> State:
    """Return the state of an assignment: a report sent on time stays so when it is corrected.

    It also stays so when the unit is withdrawn; one withdrawn without having sent is not missing.
    """
    return next(state for state, holds in STATES if holds(facts))


def is_after(moment: datetime, due_at: datetime | None) -> bool:
    """Tell whether `moment` is past the due time; never when there is none."""
    return due_at is not None and moment > due_at


# --- until when -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """What says from when and until when a unit may send.

    `due_at`, `closes_at`, `late_allowed` and `opens_at` are those of the round, `extended_to` is
    the later due time of this unit. While its report is `returned` it may correct it until
    `returned_until`. Nothing may be sent once the campaign is `archived` or the unit `withdrawn`.
    """

    due_at: datetime | None
    closes_at: datetime | None
    late_allowed: bool
    extended_to: datetime | None = None
    returned: bool = False
    returned_until: datetime | None = None
    opens_at: datetime | None = None
    archived: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """Whether a report may be sent now (`problem` is the code that refuses it) and is late then."""

    due_at: datetime | None
    late: bool
    problem: str | None

    @property
    def is_open(self) -> bool:
        """Whether a report may be sent now."""
        return self.problem is None


def timing(times: Times, now: datetime) -> Timing:
    """Decide, by the clock of the server, whether a report may be sent and whether it is late."""
    due_at = later(times.due_at, times.extended_to)
    closes_at = later(later(times.closes_at, times.extended_to), times.returned_until)
    late = is_after(now, due_at)
    correcting = times.returned and not is_after(now, times.returned_until)
    # The first that holds is the one that is told.
    refusals = (
        ("campaign_archived", times.archived),
        ("unit_withdrawn", times.withdrawn),
        ("round_not_open", times.opens_at is not None and now < times.opens_at),
        ("round_closed", is_after(now, closes_at)),
        ("late_refused", late and not (times.late_allowed or correcting)),
    )
    return Timing(due_at, late, next((code for code, holds in refusals if holds), None))


def later(moment: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two ends; without the first there is no end."""
    return max(moment, other) if moment and other else moment


# --- who is asked ---------------------------------------------------------------------------------


def asked_at_opening(
    added_at: datetime, withdrawn_at: datetime | None, opened: datetime | None
) -> bool:
    """Tell whether a unit is among those that the rates of a round are counted of.

    It is when it had been added and not withdrawn when the round `opened`, whatever came later:
    that is when it opens or, in a round that opens at no certain time, when the first report came
    (models.queries.opening). Before there is either, everybody counts who is not withdrawn.
    """
    if opened is None:
        return withdrawn_at is None
    return added_at <= opened and (withdrawn_at is None or withdrawn_at >= opened)


# --- what may be done -----------------------------------------------------------------------------

Stage = Literal["none", "sent", "returned", "accepted"]
Act = Literal["send", "correct", "accept", "return"]

# What an act makes of a report. An act that is not here is refused.
STAGES: Mapping[tuple[Stage, Act], Stage] = {
    ("none", "send"): "sent",
    ("none", "correct"): "sent",
    ("sent", "send"): "sent",
    ("sent", "correct"): "sent",
    ("sent", "accept"): "accepted",
    ("sent", "return"): "returned",
    ("returned", "send"): "sent",
    ("returned", "correct"): "sent",
    ("returned", "accept"): "accepted",
    ("returned", "return"): "returned",
    ("accepted", "return"): "returned",
}

# Why an act is refused at a stage, as the code of a Problem.
REFUSALS: Mapping[tuple[Stage, Act], str] = {
    ("accepted", "send"): "report_accepted",
    ("accepted", "correct"): "report_accepted",
    ("accepted", "accept"): "report_accepted",
    ("none", "accept"): "report_missing",
    ("none", "return"): "report_missing",
}


def after(stage: Stage, act: Act) -> Stage:
    """Return the stage that `act` leads to. Raises Problem when it is not allowed."""
    if (stage, act) not in STAGES:
        raise Problem(REFUSALS[stage, act])
    return STAGES[stage, act]


def stage_of(has_sent: bool, decided: str | None) -> Stage:
    """Return the stage of a report: by what was decided on its newest revision, if anything."""
    if not has_sent:
        return "none"
    return _DECIDED[decided]


_DECIDED: Mapping[str | None, Stage] = {
    None: "sent",
    RETURNED: "returned",
    ACCEPTED: "accepted",
}


def days_late(sent_at: datetime, due_at: datetime | None) -> int:
    """Return how many local days late something was sent: 0 on time, at least 1 when late."""
    if due_at is None or not is_after(sent_at, due_at):
        return 0
    return max((local(sent_at).date() - local(due_at).date()).days, 1)
