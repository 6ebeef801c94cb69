"""The directory of units: looking through it, adding and changing units, ending them, contacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.collation import sort_key
from language.text import fold
from models.campaign import Assignment, Campaign, Round
from models.database import hold_table
from models.problems import Problem
from models.unit import Contact, Unit
from services import audit
from services.seen import refuse_unseen
from services.unit_files import CONTACT_FIELDS
from services.units import stands_below_itself


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What the directory says of a unit; see models.unit.Unit."""

    code: str
    name: str
    short_name: str
    group_code: str
    level: str
    parent_code: str
    email: str
    admin_code: str
    report_duty: str
    count_in_total: bool
    position: int
    note: str
    valid_from: date | None
    valid_to: date | None
    successor_code: str

    @property
    def search(self) -> str:
        """Return what the unit is found by: folded text."""
        return fold(" ".join((self.code, self.short_name, self.name)))

    def is_valid(self, today: date) -> bool:
        """Tell whether there is such a unit today."""
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_to is None or self.valid_to >= today)


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A unit in the tree: how deep it stands, and the names of those above it."""

    unit: UnitFacts
    depth: int
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedIn:
    """A round in which a unit is or was asked."""

    campaign_code: str
    round_code: str
    title: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A person to turn to at a unit; see models.unit.Contact."""

    name: str
    title: str
    email: str
    phone: str
    keep_until: date | None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: words, a group, and which units: "now", "ended" or "all"."""

    words: str = ""
    group: str = ""
    validity: str = "now"
    by_name: bool = False

    @property
    def narrows(self) -> bool:
        """Whether a unit may be found without those above it."""
        return bool(self.words or self.group) or self.validity == "ended"


# --- looking --------------------------------------------------------------------------------------


def all_units(session: Session) -> tuple[UnitFacts, ...]:
    """Return every unit in official order."""
    names = [part.name for part in fields(UnitFacts)]
    columns = [getattr(Unit, name) for name in names]
    rows = session.execute(select(*columns).order_by(Unit.position, Unit.id))
    return tuple(UnitFacts(*tuple(row)) for row in rows)


def find_unit(session: Session, code: str) -> UnitFacts:
    """Return a unit. Raises Problem `unit_unknown`."""
    return facts_of(_find(session, code))


def facts_of(unit: Unit) -> UnitFacts:
    """Return what is said of a unit."""
    return UnitFacts(**{part.name: getattr(unit, part.name) for part in fields(UnitFacts)})


def seek(units: Sequence[UnitFacts], sought: Sought, today: date) -> tuple[TreeLine, ...]:
    """Return the units that are looked for: a tree, or a list when some of it is left out."""
    found = [unit for unit in units if _matches(unit, sought, today)]
    if sought.by_name:
        found.sort(key=lambda unit: sort_key(unit.name))
    if not sought.narrows:
        return tuple(tree(found))
    names = {unit.code: unit for unit in units}
    return tuple(TreeLine(unit, 0, tuple(_above(unit, names))) for unit in found)


def _matches(unit: UnitFacts, sought: Sought, today: date) -> bool:
    words = fold(sought.words).split()
    valid = {"now": unit.is_valid(today), "ended": bool(unit.valid_to and unit.valid_to < today)}
    return (
        valid.get(sought.validity, True)
        and sought.group in ("", unit.group_code)
        and all(word in unit.search for word in words)
    )


def tree(units: Iterable[UnitFacts]) -> Iterator[TreeLine]:
    """Yield units, each followed by those below it; one whose parent is not there is a root."""
    listed = list(units)
    codes = {unit.code for unit in listed}
    below: dict[str, list[UnitFacts]] = {}
    for unit in listed:
        parent = unit.parent_code if unit.parent_code in codes else ""
        below.setdefault(parent, []).append(unit)
    waiting = [(unit, 0) for unit in reversed(below.get("", []))]
    while waiting:
        unit, depth = waiting.pop()
        yield TreeLine(unit, depth)
        waiting += [(child, depth + 1) for child in reversed(below.pop(unit.code, []))]


def _above(unit: UnitFacts, by_code: Mapping[str, UnitFacts]) -> Iterator[str]:
    """Yield the names of those above a unit, the nearest first."""
    seen = {unit.code}
    parent = by_code.get(unit.parent_code)
    while parent is not None and parent.code not in seen:
        yield parent.name
        seen.add(parent.code)
        parent = by_code.get(parent.parent_code)


def groups(session: Session) -> Mapping[str, str]:
    """Return the groups of all campaigns, the oldest first, by code."""
    found: dict[str, str] = {}
    for listed in session.scalars(select(Campaign.groups).order_by(Campaign.position)):
        for group in listed:
            found.setdefault(group["code"], group["name"])
    return found


def asked_in(session: Session, code: str) -> tuple[AskedIn, ...]:
    """Return the rounds in which a unit is or was asked, the newest campaign first."""
    rows = session.execute(
        select(Campaign.code, Round.code, Round.title, Assignment.withdrawn_at)
        .join(Assignment.round)
        .join(Round.campaign)
        .join(Assignment.unit)
        .where(Unit.code == code)
        .order_by(Campaign.position.desc(), Round.position)
    )
    return tuple(AskedIn(*row) for row in rows)


# --- acts -----------------------------------------------------------------------------------------


def add(session: Session, facts: UnitFacts, actor: str, now: datetime) -> None:
    """Add a unit; with position 0 it stands after all others.

    Raises Problem `unit_code_taken`, `unit_parent` or `unit_successor` when those are not there.
    """
    hold_table(session, Unit)
    if session.scalar(select(Unit.id).where(Unit.code == facts.code)):
        raise Problem("unit_code_taken")
    _refuse_strangers(session, facts)
    unit = Unit(code=facts.code)
    last = session.scalar(select(func.max(Unit.position))) or 0
    _set(unit, facts)
    unit.position = facts.position or last + 1
    session.add(unit)
    session.flush()
    _note(session, facts.code, "unit.added", actor, now, after=_told(audit.plain(facts)))


def change(session: Session, facts: UnitFacts, actor: str, now: datetime, seen: str = "") -> None:
    """Change what is said of the unit that `facts` names; rounds keep what they called it.

    `seen` marks what was said when the page was opened (services.seen). Raises Problem as `add`
    does, `changed_meanwhile`, or `unit_validity` when it would end before it begins.
    """
    hold_table(session, Unit)
    unit = _find(session, facts.code)
    before = facts_of(unit)
    if before == facts:
        return
    refuse_unseen(before, seen)
    _refuse_strangers(session, facts)
    _set(unit, facts)
    session.flush()
    acts = "unit.retired" if facts.valid_to and not before.valid_to else "unit.changed"
    details = {side: _told(said) for side, said in audit.changed(before, facts).items()}
    _note(session, facts.code, acts, actor, now, **details)


def _refuse_strangers(session: Session, facts: UnitFacts) -> None:
    rows = session.execute(select(Unit.code, Unit.parent_code))
    parents: dict[str, str] = dict(rows.all())
    parents[facts.code] = facts.parent_code
    if facts.parent_code and facts.parent_code not in parents:
        raise Problem("unit_parent")
    if stands_below_itself(facts.code, parents):
        raise Problem("unit_parent")
    if facts.successor_code == facts.code or facts.successor_code not in {"", *parents}:
        raise Problem("unit_successor")
    if facts.valid_from and facts.valid_to and facts.valid_to < facts.valid_from:
        raise Problem("unit_validity")


def _set(unit: Unit, facts: UnitFacts) -> None:
    for part in fields(UnitFacts):
        setattr(unit, part.name, getattr(facts, part.name))
    unit.search = facts.search


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the log keeps: it never forgets, so how to reach somebody is not in it."""
    return {
        name: "…" if name in CONTACT_FIELDS and value else value for name, value in said.items()
    }


