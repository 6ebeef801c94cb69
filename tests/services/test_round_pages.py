"""What the database counts, finds and sorts of a round is what plain Python makes of its rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from language.collation import sort_key
from language.dates import local
from language.text import fold
from models import Assignment, Round, Unit
from models.following import FollowedRound
from models.response import ACCEPTED, RETURNED
from services import completeness, following
from services.completeness import GroupProgress, UnitPage
from services.states import SENT_STATES, Facts, State, asked_at_opening, assignment_state, later
from tests.factories import WORKING_DAY, change_round

# So few moments that many of a round are the same.
MOMENTS = tuple(WORKING_DAY + timedelta(hours=9 * step) for step in range(8))
GROUPS = ("huyen_thanh_uy", "ban_dang", "so_ban_nganh", "khong_ten")
NAMES = ("Đảng ủy Xã", "đảng ủy xã", "Dang uy XA", "Ủy ban Ăn Ở", "Xã Ô Lâm 100%", "xã_ơ")
TEXTS = ("", "đảng", "DANG xa", "xã ủy", "%", "_", "TU-", "không có")
STATES = ("", "on_time", "late", "missing", "drafting", "not_opened", "withdrawn", "unsent")
STAGES = ("", "sent", RETURNED, ACCEPTED, "extended")


@dataclass(frozen=True, slots=True)
class Row:
    """A unit of the round as Python sees it; `of_rates` tells whether rates count it."""

    unit: Assignment
    code: str
    position: int
    search: str
    state: State
    of_rates: bool
    withdrawn_later: bool


def scatter(session: Session, dice: random.Random) -> None:
    """Give a round deadlines, and each of its units a state, all by chance."""
    change_round(
        session,
        "dot1",
        opens_at=dice.choice((None, None, *MOMENTS[:3])),
        due_at=dice.choice((None, *MOMENTS[2:6])),
    )
    for unit in assignments_of(session):
        sent = dice.choice((*(None,) * 6, *MOMENTS))
        again = sent and max(sent, dice.choice(MOMENTS))
        unit.unit_name = f"{dice.choice(NAMES)} {dice.randrange(9)}"
        unit.group_code = dice.choice(GROUPS)
        unit.required = dice.random() < 0.5
        unit.added_at = dice.choice(MOMENTS[:4])
        unit.withdrawn_at = dice.choice((*(None,) * 24, *MOMENTS))
        unit.due_at = dice.choice((*(None,) * 8, *MOMENTS))
        unit.extended_to = dice.choice((*(None,) * 8, *MOMENTS))
        unit.has_draft = dice.random() < 0.4
        unit.first_sent_at, unit.sent_at = sent, again
        unit.revisions = dice.randrange(1, 4) if sent else 0
        unit.decided = dice.choice((None, ACCEPTED, RETURNED)) if sent else None
    session.flush()


def assignments_of(session: Session) -> Sequence[Assignment]:
    asked = select(Assignment).join(Assignment.round).where(Round.code == "dot1")
    return session.scalars(asked).all()


def opening_of(asked: Round, units: Iterable[Assignment]) -> datetime | None:
    first = min((unit.first_sent_at for unit in units if unit.first_sent_at), default=None)
    return asked.opens_at or first


def rows_of(session: Session, now: datetime) -> list[Row]:
    """Return the units of the round that are listed, in no order."""
    units = assignments_of(session)
    opened = opening_of(units[0].round, units)
    return [
        Row(
            unit,
            unit.unit.code,
            unit.unit.position,
            f"{unit.unit.search} {fold(unit.unit_name)}",
            assignment_state(
                Facts(
                    unit.first_sent_at,
                    unit.has_draft,
                    later(unit.due_at or unit.round.due_at, unit.extended_to),
                    now,
                    unit.withdrawn_at is not None,
                )
            ),
            asked_at_opening(unit.added_at, unit.withdrawn_at, opened),
            unit.withdrawn_at is not None,
        )
        for unit in units
        if unit.withdrawn_at is None or (opened is not None and unit.withdrawn_at >= opened)
    ]


def round_of(session: Session) -> tuple[FollowedRound, Mapping[str, str]]:
    campaign = following.find_campaign(session, "kh46")
    return following.find_round(campaign, "dot1"), campaign.groups


@pytest.fixture(params=range(6))
def scattered(session: Session, request: pytest.FixtureRequest) -> Session:
    """Return a session with a round in which everything has happened."""
    scatter(session, random.Random(request.param))
    return session


def test_the_sums_are_those_of_the_rows(scattered: Session) -> None:
    asked, groups = round_of(scattered)
    seen: Counter[State] = Counter()
    for now in (MOMENTS[0], MOMENTS[3], MOMENTS[-1]):
        rows = rows_of(scattered, now)
        seen.update(row.state for row in rows)
        found = completeness.progress(scattered, asked, groups, now)
        check_group(found.whole, rows)
        listed = {row.unit.group_code for row in rows}
        assert {group.code for group in found.groups} <= listed
        for code in listed:
            members = [row for row in rows if row.unit.group_code == code]
            shown = [group for group in found.groups if group.code == code]
            empty = not any(row.of_rates or is_later(row, found.opened) for row in members)
            assert len(shown) == (not empty)
            for group in shown:
                check_group(group, members)
        check_round(scattered, asked, now, rows)
    assert set(seen) == set(get_args(State)), "or a state is not compared"


def check_group(group: GroupProgress, rows: Sequence[Row]) -> None:
    of_rates = [row for row in rows if row.of_rates]
    states = Counter(row.state for row in of_rates)
    drafts = [row for row in of_rates if is_waited_for(row) and row.unit.has_draft]
    added = [row for row in rows if not row.of_rates]
    assert group.asked == len(of_rates)
    assert (group.on_time, group.late) == (states["on_time"], states["late"])
    assert group.withdrawn == states["withdrawn"]
    assert group.drafting == len(drafts)
    assert group.not_begun == sum(map(is_waited_for, of_rates)) - len(drafts)
    assert group.extended == sum(row.unit.extended_to is not None for row in of_rates)
    assert group.returned == sum(row.unit.decided == RETURNED for row in of_rates)
    assert group.accepted == sum(row.unit.decided == ACCEPTED for row in of_rates)
    assert group.apart.added == len(added)
    assert group.apart.added_sent == sum(row.state in SENT_STATES for row in added)
    assert group.apart.withdrawn == sum(row.withdrawn_later for row in rows)


def check_round(session: Session, asked: FollowedRound, now: datetime, rows: Sequence[Row]) -> None:
    found = completeness.progress(session, asked, {}, now)
    listed = completeness.count_round(session, asked, now)
    for duty, tally in ((True, listed.required), (False, listed.invited)):
        states = Counter(r.state for r in rows if r.of_rates and r.unit.required is duty)
        assert tally.states == found.duties[duty].states == states
    assert listed.responses == found.revisions == sum(row.unit.revisions for row in rows)
    assert found.opened == opening_of(rows[0].unit.round, assignments_of(session))
    assert found.unsent == sum(map(is_waited_for, rows))
    assert found.missing == sum(row.state == "missing" for row in rows)
    waiting = [row for row in rows if row.state in SENT_STATES and row.unit.decided is None]
    assert found.waiting == len(waiting)
    days: Counter[date] = Counter(
        local(row.unit.first_sent_at).date()
        for row in rows
        if row.of_rates and row.unit.first_sent_at
    )
    assert [(day.day, day.sent) for day in found.days] == sorted(days.items())


def is_waited_for(row: Row) -> bool:
    return row.state in {"missing", "drafting", "not_opened"}


def is_later(row: Row, opened: datetime | None) -> bool:
    return opened is not None and row.unit.added_at > opened


# --- pages ----------------------------------------------------------------------------------------

ORDERS: Mapping[str, Callable[[Row, Sequence[str]], object]] = {
    "": lambda row, groups: (place_of(row.unit.group_code, groups), row.position),
    "name": lambda row, _: (sort_key(row.unit.unit_name), row.position),
    "sent": lambda row, _: (
        row.unit.sent_at is None,
        -(row.unit.sent_at or WORKING_DAY).timestamp(),
        row.position,
    ),
}


def place_of(code: str, groups: Sequence[str]) -> int:
    return groups.index(code) if code in groups else len(groups)


def is_sought(row: Row, text: str, state: str, stage: str, group: str) -> bool:
    sent = row.unit.first_sent_at is not None
    return (
        all(word in row.search for word in fold(text).split())
        and (state in ("", row.state) or (state == "unsent" and is_waited_for(row)))
        and {
            "": True,
            "sent": sent and row.unit.decided is None,
            RETURNED: row.unit.decided == RETURNED,
            ACCEPTED: row.unit.decided == ACCEPTED,
            "extended": row.unit.extended_to is not None,
        }[stage]
        and group in ("", row.unit.group_code)
    )


def expected(rows: Iterable[Row], groups: Sequence[str], text: str, order: str) -> list[Row]:
    """Return rows in the order of all pages; those that are called exactly so come first."""
    words = text.lower().split()
    found = sorted(rows, key=lambda row: ORDERS[order](row, groups))
    return sorted(found, key=lambda r: not all(word in r.unit.unit_name.lower() for word in words))


def test_the_pages_are_those_of_the_rows(
    scattered: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    positions = scattered.scalars(select(Unit.position)).all()
    assert len(set(positions)) == len(positions), "or their order is nobody's"
    monkeypatch.setattr(completeness, "PAGE_UNITS", 17)
    asked, groups = round_of(scattered)
    now = MOMENTS[4]
    rows = rows_of(scattered, now)
    # Every value of each filter with every order, and some of them together.
    filters = [
        *((text, "", "", "") for text in TEXTS),
        *(("", state, "", "") for state in STATES),
        *(("", "", stage, "") for stage in STAGES),
        *(("", "", "", group) for group in GROUPS),
        *zip(TEXTS[1:], STATES[1:], (*STAGES, "", ""), (*GROUPS, "", "", ""), strict=False),
    ]
    known = completeness.progress(scattered, asked, groups, now)
    for (text, state, stage, group), order in product(filters, ORDERS):
        sought = completeness.sought_units(text, state, stage, group, order)
        wanted = [row for row in rows if is_sought(row, text, state, stage, group)]
        wanted = expected(wanted, tuple(groups), text, order)
        last = max((len(wanted) - 1) // 17, 0)
        for number in {0, last // 2, last}:
            page = completeness.find_units(
                scattered, asked, groups, sought, text, number + 1, now, known=known
            )
            assert (page.found, page.number, page.pages) == (len(wanted), number + 1, last + 1)
            check_page(page, wanted, wanted[number * 17 : number * 17 + 17], order)


def check_page(page: UnitPage, wanted: Sequence[Row], shown: Sequence[Row], order: str) -> None:
    codes = dict.fromkeys(row.unit.group_code for row in shown)
    # In official order, what stands on a page stands by group.
    by_group = [row for code in codes for row in shown if row.unit.group_code == code]
    units = [unit for _, _, members in page.groups for unit in members]
    stands = list(shown) if order else by_group
    assert [(unit.code, unit.state) for unit in units] == [(r.code, r.state) for r in stands]
    counts = Counter(row.unit.group_code for row in wanted)
    expected_counts = [len(wanted)] * bool(shown) if order else [counts[code] for code in codes]
    assert [number for _, number, _ in page.groups] == expected_counts
