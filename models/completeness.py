"""Named reads of how far a round is: counts by group and by day, and the units that are sought.

They read what is kept beside assignments and nothing else, so that ten thousand units take
milliseconds. A unit that was withdrawn before the round opened is in none of them; one that was
added afterwards is counted apart (models.queries.added_later).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from language.dates import TIME_ZONE, local
from models.campaign import Assignment, Round
from models.database import Moment
from models.queries import added_later, due_at, was_asked
from models.response import ACCEPTED, RETURNED
from models.unit import Unit

# No daylight saving time since 1975.
OFFSET = local(datetime(2020, 1, 1, tzinfo=UTC)).utcoffset() or timedelta(0)
NOT_SENT = "unsent"
EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Counted:
    """The units of a group that are required, or invited, and how many of them are what.

    `later` ones were added after the opening. `late`, `on_time`, `withdrawn`, `missing`, `drafting`
    and `not_opened` are the states of services.states and add up to `asked`. `unsent` have neither
    sent nor been withdrawn: `drafts` of them have a draft, `late_drafts` one and no more time.
    `extended` have more time; `left` were withdrawn, whether they had sent or not; `revisions` is
    how often all have sent together.
    """

    group_code: str
    required: bool
    later: bool
    asked: int
    sent: int
    late: int
    unsent: int
    missing: int
    drafts: int
    late_drafts: int
    extended: int
    returned: int
    accepted: int
    left: int
    revisions: int

    @property
    def on_time(self) -> int:
        """Return how many have sent on time."""
        return self.sent - self.late

    @property
    def withdrawn(self) -> int:
        """Return how many were withdrawn without having sent."""
        return self.asked - self.sent - self.unsent

    @property
    def drafting(self) -> int:
        """Return how many have a draft and still time."""
        return self.drafts - self.late_drafts

    @property
    def not_opened(self) -> int:
        """Return how many have no draft and still time."""
        return self.unsent - self.missing - self.drafting


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
class Within:
    """A round whose units are read: since when its rates are counted, and when it is due.

    `opened` is what models.queries.opening tells.
    """

    round_id: Any
    opened: Any
    due_at: Any

    def due(self) -> ColumnElement[datetime | None]:
        """Return the deadline of an assignment, extensions aside; the round is not read again."""
        own = Assignment.due_at.expression
        if self.due_at is None:
            return own
        given = self.due_at
        return func.coalesce(
            own, bindparam(None, given, Moment) if isinstance(given, datetime) else given
        )

    def kind(self) -> tuple[bool, bool]:
        """Return which of KINDS has parameters for these values, so that a query can be kept."""
        return self.opened is not None, self.due_at is not None

    def values(self, now: datetime | None) -> Mapping[str, Any]:
        """Return the values of these parameters."""
        return {
            "round_id": self.round_id,
            "opened": self.opened,
            "due_at": self.due_at,
            "now": now,
        }


NOW: Any = bindparam("now", type_=Moment)
KINDS: Mapping[tuple[bool, bool], Within] = {
    (has_opened, is_due): Within(
        bindparam("round_id", type_=Integer),
        bindparam("opened", type_=Moment) if has_opened else None,
        bindparam("due_at", type_=Moment) if is_due else None,
    )
    for has_opened in (False, True)
    for is_due in (False, True)
}


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit that was found; its row is read when it is shown."""

    assignment_id: int
    group_code: str
    name: str


def count_units(session: Session, within: Within, now: datetime) -> tuple[Counted, ...]:
    """Count the units asked in a round by group, duty and when they were added."""
    rows = session.execute(_counting(within.kind()), within.values(now))
    return tuple(Counted(*tuple(row)) for row in rows)


