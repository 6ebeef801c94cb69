"""Named reads of how far a round is: counts by group and by day, and the units that are sought.

They read what is kept beside assignments and nothing else, so that ten thousand units take
milliseconds. A unit that was withdrawn before the round opened is in none of them; one that was
added afterwards is counted apart (models.queries.added_later).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from language.dates import TIME_ZONE, local
from models.campaign import Assignment, Round
from models.database import Moment
from models.queries import added_later, due_at, opening, was_asked
from models.response import ACCEPTED, RETURNED
from models.unit import Unit

# No daylight saving time since 1975.
OFFSET = local(datetime(2020, 1, 1, tzinfo=UTC)).utcoffset() or timedelta(0)
NOT_SENT = "unsent"
EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Counted:
    """The units of a group that are required, or invited, and how many of them are what.

    `later` ones were added after the opening. The first six numbers after `asked` are states of
    services.states, which add up to it; `drafts` have a draft and nothing sent, `extended` more
    time; `left` were withdrawn, whether they had sent or not; `revisions` is how often all have
    sent together.
    """

    group_code: str
    required: bool
    later: bool
    asked: int
    on_time: int
    late: int
    missing: int
    drafting: int
    not_opened: int
    withdrawn: int
    drafts: int
    extended: int
    returned: int
    accepted: int
    left: int
    revisions: int


@dataclass(frozen=True, slots=True)
class Sought:
    """Which units are looked for, and in which order; what is blank does not matter.

    `words` are folded. `state` is one of services.states or NOT_SENT, `stage` one of
    services.states or EXTENDED, `order` a key of ORDERS.
    """

    words: tuple[str, ...] = ()
    state: str = ""
    stage: str = ""
    group: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit that was found; its row is read when it is shown."""

    assignment_id: int
    group_code: str
    name: str


def count_units(
    session: Session, round_id: int, opened: datetime | None, now: datetime
) -> tuple[Counted, ...]:
    """Count the units asked in a round by group, duty and when they were added, in one pass.

    `opened` is what models.queries.opening tells.
    """
    due, sent = deadline(), Assignment.first_sent_at
    left = Assignment.withdrawn_at.is_not(None)
    unsent = and_(sent.is_(None), not_(left))
    missing = and_(unsent, bindparam(None, now, Moment) > due)
    # Without a due time nothing is late: comparing with it is then neither true nor false.
    late = func.coalesce(sent > due, false())
    ended = func.coalesce(missing, false())
    counted = (
        and_(sent.is_not(None), not_(late)),
        late,
        ended,
        and_(unsent, Assignment.has_draft, not_(ended)),
        and_(unsent, not_(Assignment.has_draft), not_(ended)),
        and_(sent.is_(None), left),
        and_(unsent, Assignment.has_draft),
        Assignment.extended_to.is_not(None),
        Assignment.decided == RETURNED,
        Assignment.decided == ACCEPTED,
        left,
    )
    group = (Assignment.group_code, Assignment.required)
    rows = session.execute(
        _asked(
            select(
                *group,
                added_later(opened).label("later"),
                func.count(),
                *(func.sum(case((condition, 1), else_=0)) for condition in counted),
                func.sum(Assignment.revisions),
            ),
            round_id,
            opened,
        ).group_by(*group, "later")
    )
    return tuple(Counted(*tuple(row)) for row in rows)


def count_days(session: Session, round_id: int, opened: datetime | None) -> Mapping[date, int]:
    """Count the units that rates are counted of by the local day of their first sending."""
    day = LOCAL_DAY[session.get_bind().dialect.name](Assignment.first_sent_at)
    rows = session.execute(
        _asked(select(day.label("day"), func.count()), round_id, opened)
        .where(Assignment.first_sent_at.is_not(None), not_(added_later(opened)))
        .group_by("day")
        .order_by("day")
    )
    return {_day(day): count for day, count in rows}


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


# How a database tells the local day of a moment.
LOCAL_DAY: Mapping[str, Callable[[Any], ColumnElement[Any]]] = {
    "sqlite": lambda moment: func.date(moment, f"+{int(OFFSET.total_seconds())} seconds"),
    "postgresql": lambda moment: cast(func.timezone(TIME_ZONE.key, moment), Date),
}


def count_sought(
    session: Session, round_id: int, sought: Sought, now: datetime
) -> Mapping[str, int]:
    """Count the units of a round that are sought, by group."""
    chosen = select(Assignment.group_code, func.count())
    statement = _sought(chosen, (round_id, opening(session, round_id)), sought, now)
    return dict(session.execute(statement.group_by(Assignment.group_code)).all())


