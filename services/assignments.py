"""Who is asked in a round: adding and withdrawing units, their duty and deadline, and the rates.

The rates of a round are counted of the units that were asked when it opened
(services.states.asked_at_opening). Whoever is added or withdrawn afterwards is counted apart, and
explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import Session

from language.codes import UNIT_FIRST, new_code
from language.text import fold
from models.campaign import PUBLIC, STANDING, Assignment, Link, Round
from models.problems import Problem
from models.queries import added_later, newest_link, opening
from models.unit import REQUIRED_DUTY, Unit
from services import audit
from services.campaigns import add_groups, ask_unit
from services.states import asked_at_opening, is_after, later

ChangeKind = Literal["added", "withdrawn", "ended"]


@dataclass(frozen=True, slots=True)
class AskedUnit:
    """A unit that is or was asked in a round, called and grouped as it was then.

    `due_at` is its own deadline; `opened` since when the rates of its round are counted.
    """

    code: str
    name: str
    group_code: str
    level: str
    parent_code: str
    required: bool
    counted: bool
    due_at: datetime | None
    added_at: datetime
    added_reason: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    first_sent_at: datetime | None
    extended_to: datetime | None
    valid_to: date | None
    successor_code: str
    link_code: str | None
    round_due_at: datetime | None
    opened: datetime | None

    @property
    def of_rates(self) -> bool:
        """Whether the rates are counted of it, among others."""
        return asked_at_opening(self.added_at, self.withdrawn_at, self.opened)

    @property
    def added_later(self) -> bool:
        """Whether it was added after the round had opened."""
        return self.opened is not None and self.added_at > self.opened

    @property
    def is_late(self) -> bool:
        """Whether its report came, but not in time."""
        due_at = later(self.due_at or self.round_due_at, self.extended_to)
        return self.first_sent_at is not None and is_after(self.first_sent_at, due_at)

    @property
    def search(self) -> str:
        """What it is found by: folded text."""
        return fold(f"{self.code} {self.name}")


@dataclass(frozen=True, slots=True)
class Rates:
    """How many units were asked at the opening, and what became of each: the parts add up.

    `withdrawn` were withdrawn afterwards without having sent, `missing` are the rest.
    """

    asked: int
    on_time: int
    late: int
    withdrawn: int
    missing: int

    @property
    def sent(self) -> int:
        """How many have sent, late or not."""
        return self.on_time + self.late

    def percent(self, part: int) -> float | None:
        """Return a part of those asked, from 0 to 100; None when nobody was asked."""
        return 100 * part / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """The rates of a round, and what is counted apart from them.

    `added` were added after the opening, `added_sent` of them have sent; `withdrawn` were
    withdrawn after it, whether they had sent or not.
    """

    required: Rates
    invited: Rates
    added: int
    added_sent: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a unit after the round had opened, to be explained.

    "added" and "withdrawn" have a moment `at` and a reason, "ended" has the last `day` of a unit
    that is still asked. The successor is that of the directory, if any.
    """

    kind: ChangeKind
    unit_code: str
    unit_name: str
    at: datetime | None
    day: date | None
    reason: str
    has_sent: bool
    successor_name: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How units are to be asked: None leaves duty and counting to the directory."""

    required: bool | None = None
    counted: bool | None = None
    due_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddableUnit:
    """A unit of the directory that is not asked in a round."""

    code: str
    name: str
    group_code: str
    level: str
    parent_code: str
    required: bool
    counted: bool
    was_withdrawn: bool

    @property
    def search(self) -> str:
        """What it is found by: folded text."""
        return fold(f"{self.code} {self.name}")


# --- looking --------------------------------------------------------------------------------------


def asked_units(session: Session, round_id: int) -> tuple[AskedUnit, ...]:
    """Return every unit that is or was asked in a round, in official order."""
    opened = opening(session, round_id)
    return _asked_units(session, opened, Assignment.round_id == round_id)


def _asked_units(
    session: Session,
    opened: datetime | None,
    *conditions: ColumnElement[bool],
    most: int | None = None,
) -> tuple[AskedUnit, ...]:
    rows = session.execute(ASKED.where(*conditions).limit(most))
    stored: Iterable[tuple[Any, ...]] = ((*row, opened) for row in rows)
    return tuple(AskedUnit(*values) for values in stored)


ASKED: Select[*tuple[Any, ...]] = (
    select(
        Unit.code,
        Assignment.unit_name,
        Assignment.group_code,
        Unit.level,
        Unit.parent_code,
        Assignment.required,
        Assignment.counted,
        Assignment.due_at,
        Assignment.added_at,
        Assignment.added_reason,
        Assignment.withdrawn_at,
        Assignment.withdrawn_reason,
        Assignment.first_sent_at,
        Assignment.extended_to,
        Unit.valid_to,
        Unit.successor_code,
        newest_link(),
        Round.due_at,
    )
    .join(Assignment.unit)
    .join(Assignment.round)
    .order_by(Unit.position, Unit.id)
)


def addable_units(session: Session, round_id: int, today: date) -> tuple[AddableUnit, ...]:
    """Return the units that exist today and are not asked in a round, in official order."""
    rows = session.execute(
        select(Unit, Assignment.withdrawn_at)
        .outerjoin(Assignment, (Assignment.unit_id == Unit.id) & (Assignment.round_id == round_id))
        .where(
            Assignment.id.is_(None) | Assignment.withdrawn_at.is_not(None),
            Unit.valid_to.is_(None) | (Unit.valid_to >= today),
            Unit.valid_from.is_(None) | (Unit.valid_from <= today),
        )
        .order_by(Unit.position, Unit.id)
    )
    return tuple(
        AddableUnit(
            unit.code,
            unit.name,
            unit.group_code,
            unit.level,
            unit.parent_code,
            unit.report_duty == REQUIRED_DUTY,
            unit.count_in_total,
            withdrawn_at is not None,
        )
        for unit, withdrawn_at in rows
    )


def figures(session: Session, round_id: int) -> RoundFigures:
    """Return the rates of a round and what is counted apart from them."""
    return count(asked_units(session, round_id))


def count(units: Iterable[AskedUnit]) -> RoundFigures:
    """Count the units of one round."""
    listed = list(units)
    of_rates = [unit for unit in listed if unit.of_rates]
    added = [unit for unit in listed if unit.added_later]
    return RoundFigures(
        required=_rates([unit for unit in of_rates if unit.required]),
        invited=_rates([unit for unit in of_rates if not unit.required]),
        added=len(added),
        added_sent=sum(unit.first_sent_at is not None for unit in added),
        withdrawn=sum(_withdrawn_later(unit) for unit in listed),
    )


def _rates(units: Sequence[AskedUnit]) -> Rates:
    sent = [unit for unit in units if unit.first_sent_at is not None]
    late = sum(unit.is_late for unit in sent)
    withdrawn = sum(unit.withdrawn_at is not None and unit.first_sent_at is None for unit in units)
    missing = len(units) - len(sent) - withdrawn
    return Rates(len(units), len(sent) - late, late, withdrawn, missing)


def _withdrawn_later(unit: AskedUnit) -> bool:
    return unit.withdrawn_at is not None and (unit.of_rates or unit.added_later)


def explained(
    session: Session, round_id: int, today: date, most: int | None = None
) -> tuple[Change, ...]:
    """Return what happened to the units of a round after it had opened, in official order.

    At most so many units are looked at.
    """
    opened = opening(session, round_id)
    return explained_since(session, round_id, opened, today, most)


def explained_since(
    session: Session, round_id: int, opened: datetime | None, today: date, most: int | None
) -> tuple[Change, ...]:
    """Return the same of a round that `opened` then: what models.queries.opening tells."""
    # By their ids: the thousands of units to which nothing happened need not be read.
    mine = select(Assignment.id).where(Assignment.round_id == round_id)
    ended = select(Unit.id).where(Unit.valid_to < today)
    happened = union_all(
        mine.where(or_(added_later(opened), Assignment.withdrawn_at.is_not(None))),
        mine.where(Assignment.unit_id.in_(ended)),
    )
    chosen = Assignment.id.in_(happened.subquery().select())
    units = _asked_units(session, opened, chosen, most=most)
    wanted = {unit.successor_code for unit in units if unit.successor_code}
    called = select(Unit.code, Unit.name).where(Unit.code.in_(wanted))
    names: dict[str, str] = dict(session.execute(called).all()) if wanted else {}
    return tuple(
        Change(
            kind,
            unit.code,
            unit.name,
            at,
            unit.valid_to,
            reason,
            unit.first_sent_at is not None,
            names.get(unit.successor_code, ""),
        )
        for unit in units
        for kind, at, reason in _happened(unit, today)
    )


def _happened(unit: AskedUnit, today: date) -> Iterable[tuple[ChangeKind, datetime | None, str]]:
    if unit.added_later:
        yield "added", unit.added_at, unit.added_reason
    if _withdrawn_later(unit):
        yield "withdrawn", unit.withdrawn_at, unit.withdrawn_reason
    ended = unit.valid_to is not None and unit.valid_to < today
    if ended and unit.withdrawn_at is None:
        yield "ended", None, ""


# --- acts -----------------------------------------------------------------------------------------


def add(
    session: Session, asked: Round, codes: Sequence[str], asking: Asking, actor: str, now: datetime
) -> int:
    """Ask units in a round, each with a link of its own; return how many are asked now.

    One that was withdrawn is asked again by its old link, and counts as if it never had been when
    it was asked at the opening. Groups that the campaign lacks are added to it. Raises Problem
    `round_unknown` for a public round, `reason_needed`
    once the round has opened, `due_after_closing`, `unit_unknown`.
    """
    opened = _begin(session, asked, asking.reason, now)
    _refuse_due(asked, asking.due_at)
    known = _assignments(session, asked)
    units = {unit.code: unit for unit in session.scalars(select(Unit).where(Unit.code.in_(codes)))}
    done = []
    for code in dict.fromkeys(codes):
        if code not in units:
            raise Problem("unit_unknown", unit=code)
        before = known.get(code)
        if before is not None and before.withdrawn_at is None:
            continue
        if before is None:
            before = _ask(session, asked, units[code], asking, now)
        else:
            _ask_again(session, before, asking, opened, now)
        before.due_at = asking.due_at
        done.append(code)
    session.flush()
    added = add_groups(session, asked.campaign, [units[code] for code in done])
    groups = {"groups": list(added)} if added else {}
    _note(session, asked, "units.asked", actor, now, done, **groups, **_logged(asking))
    return len(done)


def _ask(session: Session, asked: Round, unit: Unit, asking: Asking, now: datetime) -> Assignment:
    assignment = ask_unit(
        session, asked, unit, now, required=asking.required, counted=asking.counted
    )
    assignment.added_reason = asking.reason
    return assignment


def _ask_again(
    session: Session,
    assignment: Assignment,
    asking: Asking,
    opened: datetime | None,
    now: datetime,
) -> None:
    if not asked_at_opening(assignment.added_at, assignment.withdrawn_at, opened):
        assignment.added_at, assignment.added_reason = now, asking.reason
        required = assignment.required if asking.required is None else asking.required
        assignment.required = required and assignment.round.kind != STANDING
        if asking.counted is not None:
            assignment.counted = asking.counted
    assignment.withdrawn_at, assignment.withdrawn_reason = None, ""
    opens = select(Link.code).where(Link.assignment_id == assignment.id, Link.revoked_at.is_(None))
    if session.scalar(opens.limit(1)) is None:
        code = new_code(UNIT_FIRST)
        session.add(Link(code=code, round=assignment.round, assignment=assignment, created_at=now))


def withdraw(
    session: Session, asked: Round, codes: Sequence[str], reason: str, actor: str, now: datetime
) -> int:
    """Ask units no longer; return how many that were. What they typed or sent stays.

    Raises Problem `reason_needed` once the round has opened.
    """
    _begin(session, asked, reason, now)
    done = []
    for code, assignment in _assignments(session, asked).items():
        if code in codes and assignment.withdrawn_at is None:
            assignment.withdrawn_at, assignment.withdrawn_reason = now, reason
            done.append(code)
    session.flush()
    _note(session, asked, "units.withdrawn", actor, now, done, reason=reason)
    return len(done)


def change_duty(
    session: Session, asked: Round, codes: Sequence[str], asking: Asking, actor: str, now: datetime
) -> int:
    """Change whether units are required and counted. Raises Problem `duty_fixed` after opening."""
    opened = _lock(session, asked)
    if opened is not None and opened <= now:
        raise Problem("duty_fixed")
    values = {"required": asking.required, "counted": asking.counted}
    given = {name: value for name, value in values.items() if value is not None}
    return _change(session, asked, codes, given, "units.duty", actor, now)


def change_due(
    session: Session,
    asked: Round,
    codes: Sequence[str],
    due_at: datetime | None,
    actor: str,
    now: datetime,
) -> int:
    """Give units a deadline of their own, or take it back with None.

    Raises Problem `due_after_closing`, or `due_of_sent` when one of them has sent: whoever has,
    is given more time by an extension.
    """
    _lock(session, asked)
    _refuse_due(asked, due_at)
    chosen = _assignments(session, asked)
    if any(chosen[code].first_sent_at for code in codes if code in chosen):
        raise Problem("due_of_sent")
    return _change(session, asked, codes, {"due_at": due_at}, "units.due", actor, now)


def _change(
    session: Session,
    asked: Round,
    codes: Sequence[str],
    values: dict[str, Any],
    act: str,
    actor: str,
    now: datetime,
) -> int:
    before: dict[str, Any] = {}
    for code, assignment in _assignments(session, asked).items():
        old = {name: getattr(assignment, name) for name in values}
        if code in codes and assignment.withdrawn_at is None and old != values:
            before[code] = {name: audit.plain_value(value) for name, value in old.items()}
            for name, value in values.items():
                setattr(assignment, name, value)
    session.flush()
    after = {name: audit.plain_value(value) for name, value in values.items()}
    _note(
        session,
        asked,
        act,
        actor,
        now,
        list(before),
        before=before,
        after=dict.fromkeys(before, after),
    )
    return len(before)


# --- what is refused ------------------------------------------------------------------------------


def _begin(session: Session, asked: Round, reason: str, now: datetime) -> datetime | None:
    """Lock a round and return its opening. Raises Problem when a reason is needed and missing."""
    if asked.kind == PUBLIC:
        raise Problem("round_unknown", round=asked.code)
    opened = _lock(session, asked)
    if opened is not None and opened < now and not reason:
        raise Problem("reason_needed")
    return opened


def _lock(session: Session, asked: Round) -> datetime | None:
    session.execute(select(Round.id).where(Round.id == asked.id).with_for_update())
    return opening(session, asked.id)


def _refuse_due(asked: Round, due_at: datetime | None) -> None:
    if due_at and asked.closes_at and due_at > asked.closes_at:
        raise Problem("due_after_closing", closes_at=asked.closes_at)


def _assignments(session: Session, asked: Round) -> dict[str, Assignment]:
    rows = session.execute(
        select(Unit.code, Assignment)
        .join(Assignment.unit)
        .where(Assignment.round_id == asked.id)
        .order_by(Unit.position)
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    )
    return dict(rows.all())


def _logged(asking: Asking) -> dict[str, Any]:
    return {"reason": asking.reason, "after": audit.plain(asking)}


def _note(
    session: Session,
    asked: Round,
    act: str,
    actor: str,
    now: datetime,
    codes: Sequence[str],
    **details: object,
) -> None:
    if codes:
        subject = f"round:{asked.campaign.code}/{asked.code}"
        audit.note(session, now, actor, act, subject, units=list(codes), **details)
