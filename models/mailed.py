"""Named reads of the letters of a round: batches, single letters, and how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.campaign import Assignment
from models.letter import Letter, LetterBatch
from models.unit import Unit

# What is no longer on its way, whatever has become of it.
ON_THE_WAY = frozenset({"waiting", "sending"})


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A batch of letters; `counts` tells how many of them are in each state."""

    id: int
    kind: str
    actor: str
    created_at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many letters there are."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Return how many letters are no longer on their way."""
        return sum(n for state, n in self.counts.items() if state not in ON_THE_WAY)


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A letter as a list shows it; see models.letter.Letter."""

    id: int
    kind: str
    unit_code: str
    unit_name: str
    to: str
    subject: str
    created_at: datetime
    state: str
    tries: int
    next_try_at: datetime | None
    sent_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """Where a letter belongs: its unit, and its batch if it has one."""

    assignment_id: int
    unit_code: str
    unit_name: str
    batch_id: int | None
    next_try_at: datetime | None


def batches(session: Session, round_id: int) -> tuple[SentBatch, ...]:
    """Return the batches of a round, the newest first."""
    rows = session.execute(
        select(LetterBatch.id, LetterBatch.kind, LetterBatch.actor, LetterBatch.created_at)
        .where(LetterBatch.round_id == round_id)
        .order_by(LetterBatch.id.desc())
    ).all()
    counts: dict[int, dict[str, int]] = {}
    counted = session.execute(
        select(Letter.batch_id, Letter.state, func.count())
        .join(LetterBatch, LetterBatch.id == Letter.batch_id)
        .where(LetterBatch.round_id == round_id)
        .group_by(Letter.batch_id, Letter.state)
    )
    for batch_id, state, count in counted:
        counts.setdefault(batch_id or 0, {})[state] = count
    return tuple(SentBatch(*row, counts.get(row[0], {})) for row in rows)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters of a round are looked for; what is blank does not matter.

    `words` are folded and sought in the unit and the address; `order` is a key of ORDERS.
    """

    words: tuple[str, ...] = ()
    state: str = ""
    batch_id: int | None = None
    order: str = ""


# The newest letter of a unit stands first in each.
ORDERS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "": (Letter.id.desc(),),
    "ten": (Assignment.name_key.expression, Letter.id.desc()),
    "thu_tu": (Unit.position.expression, Letter.id.desc()),
}


def count_letters(session: Session, round_id: int, wanted: Wanted) -> int:
    """Return how many letters of a round are wanted."""
    return session.scalar(_wanted(select(func.count()), round_id, wanted)) or 0


def _wanted(
    statement: Select[*tuple[Any, ...]], round_id: int, wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    statement = (
        statement.select_from(Letter)
        .join(Letter.assignment)
        .join(Assignment.unit)
        .where(Assignment.round_id == round_id)
    )
    if wanted.state:
        statement = statement.where(Letter.state == wanted.state)
    if wanted.batch_id is not None:
        statement = statement.where(Letter.batch_id == wanted.batch_id)
    text = Unit.search + " " + Assignment.search + " " + func.lower(Letter.to)
    return statement.where(*(text.contains(word, autoescape=True) for word in wanted.words))


def state_counts(session: Session, round_id: int) -> Mapping[str, int]:
    """Return how many letters of a round are in each state."""
    rows = session.execute(
        select(Letter.state, func.count())
        .join(Letter.assignment)
        .where(Assignment.round_id == round_id)
        .group_by(Letter.state)
    )
    return dict(rows.all())


def listed_letters(
    session: Session, round_id: int, wanted: Wanted, *, most: int, offset: int = 0
) -> tuple[ListedLetter, ...]:
    """Return at most so many letters of a round, those that are wanted, in the order wanted."""
    statement = _wanted(
        select(
            Letter.id,
            Letter.kind,
            Unit.code,
            Assignment.unit_name,
            Letter.to,
            Letter.subject,
            Letter.created_at,
            Letter.state,
            Letter.tries,
            Letter.next_try_at,
            Letter.sent_at,
            Letter.problem,
        ),
        round_id,
        wanted,
    )
    ordered = statement.order_by(*ORDERS.get(wanted.order, ORDERS[""]))
    rows = session.execute(ordered.limit(most).offset(offset))
    return tuple(ListedLetter(*tuple(row)) for row in rows)


def find_letter(session: Session, round_id: int, letter_id: int) -> FoundLetter | None:
    """Return where a letter of a round belongs; None when there is no such letter."""
    row = session.execute(
        select(Assignment.id, Unit.code, Assignment.unit_name, Letter.batch_id, Letter.next_try_at)
        .join(Letter, Letter.assignment_id == Assignment.id)
        .join(Assignment.unit)
        .where(Letter.id == letter_id, Assignment.round_id == round_id)
    ).one_or_none()
    return FoundLetter(row[0], row[1], row[2], row[3], row[4]) if row else None


def troubled(session: Session, round_id: int, states: frozenset[str]) -> Mapping[int, str]:
    """Return the state of the newest letter of each assignment of a round, where it is in these."""
    newest = (
        select(func.max(Letter.id))
        .join(Letter.assignment)
        .where(Assignment.round_id == round_id)
        .group_by(Letter.assignment_id, func.lower(Letter.to))
    )
    rows = session.execute(
        select(Letter.assignment_id, Letter.state).where(
            Letter.id.in_(newest), Letter.state.in_(states)
        )
    )
    return dict(rows.all())
