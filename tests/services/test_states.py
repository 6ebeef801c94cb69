"""Until when a unit may send, whether it is late then, and what may be done with its report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from models.problems import PROBLEMS, Problem
from services.states import REFUSALS, STAGES, Act, Stage, Times, after, stage_of, timing


def day(number: int) -> datetime:
    return datetime(2021, 8, number, 10, 0, tzinfo=UTC)


# Due on the 10th, closes on the 20th.
ROUND = (day(10), day(20))


@pytest.mark.parametrize(
    ("now", "late", "problem"),
    [(10, False, None), (11, True, None), (20, True, None), (21, True, "round_closed")],
)
def test_a_round_takes_late_reports_until_it_closes(
    now: int, late: bool, problem: str | None
) -> None:
    found = timing(Times(*ROUND, late_allowed=True), day(now))
    assert (found.late, found.problem, found.is_open) == (late, problem, problem is None)


def test_a_round_may_take_no_late_reports() -> None:
    times = Times(*ROUND, late_allowed=False)
    assert timing(times, day(10)).problem is None
    assert timing(times, day(11)).problem == "late_refused"


def test_an_extended_unit_is_on_time_until_its_own_day() -> None:
    times = Times(*ROUND, late_allowed=False, extended_to=day(15))
    assert timing(times, day(15)) == timing(Times(day(15), day(20), False), day(15))
    assert timing(times, day(16)).problem == "late_refused"


def test_an_extension_reaches_beyond_the_closing_of_the_round() -> None:
    times = Times(*ROUND, late_allowed=True, extended_to=day(25))
    assert not timing(times, day(25)).late
    assert timing(times, day(26)).problem == "round_closed"


def test_an_extension_never_takes_time_away() -> None:
    times = Times(*ROUND, late_allowed=True, extended_to=day(5))
    assert timing(times, day(10)) == timing(Times(*ROUND, late_allowed=True), day(10))


def test_a_returned_report_may_be_corrected_until_its_deadline() -> None:
    times = Times(*ROUND, late_allowed=False, returned=True, returned_until=day(25))
    assert timing(times, day(25)).problem is None
    assert timing(times, day(26)).problem == "round_closed"


def test_a_returned_report_without_a_deadline_may_be_corrected_until_the_round_closes() -> None:
    times = Times(*ROUND, late_allowed=False, returned=True)
    assert timing(times, day(20)).problem is None
    assert timing(times, day(21)).problem == "round_closed"


def test_a_round_without_ends_is_always_open() -> None:
    assert timing(Times(None, None, late_allowed=False), day(28)).problem is None


# --- stages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_leads_somewhere_or_is_refused_with_a_reason(stage: Stage, act: Act) -> None:
    assert ((stage, act) in STAGES) != ((stage, act) in REFUSALS)
    if (stage, act) in STAGES:
        assert after(stage, act) == STAGES[stage, act]
        return
    with pytest.raises(Problem) as caught:
        after(stage, act)
    assert caught.value.status == PROBLEMS[REFUSALS[stage, act]]


@pytest.mark.parametrize(
    ("sent", "decided", "stage"),
    [
        (False, None, "none"),
        (True, None, "sent"),
        (True, "returned", "returned"),
        (True, "accepted", "accepted"),
    ],
)
def test_the_stage_follows_from_what_was_decided_last(
    sent: bool, decided: str | None, stage: Stage
) -> None:
    assert stage_of(sent, decided) == stage
