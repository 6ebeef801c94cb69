"""Units that letters do not reach: the list by which the board telephones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.addressed import AddressedUnit, addressed_units, failing_addresses
from models.letter import BOUNCED, FAILED, REFUSED, UNADDRESSED, UNKNOWN, FailingAddress
from models.mailed import troubled
from services import audit

TROUBLE = frozenset({BOUNCED, FAILED, REFUSED, UNADDRESSED, UNKNOWN})


@dataclass(frozen=True, slots=True)
class Call:
    """A unit to telephone: why each of its addresses fails, and the state of its last letter.

    `trouble` is blank when its last letter is not the reason.
    """

    unit: AddressedUnit
    failing: Sequence[tuple[str, str]]
    trouble: str


def calls(session: Session, round_id: int) -> tuple[Call, ...]:
    """Return the units of a round to telephone, in official order; those withdrawn aside."""
    failing = failing_addresses(session)
    letters = troubled(session, round_id, TROUBLE)
    found = (_call(unit, failing, letters) for unit in addressed_units(session, round_id))
    return tuple(call for call in found if call is not None)


def _call(
    unit: AddressedUnit, failing: Mapping[str, str], letters: Mapping[int, str]
) -> Call | None:
    wrong = tuple((to, failing[to.lower()]) for to in unit.addresses if to.lower() in failing)
    trouble = letters.get(unit.assignment_id, "")
    if unit.withdrawn_at is not None or not (wrong or trouble or not unit.addresses):
        return None
    return Call(unit, wrong, trouble)


def use_again(session: Session, address: str, actor: str, now: datetime) -> None:
    """Send letters to an address again: somebody has asked, or it was put right."""
    gone = session.execute(
        delete(FailingAddress)
        .where(FailingAddress.address == address.lower())
        .returning(FailingAddress.since)
    ).one_or_none()
    if gone is not None:
        # The log never forgets, so neither the address nor what a server said of it is in it.
        since = audit.plain_value(gone[0])
        audit.note(session, now, actor, "address.used_again", "addresses", since=since)
