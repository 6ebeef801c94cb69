"""Cards of one-time codes, made for a public link: each is good for one feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Boolean, bindparam, case, func, select, text
from sqlalchemy.orm import Session

from language.codes import PUBLIC_FIRST, new_code
from language.dates import local
from language.text import clean, forbidden_character
from models.campaign import Campaign, Link, Round
from models.card import Card, CardBatch
from models.problems import Problem
from services import audit, links
from services.links import LONGEST_LABEL

MOST_CARDS = 500
# Fewer are not counted before the board, as with feedback itself.
LEAST_SHOWN = 10

# In the transaction that stores the feedback: both or nothing.
USE = text("UPDATE card SET used = :used WHERE code = :card AND used = :unused").bindparams(
    bindparam("used", type_=Boolean), bindparam("unused", type_=Boolean)
)


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card, and the public link it is for."""

    code: str
    link_code: str
    used: bool


@dataclass(frozen=True, slots=True)
class MadeCards:
    """A batch of cards; `used` is None when so few are used that it is not told."""

    id: int
    link_code: str
    link_label: str
    label: str
    made_on: date
    size: int
    used: int | None


def find(session: Session, code: str) -> FoundCard | None:
    """Return the card with this code, a normalised one; None when there is none."""
    row = session.execute(
        select(Card.code, CardBatch.link_code, Card.used)
        .join(CardBatch, CardBatch.id == Card.batch_id)
        .where(Card.code == code)
    ).one_or_none()
    return FoundCard(row[0], row[1], row[2]) if row else None


def make(
    session: Session,
    round_id: int,
    link_code: str,
    label: str,
    number: int,
    actor: str,
    now: datetime,
) -> int:
    """Make so many cards for a public link; return the id of the batch.

    Raises Problem `link_unknown`, `label_wrong` and `cards_wrong`.
    """
    link = links.find_public(session, round_id, link_code)
    label = clean(label)
    if not label or len(label) > LONGEST_LABEL or forbidden_character(label):
        raise Problem("label_wrong")
    if not 1 <= number <= MOST_CARDS:
        raise Problem("cards_wrong", most=MOST_CARDS)
    batch = CardBatch(link_code=link.code, label=label, made_on=local(now).date(), made_by=actor)
    session.add(batch)
    session.flush()
    session.add_all(Card(code=new_code(PUBLIC_FIRST), batch_id=batch.id) for _ in range(number))
    session.flush()
    place = select(Campaign.code, Round.code).join(Round.campaign).where(Round.id == round_id)
    campaign, code = session.execute(place).one()
    subject = f"round:{campaign}/{code}"
    audit.note(session, now, actor, "cards.made", subject, label=label, cards=number)
    return batch.id


def batches(session: Session, round_id: int) -> tuple[MadeCards, ...]:
    """Return the batches of cards of a round, the newest first."""
    used = func.count().filter(Card.used)
    shown = case((used >= LEAST_SHOWN, used))
    rows = session.execute(
        select(
            CardBatch.id,
            CardBatch.link_code,
            Link.label,
            CardBatch.label,
            CardBatch.made_on,
            func.count(),
            shown,
        )
        .join(Link, Link.code == CardBatch.link_code)
        .join(Card, Card.batch_id == CardBatch.id)
        .where(Link.round_id == round_id)
        .group_by(CardBatch.id, Link.label)
        .order_by(CardBatch.id.desc())
    )
    return tuple(MadeCards(*tuple(row)) for row in rows)


def codes(session: Session, round_id: int, batch_id: int) -> tuple[MadeCards, tuple[str, ...]]:
    """Return a batch and the codes of its cards, in no order. Raises Problem `cards_unknown`."""
    for batch in batches(session, round_id):
        if batch.id == batch_id:
            found = select(Card.code).where(Card.batch_id == batch_id).order_by(Card.code)
            return batch, tuple(session.scalars(found))
    raise Problem("cards_unknown")


def mingle(session: Session) -> None:
    """Write all used cards at once, as if they had been used together.

    PostgreSQL keeps beside each row by which transaction it was written: a card and its feedback
    could be matched by that. Later `settle_order` takes away the order of their use as well.
    """
    session.execute(MINGLE[session.get_bind().dialect.name])


def settle_order(session: Session) -> None:
    """Put the cards in the order of their codes on the disk; after `mingle` has been committed."""
    session.execute(ORDER[session.get_bind().dialect.name])


# SQLite keeps cards in the order of their codes, and nothing else of them.
NOTHING = text("SELECT 1")
MINGLE = {"sqlite": NOTHING, "postgresql": text("UPDATE card SET used = used WHERE used")}
ORDER = {"sqlite": NOTHING, "postgresql": text("CLUSTER card USING pk_card")}
