"""How complete and timely a round is: by duty, by group of units and by day; who is sought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import get_args

from sqlalchemy.orm import Session

from language.dates import local
from language.numbers import percent
from language.text import clean, fold
from models import completeness, following
from models.campaign import PUBLIC
from models.completeness import Counted, FoundUnit, Sought, Within
from models.following import FollowedRound
from models.queries import opening
from services.feedback_counts import count_total
from services.following import Apart, FollowedUnit, RoundCount, Tally, followed
from services.states import SENT_STATES, State

# So many units stand on one page.
PAGE_UNITS = 120
NOBODY = Tally(0, {})
NONE_APART = Apart(0, 0, 0)


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """How far the units of a group are that were asked when the round opened.

    On time, late, drafting, not begun and withdrawn add up to asked; `extended`, `returned` and
    `accepted` say more of the same units. `apart` are those that are in no rate, and all that were
    withdrawn.
    """

    code: str
    name: str
    asked: int
    on_time: int
    late: int
    drafting: int
    not_begun: int
    withdrawn: int
    extended: int
    returned: int
    accepted: int
    apart: Apart

    @property
    def sent(self) -> int:
        """Return how many have sent, late or not."""
        return self.on_time + self.late

    @property
    def completeness(self) -> Decimal | None:
        """Return the share of units that have sent, in percent."""
        return percent(self.sent, self.asked)

    @property
    def timeliness(self) -> Decimal | None:
        """Return the share of units that have sent on time, in percent."""
        return percent(self.on_time, self.asked)


@dataclass(frozen=True, slots=True)
class DayProgress:
    """How many units sent for the first time on a local day, and how many until its end."""

    day: date
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """How far a closed round is. `whole` adds up the groups; `revisions` counts all sendings.

    `opened` is since when rates are counted. `unsent` are all units that have not sent, `missing`
    those past their deadline; `waiting` is how many reports wait for the board. These count units
    that were added later, too. `may_send`: some of the unsent can still send.
    """

    duties: Mapping[bool, Tally]
    groups: tuple[GroupProgress, ...]
    whole: GroupProgress
    days: tuple[DayProgress, ...]
    revisions: int
    opened: datetime | None
    unsent: int
    missing: int
    waiting: int
    may_send: bool


@dataclass(frozen=True, slots=True)
class UnitPage:
    """One page of the units that were found, by group when they stand in official order.

    `found` counts all pages; each group comes with its name and with how many of it were found.
    """

    found: int
    groups: tuple[tuple[str, int, tuple[FollowedUnit, ...]], ...]
    number: int
    pages: int


def tallies(counts: Iterable[Counted]) -> Mapping[bool, Tally]:
    """Return the states of required (True) and invited units that rates are counted of."""
    states: dict[bool, Counter[State]] = {True: Counter(), False: Counter()}
    for counted in counts:
        if counted.later:
            continue
        for state in STATES_COUNTED:
            states[counted.required][state] += getattr(counted, state)
    return {duty: Tally(found.total(), +found) for duty, found in states.items()}


STATES_COUNTED: tuple[State, ...] = get_args(State)
UNSENT: tuple[State, ...] = ("missing", "drafting", "not_opened")


def apart(counts: Iterable[Counted]) -> Apart:
    """Return what is counted beside the rates."""
    listed = tuple(counts)
    added = [counted for counted in listed if counted.later]
    return Apart(
        added=_total(added, "asked"),
        added_sent=_total(added, *SENT_STATES),
        withdrawn=_total(listed, "left"),
    )


def _total(counts: Iterable[Counted], *names: str) -> int:
    return sum(getattr(counted, name) for counted in counts for name in names)


def progress(
    session: Session, asked: FollowedRound, groups: Mapping[str, str], now: datetime
) -> RoundProgress:
    """Return how far a round is; `groups` are the names of groups by code, in order."""
    opened = opening(session, asked.id)
    within = Within(asked.id, opened, asked.due_at)
    counts = completeness.count_units(session, within, now)
    codes = dict.fromkeys((*groups, *sorted({counted.group_code for counted in counts})))
    by_group = [_group(code, groups.get(code, code), counts) for code in codes]
    unsent = _total(counts, *UNSENT)
    return RoundProgress(
        duties=tallies(counts),
        groups=tuple(group for group in by_group if group.asked or group.apart.added),
        whole=_sum("", "", counts),
        days=_days(completeness.count_days(session, within)),
        revisions=_total(counts, "revisions"),
        opened=opened,
        unsent=unsent,
        missing=_total(counts, "missing"),
        waiting=_total(counts, *SENT_STATES) - _total(counts, "returned", "accepted"),
        may_send=unsent > 0 and completeness.any_may_send(session, asked.id, now),
    )


def _within(session: Session, asked: FollowedRound) -> Within:
    return Within(asked.id, opening(session, asked.id), asked.due_at)


def _group(code: str, name: str, counts: Iterable[Counted]) -> GroupProgress:
    return _sum(code, name, [counted for counted in counts if counted.group_code == code])


def _sum(code: str, name: str, counts: Sequence[Counted]) -> GroupProgress:
    asked_then = [counted for counted in counts if not counted.later]
    drafts = _total(asked_then, "drafts")
    return GroupProgress(
        code,
        name,
        asked=_total(asked_then, "asked"),
        on_time=_total(asked_then, "on_time"),
        late=_total(asked_then, "late"),
        drafting=drafts,
        not_begun=_total(asked_then, *UNSENT) - drafts,
        withdrawn=_total(asked_then, "withdrawn"),
        extended=_total(asked_then, "extended"),
        returned=_total(asked_then, "returned"),
        accepted=_total(asked_then, "accepted"),
        apart=apart(counts),
    )


def _days(counts: Mapping[date, int]) -> tuple[DayProgress, ...]:
    totals = accumulate(counts.values())
    return tuple(
        DayProgress(day, sent, total)
        for (day, sent), total in zip(counts.items(), totals, strict=True)
    )


def count_round(session: Session, asked: FollowedRound, now: datetime) -> RoundCount:
    """Return how far a round of any kind is."""
    if asked.kind == PUBLIC:
        return RoundCount(asked, NOBODY, NOBODY, count_total(session, asked.id), NONE_APART)
    counts = completeness.count_units(session, _within(session, asked), now)
    duties = tallies(counts)
    sendings = _total(counts, "revisions")
    return RoundCount(asked, duties[True], duties[False], sendings, apart(counts))


# --- the curve ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of units that have sent, drawn as steps within a square of 100 by 100.

    `points` are pairs from the upper left; `due` is where the due day ends, None when it lies
    outside.
    """

    points: tuple[tuple[float, float], ...]
    first: date
    last: date
    due: float | None