@cache
def _counting(kind: tuple[bool, bool]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query of `count_units`, made once.

    Those added later are counted beside the others, so that the rows of each half come in the
    order of ix_assignment_progress and need not be sorted.
    """
    within = KINDS[kind]
    return union_all(*(_counting_half(within, later) for later in (False, True)))


def _counting_half(within: Within, later: bool) -> Select[*tuple[Any, ...]]:
    unsent = and_(Assignment.first_sent_at.is_(None), Assignment.withdrawn_at.is_(None))
    drafts = and_(unsent, Assignment.has_draft)
    due = deadline(within.due())
    group = (Assignment.group_code, Assignment.required)
    added = added_later(within.opened)
    # In the order of the fields of Counted.
    counted = select(
        *group,
        literal(later),
        func.count(),
        func.count(Assignment.first_sent_at),
        _count(Assignment.first_sent_at > due),
        _count(unsent),
        _count(unsent, due < NOW),
        _count(drafts),
        _count(drafts, due < NOW),
        func.count(Assignment.extended_to),
        _count(Assignment.decided == RETURNED),
        _count(Assignment.decided == ACCEPTED),
        func.count(Assignment.withdrawn_at),
        func.sum(Assignment.revisions),
    )
    return _asked(counted, within).where(added if later else not_(added)).group_by(*group)


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*conditions)


def count_days(session: Session, within: Within) -> Mapping[date, int]:
    """Count the units that rates are counted of by the local day of their first sending."""
    dialect = session.get_bind().dialect.name
    rows = session.execute(_counting_days(within.kind(), dialect), within.values(None))
    return {_day(day): count for day, count in rows}


@cache
def _counting_days(kind: tuple[bool, bool], dialect: str) -> Select[*tuple[Any, ...]]:
    within = KINDS[kind]
    day = LOCAL_DAY[dialect](Assignment.first_sent_at)
    return (
        _asked(select(day.label("day"), func.count()), within)
        .where(Assignment.first_sent_at.is_not(None), not_(added_later(within.opened)))
        .group_by("day")
        .order_by("day")
    )


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


# How a database tells the local day of a moment.
LOCAL_DAY: Mapping[str, Callable[[Any], ColumnElement[Any]]] = {
    "sqlite": lambda moment: func.date(moment, f"+{int(OFFSET.total_seconds())} seconds"),
    "postgresql": lambda moment: cast(func.timezone(TIME_ZONE.key, moment), Date),
}


def count_sought(
    session: Session, within: Within, sought: Sought, now: datetime
) -> Mapping[str, int]:
    """Count the units of a round that are sought, by group."""
    chosen = select(Assignment.group_code, func.count())
    statement = _sought(chosen, within, sought, now)
    if sought.words:
        statement = statement.join(Assignment.unit)
    return dict(session.execute(statement.group_by(Assignment.group_code)).all())


def find_units(
    session: Session,
    within: Within,
    sought: Sought,
    now: datetime,
    *,
    groups: Sequence[str] = (),
    only: Sequence[str] = (),
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[FoundUnit]:
    """Return the units of a round that are sought, in the order that is asked for.

    In official order the groups stand as `groups` names them, others behind; with `only`, others
    than these are left out.
    """
    chosen = select(Assignment.id, Assignment.group_code, Assignment.unit_name)
    statement = _sought(chosen, within, sought, now).join(Assignment.unit)
    order = ORDERS.get(sought.order, ORDERS[""])
    if groups and not sought.order:
        places = {code: place for place, code in enumerate(groups)}
        order = (case(places, value=Assignment.group_code, else_=len(places)), *order)
    if only:
        statement = statement.where(Assignment.group_code.in_(only))
    rows = session.execute(statement.order_by(*order).limit(limit).offset(offset))
    return [FoundUnit(*row) for row in rows]


def _sought(
    statement: Select[*tuple[Any, ...]], within: Within, sought: Sought, now: datetime
) -> Select[*tuple[Any, ...]]:
    statement = _asked(statement, within)
    for word in sought.words:
        # A word has no blank, so it is in the one text or in the other.
        texts = (Assignment.search, Unit.search)
        holds = (text.contains(word, autoescape=True) for text in texts)
        statement = statement.where(or_(*holds))
    return statement.where(*_conditions(sought, within, now))


def _conditions(sought: Sought, within: Within, now: datetime) -> list[ColumnElement[bool]]:
    found = []
    if sought.group:
        found.append(Assignment.group_code == sought.group)
    if sought.state == NOT_SENT:
        found += [Assignment.first_sent_at.is_(None), Assignment.withdrawn_at.is_(None)]
    elif sought.state:
        found.append(state_at(now, deadline(within.due())) == sought.state)
    if sought.stage:
        found.append(STAGES[sought.stage])
    return found


# What `Sought.stage` asks for.
STAGES: Mapping[str, ColumnElement[bool]] = {
    # Not by first_sent_at: SQLite would read them in the order of ix_assignment_sent.
    "sent": and_(Assignment.revisions > 0, Assignment.decided.is_(None)),
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


def deadline(due: ColumnElement[datetime | None]) -> ColumnElement[datetime | None]:
    """Return the due time of an assignment, extensions included: the same as `states.later`."""
    return case((Assignment.extended_to > due, Assignment.extended_to), else_=due)


def any_may_send(session: Session, round_id: int, now: datetime) -> bool:
    """Tell whether any unit that has not sent could do so now: see services.states.timing."""
    given = {"round_id": round_id, "now": now}
    return session.scalar(_may_send(), given) is not None


@cache
def _may_send() -> Select[*tuple[Any, ...]]:
    more = Assignment.extended_to
    closes_at = case((more > Round.closes_at, more), else_=Round.closes_at)
    due = deadline(due_at())
    return (
        select(Assignment.id)
        .join(Assignment.round)
        .where(
            Assignment.round_id == bindparam("round_id"),
            Assignment.first_sent_at.is_(None),
            Assignment.withdrawn_at.is_(None),
            or_(Round.opens_at.is_(None), Round.opens_at <= NOW),
            or_(closes_at.is_(None), closes_at >= NOW),
            or_(Round.late_allowed, due.is_(None), due >= NOW),
        )
        .limit(1)
    )


def state_at(now: datetime, due: ColumnElement[datetime | None]) -> ColumnElement[str]:
    """Return the state of an assignment as services.states.STATES tells it."""
    sent = Assignment.first_sent_at
    moment = bindparam(None, now, Moment)
    return case(
        (sent > due, literal("late")),
        (sent.is_not(None), literal("on_time")),
        (Assignment.withdrawn_at.is_not(None), literal("withdrawn")),
        (moment > due, literal("missing")),
        (Assignment.has_draft, literal("drafting")),
        else_=literal("not_opened"),
    )


def _asked(statement: Select[*tuple[Any, ...]], within: Within) -> Select[*tuple[Any, ...]]:
    return statement.select_from(Assignment).where(
        Assignment.round_id == within.round_id, was_asked(within.opened)
    )