def find_units(
    session: Session,
    round_id: int,
    sought: Sought,
    now: datetime,
    *,
    groups: Sequence[str] = (),
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[FoundUnit]:
    """Return the units of a round that are sought, in the order that is asked for.

    In official order the groups stand as `groups` names them, others behind.
    """
    chosen = select(Assignment.id, Assignment.group_code, Assignment.unit_name)
    statement = _sought(chosen, (round_id, opening(session, round_id)), sought, now)
    order = ORDERS.get(sought.order, ORDERS[""])
    if groups and not sought.order:
        places = {code: place for place, code in enumerate(groups)}
        order = (case(places, value=Assignment.group_code, else_=len(places)), *order)
    rows = session.execute(statement.order_by(*order).limit(limit).offset(offset))
    return [FoundUnit(*row) for row in rows]


def _sought(
    statement: Select[*tuple[Any, ...]],
    asked: tuple[int, datetime | None],
    sought: Sought,
    now: datetime,
) -> Select[*tuple[Any, ...]]:
    statement = _asked(statement, *asked).join(Assignment.unit)
    for word in sought.words:
        text = Unit.search + " " + Assignment.search
        statement = statement.where(text.contains(word, autoescape=True))
    return statement.where(*_conditions(sought, now))


def _conditions(sought: Sought, now: datetime) -> list[ColumnElement[bool]]:
    found = []
    if sought.group:
        found.append(Assignment.group_code == sought.group)
    if sought.state == NOT_SENT:
        found += [Assignment.first_sent_at.is_(None), Assignment.withdrawn_at.is_(None)]
    elif sought.state:
        found.append(state_at(now) == sought.state)
    if sought.stage:
        found.append(STAGES[sought.stage])
    return found


# What `Sought.stage` asks for.
STAGES: Mapping[str, ColumnElement[bool]] = {
    "sent": and_(Assignment.first_sent_at.is_not(None), Assignment.decided.is_(None)),
    RETURNED: Assignment.decided == RETURNED,
    ACCEPTED: Assignment.decided == ACCEPTED,
    EXTENDED: Assignment.extended_to.is_not(None),
}
# The official order stands last in each.
ORDERS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "": (Unit.position.expression,),
    "name": (Assignment.name_key.expression, Unit.position.expression),
    "sent": (
        Assignment.sent_at.is_(None),
        Assignment.sent_at.desc(),
        Unit.position.expression,
    ),
}


def deadline() -> ColumnElement[datetime | None]:
    """Return the due time of an assignment, extensions included: the same as `states.later`."""
    due = due_at()
    return case((Assignment.extended_to > due, Assignment.extended_to), else_=due)


def any_may_send(session: Session, round_id: int, now: datetime) -> bool:
    """Tell whether any unit that has not sent could do so now: see services.states.timing."""
    moment = bindparam(None, now, Moment)
    more = Assignment.extended_to
    closes_at = case((more > Round.closes_at, more), else_=Round.closes_at)
    due = deadline()
    found = (
        select(Assignment.id)
        .join(Assignment.round)
        .where(
            Assignment.round_id == round_id,
            Assignment.first_sent_at.is_(None),
            Assignment.withdrawn_at.is_(None),
            or_(Round.opens_at.is_(None), Round.opens_at <= moment),
            or_(closes_at.is_(None), closes_at >= moment),
            or_(Round.late_allowed, due.is_(None), due >= moment),
        )
        .limit(1)
    )
    return session.scalar(found) is not None


def state_at(now: datetime) -> ColumnElement[str]:
    """Return the state of an assignment as services.states.STATES tells it."""
    due, sent = deadline(), Assignment.first_sent_at
    moment = bindparam(None, now, Moment)
    return case(
        (sent > due, literal("late")),
        (sent.is_not(None), literal("on_time")),
        (Assignment.withdrawn_at.is_not(None), literal("withdrawn")),
        (moment > due, literal("missing")),
        (Assignment.has_draft, literal("drafting")),
        else_=literal("not_opened"),
    )


def _asked(
    statement: Select[*tuple[Any, ...]], round_id: int, opened: datetime | None
) -> Select[*tuple[Any, ...]]:
    return (
        statement.select_from(Assignment)
        .join(Round, Round.id == Assignment.round_id)
        .where(Assignment.round_id == round_id, was_asked(opened))
    )
