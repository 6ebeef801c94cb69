"""The links of a round: given away, given anew, taken back, and named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from language.codes import PUBLIC_FIRST, UNIT_FIRST, new_code
from language.collation import sort_key
from language.text import clean, forbidden_character
from models.addressed import AddressedUnit, addressed_units
from models.campaign import PUBLIC, Assignment, Campaign, Link, Round
from models.problems import Problem
from models.unit import Unit
from services import audit

LONGEST_LABEL = 120


@dataclass(frozen=True, slots=True)
class PublicLink:
    """A public link, also one that was revoked; `cards_only` when nobody answers without a card."""

    code: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    cards_only: bool


# --- units ----------------------------------------------------------------------------------------


def unit_links(session: Session, round_id: int) -> tuple[AddressedUnit, ...]:
    """Return the units of a round with their links, in official order; those withdrawn aside."""
    units = addressed_units(session, round_id)
    return tuple(unit for unit in units if unit.withdrawn_at is None)


def reissue(
    session: Session, round_id: int, unit_code: str, seen: str, actor: str, now: datetime
) -> bool:
    """Give a unit a new link and take the old ones back; tell whether that was done now.

    `seen` is the code of the link that is to be replaced, blank for none: pressing twice replaces
    once. What the unit has saved stays and is found behind the new link. Raises Problem
    `unit_unknown`.
    """
    assignment = _assignment(session, round_id, unit_code)
    if _newest(session, assignment.id) != seen:
        return False
    _take_back(session, assignment.id, now)
    session.add(
        Link(
            code=new_code(UNIT_FIRST),
            round_id=round_id,
            assignment_id=assignment.id,
            created_at=now,
        )
    )
    _note(session, round_id, actor, "link.reissued", now, unit=unit_code)
    return True


def revoke_unit(session: Session, round_id: int, unit_code: str, actor: str, now: datetime) -> None:
    """Take the links of a unit back. Raises Problem `unit_unknown`."""
    assignment = _assignment(session, round_id, unit_code)
    if _take_back(session, assignment.id, now):
        _note(session, round_id, actor, "link.revoked", now, unit=unit_code)


def _assignment(session: Session, round_id: int, unit_code: str) -> Assignment:
    found = session.scalar(
        select(Assignment)
        .join(Assignment.unit)
        .where(Assignment.round_id == round_id, Unit.code == unit_code)
        .with_for_update(of=Assignment)
    )
    if found is None:
        raise Problem("unit_unknown", unit=unit_code)
    return found


def _newest(session: Session, assignment_id: int) -> str:
    found = session.scalar(
        select(Link.code)
        .where(Link.assignment_id == assignment_id, Link.revoked_at.is_(None))
        .order_by(Link.created_at.desc())
        .limit(1)
    )
    return found or ""


def _take_back(session: Session, assignment_id: int, now: datetime) -> bool:
    open_links = session.scalars(
        select(Link).where(Link.assignment_id == assignment_id, Link.revoked_at.is_(None))
    ).all()
    for link in open_links:
        link.revoked_at = now
    session.flush()
    return bool(open_links)


# --- public ---------------------------------------------------------------------------------------


def public_links(session: Session, round_id: int) -> tuple[PublicLink, ...]:
    """Return the public links of a round: those that open first, by their labels."""
    rows = session.execute(
        select(Link.code, Link.label, Link.created_at, Link.revoked_at, Link.cards_only).where(
            Link.round_id == round_id, Link.assignment_id.is_(None)
        )
    )
    found = (PublicLink(*row) for row in rows)
    return tuple(sorted(found, key=lambda x: (x.revoked_at is not None, sort_key(x.label))))


def find_public(session: Session, round_id: int, code: str) -> PublicLink:
    """Return a public link of a round. Raises Problem `link_unknown`."""
    for link in public_links(session, round_id):
        if link.code == code:
            return link
    raise Problem("link_unknown")


def add_public(session: Session, round_id: int, label: str, actor: str, now: datetime) -> str:
    """Add a public link; return its code. Raises Problem `label_wrong`, `label_taken`."""
    label = _label(session, round_id, label)
    asked = session.get_one(Round, round_id)
    if asked.kind != PUBLIC:
        raise Problem("round_unknown", round=asked.code)
    link = Link(code=new_code(PUBLIC_FIRST), round_id=round_id, label=label, created_at=now)
    session.add(link)
    _note(session, round_id, actor, "link.added", now, label=label)
    return link.code


def change_public(
    session: Session,
    round_id: int,
    code: str,
    label: str,
    actor: str,
    now: datetime,
    *,
    cards_only: bool,
) -> None:
    """Name a public link otherwise, or let it be for cards only, or no longer.

    Raises Problem `link_unknown`, `label_wrong` and `label_taken`.
    """
    link = _public(session, round_id, code)
    before = {"label": link.label, "cards_only": link.cards_only}
    link.label = _label(session, round_id, label, code)
    link.cards_only = cards_only
    after = {"label": link.label, "cards_only": link.cards_only}
    if before != after:
        _note(session, round_id, actor, "link.changed", now, before=before, after=after)


def revoke_public(session: Session, round_id: int, code: str, actor: str, now: datetime) -> None:
    """Take a public link back; feedback that came through it stays. Raises Problem."""
    link = _public(session, round_id, code)
    if link.revoked_at is None:
        link.revoked_at = now
        _note(session, round_id, actor, "link.revoked", now, label=link.label)


def _public(session: Session, round_id: int, code: str) -> Link:
    find_public(session, round_id, code)
    return session.get_one(Link, code)


def _label(session: Session, round_id: int, typed: str, code: str = "") -> str:
    """Return a label as it is kept. Two links with one label could not be told apart."""
    label = clean(typed)
    if not label or len(label) > LONGEST_LABEL or forbidden_character(label):
        raise Problem("label_wrong")
    others = (link for link in public_links(session, round_id) if link.revoked_at is None)
    if any(link.label.lower() == label.lower() and link.code != code for link in others):
        raise Problem("label_taken", label=label)
    return label


def _note(
    session: Session, round_id: int, actor: str, act: str, now: datetime, **details: object
) -> None:
    session.flush()
    campaign, code = session.execute(
        select(Campaign.code, Round.code).join(Round.campaign).where(Round.id == round_id)
    ).one()
    audit.note(session, now, actor, act, f"round:{campaign}/{code}", **details)