def curve(days: Sequence[DayProgress], asked: FollowedRound, units: int) -> Curve | None:
    """Return the curve of a round until its last sending or its due day; None without a sending."""
    if not days or not units:
        return None
    due = local(asked.due_at).date() if asked.due_at else days[-1].day
    first, last = min(days[0].day, due), max(days[-1].day, due)
    width = (last - first).days + 1
    points = [(0.0, 100.0)]
    for day in days:
        x = round(((day.day - first).days + 1) * 100 / width, 2)
        points += [(x, points[-1][1]), (x, round(100 - day.total * 100 / units, 2))]
    points.append((100.0, points[-1][1]))
    ends = round(((due - first).days + 1) * 100 / width, 2) if asked.due_at else None
    return Curve(tuple(points), first, last, ends)


# --- units ----------------------------------------------------------------------------------------


def find_units(
    session: Session,
    asked: FollowedRound,
    groups: Mapping[str, str],
    sought: Sought,
    text: str,
    number: int,
    now: datetime,
    *,
    known: RoundProgress | None = None,
) -> UnitPage:
    """Return page `number`, from 1, of the units sought; `text` holds words as they were typed.

    Those that are called exactly so, accents included, come first. What is `known` of the round
    need not be read again.
    """
    within = Within(asked.id, known.opened, asked.due_at) if known else _within(session, asked)
    every = _ranked(session, within, sought, tuple(groups), text, now) if clean(text) else None
    if every is not None:
        counts: Mapping[str, int] = Counter(unit.group_code for unit in every)
    elif known is None or sought != Sought(order=sought.order):
        counts = completeness.count_sought(session, within, sought, now)
    else:
        counts = {group.code: group.asked + group.apart.added for group in known.groups}
    found = sum(counts.values())
    pages = max((found - 1) // PAGE_UNITS + 1, 1)
    number = min(max(number, 1), pages)
    first = (number - 1) * PAGE_UNITS
    if every is not None:
        shown = every[first : first + PAGE_UNITS]
    else:
        only, before = ((), 0) if sought.order else _groups_of_page(counts, groups, first)
        shown = completeness.find_units(
            session,
            within,
            sought,
            now,
            groups=[code for code in only if code in groups],
            only=only,
            limit=PAGE_UNITS,
            offset=first - before,
        )
    units = _in_order(session, within, shown, now)
    if sought.order:
        return UnitPage(found, (("", found, units),) if units else (), number, pages)
    codes = dict.fromkeys(unit.group_code for unit in units)
    grouped = tuple(
        (groups.get(code, code), counts[code], tuple(u for u in units if u.group_code == code))
        for code in codes
    )
    return UnitPage(found, grouped, number, pages)


def _ranked(
    session: Session,
    within: Within,
    sought: Sought,
    groups: Sequence[str],
    text: str,
    now: datetime,
) -> Sequence[FoundUnit]:
    """Return all units that hold the words of a text, read once: SQLite cannot rank them.

    It knows no capital letters with accents.
    """
    exact = clean(text).lower().split()
    every = completeness.find_units(session, within, sought, now, groups=groups)
    return sorted(every, key=lambda u: not all(word in u.name.lower() for word in exact))


def _groups_of_page(
    counts: Mapping[str, int], groups: Mapping[str, str], first: int
) -> tuple[tuple[str, ...], int]:
    """Return the groups that stand on the page that begins with unit `first`, and how many before.

    The other groups need not be put in order. Those that `groups` does not name stand last,
    together.
    """
    others = tuple(code for code in counts if code not in groups)
    parts: list[tuple[tuple[str, ...], int]] = [((code,), counts.get(code, 0)) for code in groups]
    parts.append((others, sum(counts[code] for code in others)))
    wanted: list[str] = []
    before = reached = 0
    for codes, number in parts:
        if reached + number <= first:
            before = reached + number
        elif reached < first + PAGE_UNITS:
            wanted += codes
        reached += number
    return tuple(wanted), before


def _in_order(
    session: Session, within: Within, shown: Sequence[FoundUnit], now: datetime
) -> tuple[FollowedUnit, ...]:
    wanted = [unit.assignment_id for unit in shown]
    rows = following.chosen_units(session, within.opened, wanted)
    by_id = {row.assignment_id: followed(row, now) for row in rows}
    return tuple(by_id[id_] for id_ in wanted)


def sought_units(text: str, state: str, stage: str, group: str, order: str) -> Sought:
    """Return what is looked for; what is no known state, stage or order does not matter."""
    return Sought(
        words=tuple(fold(text).split()),
        state=state if state in STATES_COUNTED or state == completeness.NOT_SENT else "",
        stage=stage if stage in completeness.STAGES else "",
        group=group,
        order=order if order in completeness.ORDERS else "",
    )