# --- contacts -------------------------------------------------------------------------------------


def contacts(session: Session, code: str) -> Mapping[int, ContactFacts]:
    """Return the persons to turn to at a unit, by id, in the order in which they were added."""
    found = session.scalars(
        select(Contact).where(Contact.unit_id == _find(session, code).id).order_by(Contact.id)
    )
    return {contact.id: _contact_facts(contact) for contact in found}


def find_contact(session: Session, code: str, contact_id: int) -> ContactFacts:
    """Return a contact of a unit. Raises Problem `contact_unknown`."""
    return _contact_facts(_find_contact(session, code, contact_id))


def add_contact(
    session: Session, code: str, facts: ContactFacts, actor: str, now: datetime
) -> None:
    """Add a person to turn to. The log says that it was done, and nothing of the person."""
    contact = Contact(unit_id=_find(session, code).id, **_contact_columns(facts))
    session.add(contact)
    session.flush()
    _note(session, code, "contact.added", actor, now, contact=contact.id)


def change_contact(
    session: Session,
    code: str,
    contact_id: int,
    facts: ContactFacts,
    actor: str,
    now: datetime,
    seen: str = "",
) -> None:
    """Change what is known of a person. The log has the names of the fields that changed.

    `seen` marks what was known when the page was opened. Raises Problem `changed_meanwhile`.
    """
    contact = _find_contact(session, code, contact_id)
    session.refresh(contact, with_for_update=True)
    before = _contact_facts(contact)
    if before == facts:
        return
    refuse_unseen(before, seen)
    for name, value in _contact_columns(facts).items():
        setattr(contact, name, value)
    session.flush()
    names = sorted(audit.changed(before, facts)["after"])
    _note(session, code, "contact.changed", actor, now, contact=contact_id, fields=names)


def remove_contact(session: Session, code: str, contact_id: int, actor: str, now: datetime) -> None:
    """Erase what is known of a person."""
    session.delete(_find_contact(session, code, contact_id))
    session.flush()
    _note(session, code, "contact.removed", actor, now, contact=contact_id)


def _contact_facts(contact: Contact) -> ContactFacts:
    return ContactFacts(**{part.name: getattr(contact, part.name) for part in fields(ContactFacts)})


def _contact_columns(facts: ContactFacts) -> dict[str, Any]:
    return {part.name: getattr(facts, part.name) for part in fields(ContactFacts)}


def _find_contact(session: Session, code: str, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.unit_id != _find(session, code).id:
        raise Problem("contact_unknown")
    return contact


def _find(session: Session, code: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise Problem("unit_unknown", unit=code)
    return unit


def _note(
    session: Session, code: str, act: str, actor: str, now: datetime, **details: object
) -> None:
    audit.note(session, now, actor, act, f"unit:{code}", **details)
