"""Rates lie between 0 and 100 and their parts add up, whatever is done to a round, and when."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.completeness import Sought
from models.problems import Problem
from services import assignments, campaigns, completeness, following
from services.assignments import Asking, Rates, RoundFigures
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

OFFICER = "officer@ban.example"
UNITS = ("TU-RG", "TU-HT", "SN-BHXH", "SN-SXD")
ACTS = ("add", "withdraw", "send", "duty", "due")
HOURS = st.integers(1, 72)
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(UNITS), HOURS), max_size=14)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, opens_after=st.none() | st.integers(0, 240))
def test_rates_add_up_under_any_sequence_of_acts(
    session: Session, steps: list[tuple[str, str, int]], opens_after: int | None
) -> None:
    nested = session.begin_nested()
    try:
        _run(session, steps, opens_after)
    finally:
        nested.rollback()
        session.expire_all()


def _run(session: Session, steps: list[tuple[str, str, int]], opens_after: int | None) -> None:
    now = WORKING_DAY
    opens_at = None if opens_after is None else now + timedelta(hours=opens_after)
    change_round(session, "dot1", opens_at=opens_at)
    asked = campaigns.find_round(session, "dot1")
    frozen: list[int] | None = None
    for act, code, hours in steps:
        now += timedelta(hours=hours)
        # What is refused is refused; the rates hold all the same.
        with suppress(Problem), session.begin_nested():
            _do(session, asked, act, code, now)
        units = assignments.asked_units(session, asked.id)
        found = assignments.count(units)
        _check(found.required)
        _check(found.invited)
        listed = sum(not unit.withdrawn_at for unit in units)
        still_asked = listed + found.withdrawn - found.added
        assert found.required.asked + found.invited.asked == still_asked
        assert 0 <= found.added_sent <= found.added
        _check_progress(session, found, now)
        opened = units[0].opened
        if opened is not None and opened <= now:
            asked_then = [found.required.asked, found.invited.asked]
            assert frozen in (None, asked_then)
            frozen = asked_then


def _check(rates: Rates) -> None:
    parts = astuple(rates)[1:]
    assert sum(parts) == rates.asked
    percents = [rates.percent(part) for part in (*parts, rates.sent)]
    assert all(percent is None or 0 <= percent <= 100 for percent in percents)
    if rates.asked:
        assert abs(sum(percents[:-1]) - 100) < 1e-9


def _check_progress(session: Session, found: RoundFigures, now: datetime) -> None:
    """Check that the progress page counts what the page of the units asked counts."""
    campaign = following.find_campaign(session, "kh46")
    asked = following.find_round(campaign, "dot1")
    shown = completeness.progress(session, asked, campaign.groups, now)
    for group in (shown.whole, *shown.groups):
        parts = (group.on_time, group.late, group.drafting, group.not_begun, group.withdrawn)
        assert sum(parts) == group.asked
        assert 0 <= (group.timeliness or 0) <= (group.completeness or 0) <= 100
    for duty, rates in ((True, found.required), (False, found.invited)):
        tally = shown.duties[duty]
        assert sum(tally.states.values()) == tally.asked == rates.asked
        assert tally.sent == rates.sent
        assert tally.states.get("withdrawn", 0) == rates.withdrawn
    assert astuple(shown.whole.apart) == (found.added, found.added_sent, found.withdrawn)
    curve = completeness.curve(shown.days, asked, shown.whole.asked)
    assert curve is None or all(0 <= y <= 100 for _, y in curve.points)
    page = completeness.find_units(session, asked, campaign.groups, Sought(), "", 1, now)
    assert page.found == shown.whole.asked + shown.whole.apart.added


def _do(session: Session, asked: object, act: str, code: str, now: object) -> None:
    if act == "add":
        assignments.add(session, asked, [code], Asking(reason="Bổ sung"), OFFICER, now)
    elif act == "withdraw":
        assignments.withdraw(session, asked, [code], "Sáp nhập", OFFICER, now)
    elif act == "duty":
        assignments.change_duty(session, asked, [code], Asking(False, False), OFFICER, now)
    elif act == "due":
        assignments.change_due(session, asked, [code], now, OFFICER, now)
    else:
        _send(session, code, now)


def _send(session: Session, code: str, now: object) -> None:
    round_id = campaigns.find_round(session, "dot1").id
    units = assignments.asked_units(session, round_id)
    unit = next(unit for unit in units if unit.code == code)
    if unit.withdrawn_at is None and unit.first_sent_at is None:
        send_report(session, unit_link(session, unit_code=code, now=now), now=now)
