"""Letters that came back: who a returned message says was not reached, and which letter it was."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from flufl.bounce import all_failures
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from language.text import clean
from models.campaign import Assignment, Campaign, Round
from models.letter import BOUNCED, FILED, SENT, UNKNOWN, Letter
from services import audit
from services.letters import LONGEST_PROBLEM, note_failing
from services.mailing import MESSAGE_STAMP

# As services.mailing writes it.
MESSAGE_ID = re.compile(r"<([0-9]{1,12})\.([0-9]{20})@[^<>\s]{1,250}>")
# What may come back: what was sent, as far as is known.
OUT = (SENT, FILED, UNKNOWN, BOUNCED)
MOST_ADDRESSES = 20
NO_DETAILS = "returned"


@dataclass(frozen=True, slots=True)
class Returned:
    """What a message says: addresses not reached for good or for now, and letters it speaks of.

    `letters` are pairs of an id and a stamp of its Message-ID; `problem` is what the other mail
    server said.
    """

    permanent: tuple[str, ...]
    temporary: tuple[str, ...]
    letters: tuple[tuple[int, str], ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A letter that is now known to have come back."""

    letter_id: int
    to: str


def read(content: bytes) -> Returned:
    """Read a message, whatever it is. One that is no bounce names no address."""
    message = email.message_from_bytes(content)
    temporary, permanent = _failures(message)
    return Returned(
        permanent,
        temporary,
        tuple(dict.fromkeys(_letters(message, content))),
        _problem(message),
    )


def _failures(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        found = all_failures(message)
    except (ValueError, LookupError, AttributeError, TypeError):
        # A message that is made to be misread says nothing.
        return (), ()
    temporary, permanent = (
        tuple(sorted(address.decode("utf-8", "replace").lower() for address in addresses))
        for addresses in found
    )
    return temporary[:MOST_ADDRESSES], permanent[:MOST_ADDRESSES]


def _letters(message: Message, content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the letters that are spoken of anywhere, also in parts that are encoded."""
    texts = [content.decode("ascii", "replace")]
    for part in message.walk():
        decoded = part.get_payload(decode=True)
        if isinstance(decoded, bytes):
            texts.append(decoded.decode("utf-8", "replace"))
    for text in texts:
        for letter_id, stamp in MESSAGE_ID.findall(text):
            yield int(letter_id), stamp


def _problem(message: Message) -> str:
    """Return the first diagnosis of a delivery status (RFC 3464)."""
    for part in message.walk():
        said = part.get("Diagnostic-Code") or part.get("Status")
        if said:
            return clean(str(said).partition(";")[2].strip() or str(said))[:LONGEST_PROBLEM]
    return NO_DETAILS


def note(
    session: Session,
    returned: Returned,
    now: datetime,
    campaigns: frozenset[str] | None = None,
) -> tuple[Noted, ...]:
    """Mark the letters that came back for good, and note their addresses as failing.

    A letter is known by its Message-ID, else as the last one sent to an address. Nothing is
    believed of addresses to which nothing was sent. `campaigns` are the codes of those whose
    letters are looked for: None for all.
    """
    if not returned.permanent:
        return ()
    own = _of_campaigns(campaigns)
    rows = _by_message_id(session, returned, own) or _by_address(session, returned, own)
    return tuple(_mark(session, row, returned.problem, now) for row in rows)


def record(session: Session, noted: Sequence[Noted], actor: str, now: datetime) -> None:
    """Note in the log which letters are known to have come back; nothing when none is."""
    if noted:
        marked = [letter.letter_id for letter in noted]
        audit.note(session, now, actor, "letters.returned", "letters", letters=marked)


def _of_campaigns(campaigns: frozenset[str] | None) -> ColumnElement[bool]:
    """Return the condition that a letter is about one of these campaigns, or about any."""
    if campaigns is None:
        return true()
    assignments = (
        select(Assignment.id)
        .join(Assignment.round)
        .join(Round.campaign)
        .where(Campaign.code.in_(campaigns))
    )
    return Letter.assignment_id.in_(assignments)


def _by_message_id(session: Session, returned: Returned, own: ColumnElement[bool]) -> list[Letter]:
    stamps = dict(returned.letters)
    sent = (Letter.id.in_(stamps), Letter.state.in_(OUT), own)
    rows = session.scalars(select(Letter).where(*sent).order_by(Letter.id))
    return [row for row in rows if row.created_at.strftime(MESSAGE_STAMP) == stamps[row.id]]


def _by_address(session: Session, returned: Returned, own: ColumnElement[bool]) -> list[Letter]:
    newest = (
        select(func.max(Letter.id))
        .where(func.lower(Letter.to).in_(returned.permanent), Letter.state.in_(OUT), own)
        .group_by(func.lower(Letter.to))
    )
    return list(session.scalars(select(Letter).where(Letter.id.in_(newest)).order_by(Letter.id)))


def _mark(session: Session, letter: Letter, problem: str, now: datetime) -> Noted:
    letter.state, letter.problem = BOUNCED, problem
    note_failing(session, letter.to, problem, now)
    return Noted(letter.id, letter.to)
