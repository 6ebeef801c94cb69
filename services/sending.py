"""Sending letters to the units of a round: who would get what, then exactly that; reminders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Date, bindparam, or_, select, text, update
from sqlalchemy.orm import Session

from language.dates import TIME_ZONE, local
from models.addressed import (
    AddressedUnit,
    LetterRound,
    addressed_units,
    failing_addresses,
    letter_round,
    written_since,
)
from models.campaign import CLOSED, Campaign, Round
from models.letter import LetterBatch, ReminderRun
from models.problems import Problem
from services import audit, letters
from services.letter_texts import (
    FREE,
    LINK,
    REMINDERS,
    Wording,
    Written,
    fill,
    known,
    wordings,
)
from services.states import Facts, Times, assignment_state, later, timing

# What an officer sends by hand; letters about a report are written by the act itself.
SENT_KINDS = ("invitation", *REMINDERS, "closing", FREE)
BEGIN_RUN = text(
    "INSERT INTO reminder_run (round_id, day) VALUES (:round_id, :day) ON CONFLICT DO NOTHING"
).bindparams(bindparam("day", type_=Date))
# Reminders are written from this hour on, and not at night.
FIRST_HOUR = time(8)
LONGEST_OFFSET_DAYS = 60
# A reminder that was missed while the worker was down is made up for so long, and no longer.
LONGEST_DELAY_DAYS = 7
MOST_REMINDERS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent: a kind, to whom, and the wording of a free letter.

    `audience` is a key of AUDIENCES; `among` are the groups, states or codes of units it asks for.
    """

    kind: str
    audience: str
    among: frozenset[str] = frozenset()
    wording: Wording | None = None


@dataclass(frozen=True, slots=True)
class PlannedLetter:
    """A letter that would be sent to one address of a unit."""

    unit: AddressedUnit
    to: str
    written: Written


