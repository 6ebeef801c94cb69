"""Named reads of whom letters go to: the units of a round, their addresses, and what they know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.campaign import Assignment, Campaign, Round
from models.letter import CANCELLED, FailingAddress, Letter
from models.queries import due_at, newest_link
from models.unit import Contact, Unit


@dataclass(frozen=True, slots=True)
class LetterRound:
    """What letters say of a round and its campaign."""

    id: int
    code: str
    title: str
    kind: str
    due_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    late_allowed: bool
    reminders: Sequence[int]
    reminders_looked_on: date | None
    campaign_id: int
    campaign_code: str
    campaign_title: str
    board_name: str
    plan_number: str
    plan_date: date | None
    plan_issuer: str
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of a unit."""

    name: str
    title: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class AddressedUnit:
    """A unit asked in a round, with everything that decides whether and what it is written.

    `due_at` is its own deadline or that of the round, `extended_to` a later one; `link_code` the
    newest link that opens its form.
    """

    assignment_id: int
    code: str
    name: str
    group_code: str
    required: bool
    has_draft: bool
    first_sent_at: datetime | None
    due_at: datetime | None
    extended_to: datetime | None
    withdrawn_at: datetime | None
    valid_to: date | None
    link_code: str | None
    email: str
    people: tuple[Person, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses of the unit and its contacts, each once, case aside."""
        found: dict[str, str] = {}
        for address in (self.email, *(person.email for person in self.people)):
            if address:
                found.setdefault(address.lower(), address)
        return tuple(found.values())


def letter_round(session: Session, round_id: int) -> LetterRound:
    """Return what letters say of a round."""
    row = session.execute(
        select(
            Round.id,
            Round.code,
            Round.title,
            Round.kind,
            Round.due_at,
            Round.opens_at,
            Round.closes_at,
            Round.late_allowed,
            Round.reminders,
            Round.reminders_looked_on,
            Campaign.id,
            Campaign.code,
            Campaign.title,
            Campaign.board_name,
            Campaign.plan_number,
            Campaign.plan_date,
            Campaign.plan_issuer,
            Campaign.archived_at,
        )
        .join(Round.campaign)
        .where(Round.id == round_id)
    ).one()
    return LetterRound(*tuple(row))


def addressed_units(session: Session, round_id: int) -> tuple[AddressedUnit, ...]:
    """Return the units of a round in official order, each with its contacts."""
    return _addressed(session, Assignment.round_id == round_id)


def addressed_unit(session: Session, assignment_id: int) -> AddressedUnit:
    """Return the unit of an assignment with its contacts."""
    (unit,) = _addressed(session, Assignment.id == assignment_id)
    return unit


def _addressed(session: Session, condition: ColumnElement[bool]) -> tuple[AddressedUnit, ...]:
    rows = session.execute(
        select(
            Unit.id,
            Assignment.id,
            Unit.code,
            Assignment.unit_name,
            Assignment.group_code,
            Assignment.required,
            Assignment.has_draft,
            Assignment.first_sent_at,
            due_at(),
            Assignment.extended_to,
            Assignment.withdrawn_at,
            Unit.valid_to,
            newest_link(),
            Unit.email,
        )
        .select_from(Assignment)
        .join(Assignment.unit)
        .join(Assignment.round)
        .where(condition)
        .order_by(Unit.position)
    ).all()
    people = _people(session, condition)
    return tuple(
        replace(AddressedUnit(*tuple(row)[1:]), people=people.get(row[0], ())) for row in rows
    )


def _people(session: Session, condition: ColumnElement[bool]) -> Mapping[int, tuple[Person, ...]]:
    rows = session.execute(
        select(Contact.unit_id, Contact.name, Contact.title, Contact.email, Contact.phone)
        .join(Assignment, Assignment.unit_id == Contact.unit_id)
        .where(condition)
        .order_by(Contact.id)
    )
    found: dict[int, list[Person]] = defaultdict(list)
    for unit_id, *person in rows:
        found[unit_id].append(Person(*person))
    return {unit_id: tuple(people) for unit_id, people in found.items()}


def failing_addresses(session: Session) -> Mapping[str, str]:
    """Return why letters do not reach an address, by the address in small letters."""
    rows = session.execute(select(FailingAddress.address, FailingAddress.problem))
    return dict(rows.all())


def written_since(
    session: Session, round_id: int, kinds: tuple[str, ...], since: datetime
) -> frozenset[int]:
    """Return the assignments of a round that were written a letter of some kinds since then."""
    rows = session.scalars(
        select(Letter.assignment_id)
        .join(Letter.assignment)
        .where(
            Assignment.round_id == round_id,
            Letter.kind.in_(kinds),
            Letter.created_at >= since,
            Letter.state != CANCELLED,
        )
    )
    return frozenset(rows)


def letter_counts(session: Session, batch_id: int) -> Mapping[str, int]:
    """Return how many letters of a batch are in each state."""
    rows = session.execute(
        select(Letter.state, func.count()).where(Letter.batch_id == batch_id).group_by(Letter.state)
    )
    return dict(rows.all())