@dataclass(frozen=True, slots=True)
class Skipped:
    """A unit that gets nothing, and why: a key of SKIPS."""

    unit: AddressedUnit
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what, and why the others would not."""

    order: Order
    letters: tuple[PlannedLetter, ...]
    skipped: tuple[Skipped, ...]

    @property
    def units(self) -> int:
        """Return how many units would get a letter."""
        return len({letter.unit.assignment_id for letter in self.letters})

    @property
    def digest(self) -> str:
        """Return what tells this plan from any other: it is sent as it was seen or not at all."""
        seen = [
            (letter.unit.assignment_id, letter.to, letter.written.subject, letter.written.text)
            for letter in self.letters
        ]
        return hashlib.sha256(json.dumps([self.order.kind, seen]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Around:
    """What deciding on a unit takes besides the unit itself."""

    asked: LetterRound
    order: Order
    failing: Mapping[str, str]
    reminded: frozenset[int]
    now: datetime


def _state(unit: AddressedUnit, now: datetime) -> str:
    due_at = later(unit.due_at, unit.extended_to)
    return assignment_state(Facts(unit.first_sent_at, unit.has_draft, due_at, now))


Asks = Callable[[AddressedUnit, Around], bool]

AUDIENCES: Mapping[str, Asks] = {
    "all": lambda unit, around: True,
    "not_sent": lambda unit, around: unit.first_sent_at is None,
    "late": lambda unit, around: _state(unit, around.now) == "missing",
    "group": lambda unit, around: unit.group_code in around.order.among,
    "state": lambda unit, around: _state(unit, around.now) in around.order.among,
    "units": lambda unit, around: unit.code in around.order.among,
}

# The first that holds is the reason why a unit gets nothing.
SKIPS: Mapping[str, Asks] = {
    "archived": lambda unit, around: (
        around.asked.archived_at is not None or _has_ended(unit, around.now)
    ),
    "withdrawn": lambda unit, around: unit.withdrawn_at is not None,
    "not_asked": lambda unit, around: not AUDIENCES[around.order.audience](unit, around),
    "reported": lambda unit, around: (
        around.order.kind in REMINDERS and unit.first_sent_at is not None
    ),
    "cannot_send": lambda unit, around: (
        around.order.kind in REMINDERS and not _may_send(unit, around)
    ),
    "no_link": lambda unit, around: unit.link_code is None,
    "no_address": lambda unit, around: not unit.addresses,
    "address_fails": lambda unit, around: not _reachable(unit, around.failing),
    "reminded": lambda unit, around: unit.assignment_id in around.reminded,
}


def _may_send(unit: AddressedUnit, around: Around) -> bool:
    """Tell whether a unit that has not reported could do so now; if not, reminding it is vain."""
    asked = around.asked
    times = Times(
        unit.due_at, asked.closes_at, asked.late_allowed, unit.extended_to, opens_at=asked.opens_at
    )
    return timing(times, around.now).is_open


def _has_ended(unit: AddressedUnit, now: datetime) -> bool:
    return unit.valid_to is not None and unit.valid_to < local(now).date()


def _reachable(unit: AddressedUnit, failing: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(to for to in unit.addresses if to.lower() not in failing)


# --- planning and sending -------------------------------------------------------------------------


def plan(session: Session, round_id: int, order: Order, public_url: str, now: datetime) -> Plan:
    """Return who would get what, without writing anything.

    Raises Problem `letter_kind_unknown` and `audience_unknown`.
    """
    if order.kind not in SENT_KINDS:
        raise Problem("letter_kind_unknown")
    if order.audience not in AUDIENCES:
        raise Problem("audience_unknown")
    return _plan(session, letter_round(session, round_id), order, public_url, now)


def _plan(
    session: Session,
    asked: LetterRound,
    order: Order,
    public_url: str,
    now: datetime,
    units: Sequence[AddressedUnit] | None = None,
) -> Plan:
    today = datetime.combine(local(now).date(), time(), TIME_ZONE)
    reminded = (
        written_since(session, asked.id, REMINDERS, today)
        if order.kind in REMINDERS
        else frozenset()
    )
    around = Around(asked, order, failing_addresses(session), reminded, now)
    wording = order.wording or wordings(session, asked.campaign_id)[order.kind]
    planned: list[PlannedLetter] = []
    skipped: list[Skipped] = []
    for unit in addressed_units(session, asked.id) if units is None else units:
        reason = _reason(unit, around)
        if reason:
            skipped.append(Skipped(unit, reason))
            continue
        written = fill(wording, known(asked, unit, public_url, now))
        planned += [PlannedLetter(unit, to, written) for to in _reachable(unit, around.failing)]
    return Plan(order, tuple(planned), tuple(skipped))


def _reason(unit: AddressedUnit, around: Around) -> str:
    return next((reason for reason, holds in SKIPS.items() if holds(unit, around)), "")


def send(
    session: Session, asked_id: int, made: Plan, seen: str, instance: str, actor: str, now: datetime
) -> int:
    """Write the letters of a plan, as it was `seen`; return the id of the batch.

    The same page sends once, however often it is sent. Raises Problem `letters_changed` when
    somebody else would get something else by now, `letters_none` when nobody would.
    """
    earlier = session.scalar(select(LetterBatch.id).where(LetterBatch.instance == instance))
    if earlier is not None:
        return earlier
    if made.digest != seen:
        raise Problem("letters_changed")
    if not made.letters:
        raise Problem("letters_none")
    return _write(session, letter_round(session, asked_id), made, instance, actor, now)


def _write(
    session: Session, asked: LetterRound, made: Plan, instance: str, actor: str, now: datetime
) -> int:
    kind = made.order.kind
    batch = LetterBatch(
        round_id=asked.id, kind=kind, instance=instance, actor=actor, created_at=now
    )
    session.add(batch)
    session.flush()
    for planned in made.letters:
        assignment_id = planned.unit.assignment_id
        letters.add(
            session,
            kind,
            assignment_id,
            planned.to,
            planned.written,
            now,
            batch_id=batch.id,
            key=_key(batch.id, assignment_id, planned.to),
        )
    audit.note(
        session,
        now,
        actor,
        "letters.sent",
        f"round:{asked.campaign_code}/{asked.code}",
        kind=kind,
        batch=batch.id,
        letters=len(made.letters),
        units=made.units,
    )
    return batch.id


def _key(batch_id: int, assignment_id: int, to: str) -> str:
    return hashlib.sha256(f"{batch_id}:{assignment_id}:{to.lower()}".encode()).hexdigest()


# --- scheduled reminders --------------------------------------------------------------------------


def reminder_kind(offset_days: int) -> str:
    """Return which reminder is sent so many days after the due day; before it they are negative."""
    if offset_days == 0:
        return "reminder_due"
    return "reminder_before" if offset_days < 0 else "reminder_after"


def set_reminders(
    session: Session, round_id: int, offsets: Sequence[int], actor: str, now: datetime
) -> None:
    """Remind the units of a round on these days, counted from the due day.

    Raises Problem `reminders_wrong` when there are too many or one is too far away.
    """
    asked = session.get_one(Round, round_id)
    after = sorted(set(offsets))
    far = any(abs(offset) > LONGEST_OFFSET_DAYS for offset in after)
    if far or len(after) > MOST_REMINDERS:
        raise Problem("reminders_wrong")
    before = list(asked.reminders)
    if before == after:
        return
    asked.reminders = after
    # Nobody has missed the days before: they were none.
    asked.reminders_looked_on = local(now).date() - timedelta(days=1)
    session.flush()
    place = letter_round(session, round_id)
    subject = f"round:{place.campaign_code}/{place.code}"
    audit.note(
        session,
        now,
        actor,
        "reminders.set",
        subject,
        before={"days": before},
        after={"days": after},
    )


def remind(session: Session, public_url: str, now: datetime) -> int:
    """Write the scheduled reminders of today, once for each round; return how many letters.

    Each unit is reminded by its own due day, and only while it has not reported. One whose day
    passed while nobody looked is reminded today: once, however many days passed, unless somebody
    has reminded it since, and only while the reminder is still true: one before the due day, or
    after it, until today, and LONGEST_DELAY_DAYS.
    """
    here = local(now)
    if here.time() < FIRST_HOUR:
        return 0
    written = sum(
        _remind(session, asked, here.date(), public_url, now)
        for asked in _reminded_rounds(session, here.date(), now)
    )
    _note_look(session, here.date())
    return written


def _note_look(session: Session, today: date) -> None:
    looked_on = Round.reminders_looked_on
    session.execute(
        update(Round)
        .where(Round.kind == CLOSED, or_(looked_on.is_(None), looked_on < today))
        .values(reminders_looked_on=today)
    )


def _reminded_rounds(session: Session, today: date, now: datetime) -> Iterator[LetterRound]:
    done = select(ReminderRun.round_id).where(ReminderRun.day == today)
    rows = session.execute(
        select(Round.id, Round.reminders)
        .join(Round.campaign)
        .where(Round.kind == CLOSED, Campaign.archived_at.is_(None), Round.id.not_in(done))
    ).all()
    for round_id, offsets in rows:
        asked = letter_round(session, round_id)
        has_begun = asked.opens_at is None or asked.opens_at <= now
        has_ended = asked.closes_at is not None and asked.closes_at < now
        if offsets and has_begun and not has_ended:
            yield asked


def _remind(
    session: Session, asked: LetterRound, today: date, public_url: str, now: datetime
) -> int:
    by_kind: dict[str, list[AddressedUnit]] = {}
    missed = _missed_days(asked, today)
    reminded = _reminded_since(session, asked, missed)
    for unit in addressed_units(session, asked.id):
        offset = _offset_days(unit, today)
        if offset is None or unit.first_sent_at is not None:
            continue
        late = unit.assignment_id not in reminded and _has_missed(asked, offset, missed, today)
        if offset in asked.reminders or late:
            by_kind.setdefault(reminder_kind(offset), []).append(unit)
    plans = [
        _plan(session, asked, Order(kind, "not_sent"), public_url, now, units)
        for kind, units in by_kind.items()
    ]
    plans = [made for made in plans if made.letters]
    if not plans or not _first_today(session, asked.id, today):
        return 0
    for made in plans:
        instance = f"{asked.id}:{made.order.kind}:{today.isoformat()}"
        _write(session, asked, made, instance, audit.SYSTEM, now)
    return sum(len(made.letters) for made in plans)


def _missed_days(asked: LetterRound, today: date) -> Sequence[date]:
    """Return the days before today on which nobody looked and the round was open."""
    looked_on = asked.reminders_looked_on
    if looked_on is None:
        return ()
    first = max(looked_on + timedelta(days=1), today - timedelta(days=LONGEST_DELAY_DAYS))
    days = (first + timedelta(days=after) for after in range((today - first).days))
    opens_at = asked.opens_at
    return [day for day in days if opens_at is None or day >= local(opens_at).date()]


def _reminded_since(session: Session, asked: LetterRound, missed: Sequence[date]) -> frozenset[int]:
    """Return the assignments that were reminded on the missed days, or since: by hand."""
    if not missed:
        return frozenset()
    since = datetime.combine(missed[0], time(), TIME_ZONE)
    return written_since(session, asked.id, REMINDERS, since)


def _has_missed(asked: LetterRound, offset: int, missed: Sequence[date], today: date) -> bool:
    """Tell whether a reminder fell on a missed day and would be of the same kind today."""
    then = (offset - (today - day).days for day in missed)
    return any(
        day in asked.reminders and reminder_kind(day) == reminder_kind(offset) for day in then
    )


def _first_today(session: Session, round_id: int, today: date) -> bool:
    """Tell whether nobody has written the reminders of this day; whoever comes second waits."""
    begun = session.execute(BEGIN_RUN, {"round_id": round_id, "day": today})
    return bool(cast("CursorResult[Any]", begun).rowcount)


def _offset_days(unit: AddressedUnit, today: date) -> int | None:
    due_at = later(unit.due_at, unit.extended_to)
    return (today - local(due_at).date()).days if due_at else None


def planned_days(asked: LetterRound) -> tuple[tuple[int, date | None], ...]:
    """Return the offsets of a round's reminders with their days, by the due day of the round."""
    due_day = local(asked.due_at).date() if asked.due_at else None
    return tuple(
        (offset, due_day + timedelta(days=offset) if due_day else None)
        for offset in sorted(asked.reminders)
    )


# --- previews -------------------------------------------------------------------------------------


def preview(
    session: Session,
    asked: LetterRound,
    wording: Wording,
    unit_code: str,
    public_url: str,
    now: datetime,
) -> Written | None:
    """Return a letter as a unit would get it; None when there is no such unit.

    What only an act on its report would tell stands there in words of an example.
    """
    units = {unit.code: unit for unit in addressed_units(session, asked.id)}
    if unit_code not in units:
        return None
    values = known(asked, units[unit_code], public_url, now)
    values[LINK] = values[LINK] or f"{public_url}/…"
    return fill(wording, {**EXAMPLE, **values}, EXAMPLE_MARKS)


EXAMPLE: Mapping[str, str] = {
    "so_tiep_nhan": "k7m2-9xqa-bcde",
    "gui_luc": "09:15 ngày 20/8/2021",
    "ly_do": "Số liệu Biểu 1 chưa khớp.",
}
EXAMPLE_MARKS = (("Số ký hiệu báo cáo", "Chưa ghi số."),)
