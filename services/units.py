"""The directory of units: importing it from a file, and writing the same file again.

A file tells of one person to turn to at each unit: whoever has that name there, else the first. A
line that names nobody says nothing of contacts; they are erased one by one.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.text import fold
from models.campaign import Campaign
from models.database import hold_table
from models.unit import INVITED_DUTY, Contact, Unit
from services import audit
from services.audit import plain_value
from services.unit_files import (
    CONTACT_FIELDS,
    NEEDED,
    PERSON_FIELDS,
    WRITTEN,
    RowError,
    UnitRow,
    read_units,
    write_csv,
)

# What a new unit is when the file has no column for it.
DEFAULTS: dict[str, Any] = {"report_duty": INVITED_DUTY, "count_in_total": False}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that an import changes."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit that an import adds (no `changes`) or changes."""

    row: UnitRow
    changes: tuple[FieldChange, ...] = ()

    @property
    def code(self) -> str:
        """Return the unit's code."""
        return self.row.code


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. Units that are not in the file stay as they are.

    `retired` are those that are given an end; whatever else changes of them is among it.
    """

    added: tuple[UnitChange, ...]
    changed: tuple[UnitChange, ...]
    unchanged: int
    retired: tuple[UnitChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.added or self.changed or self.retired)

    def digest(self) -> str:
        """Return what tells this plan from any other: all that it would do."""
        said = [
            [[change.code, _said(change.row.values)] for change in self.added],
            [[c.code, [astuple(f) for f in c.changes]] for c in (*self.changed, *self.retired)],
        ]
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def plan_import(
    session: Session, source: bytes, file_name: str, group_code: str = ""
) -> ImportPlan:
    """Return what importing a .csv or .xlsx file would do, without doing it.

    A column that the file does not have changes nothing; without a column of groups, new units
    stand in `group_code`. A group must be one of some campaign's; before there is any campaign,
    every group will do. Raises UnitErrors with every bad row.
    """
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    people = _people(session)
    groups = {group["code"] for group in _groups(session)}

    def check(rows: Iterable[UnitRow]) -> Iterator[RowError]:
        codes = known.keys() | {row.code for row in rows}
        yield from _wrong_groups(rows, groups, known)
        yield from _wrong_links(rows, codes, "parent_code", "parent")
        yield from _wrong_links(rows, codes, "successor_code", "successor")
        yield from _loops(rows, known)
        yield from _wrong_validity(rows, known)
        yield from _nameless(rows)

    needed = tuple(name for name in NEEDED if not (group_code and name == "group_code"))
    rows = [
        _grouped(row, group_code, known) for row in read_units(source, file_name, check, needed)
    ]
    changes = [
        UnitChange(row, _changes(known[row.code], people, row)) for row in rows if row.code in known
    ]
    changed = [change for change in changes if change.changes]
    return ImportPlan(
        added=tuple(UnitChange(row) for row in rows if row.code not in known),
        changed=tuple(change for change in changed if not _retires(change)),
        unchanged=len(changes) - len(changed),
        retired=tuple(change for change in changed if _retires(change)),
    )


def _grouped(row: UnitRow, group_code: str, known: Mapping[str, Unit]) -> UnitRow:
    """Return a row with its group when the file has no column of them: known units keep theirs."""
    if "group_code" in row.values:
        return row
    group = known[row.code].group_code if row.code in known else group_code
    return replace(row, values={**row.values, "group_code": group})


def _retires(change: UnitChange) -> bool:
    return any(c.name == "valid_to" and c.new and not c.old for c in change.changes)


def hold(session: Session) -> None:
    """Let nobody else add or change a unit until the commit."""
    hold_table(session, Unit)


def apply_import(
    session: Session, plan: ImportPlan, now: datetime, actor: str = audit.SYSTEM
) -> None:
    """Do what `plan_import` planned; new units stand after all others, in the file's order."""
    if plan.empty:
        return
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    people = _people(session)
    last = session.scalar(select(func.max(Unit.position))) or 0
    changed = (*plan.changed, *plan.retired)
    for change in changed:
        _set(known[change.code], change.row.values)
    for position, change in enumerate(plan.added, start=last + 1):
        unit = known[change.code] = Unit()
        _set(unit, {**DEFAULTS, "position": position, **change.row.values})
        session.add(unit)
    session.flush()
    for change in (*changed, *plan.added):
        _set_person(session, known[change.code], people, change.row)
    session.flush()
    audit.note(
        session,
        now,
        actor,
        "units.imported",
        "units",
        added=[change.code for change in plan.added],
        changed=[change.code for change in changed],
        **({"fields": {change.code: _logged(change) for change in changed}} if changed else {}),
    )


def _logged(change: UnitChange) -> dict[str, list[Any]]:
    """Return what a change was, by field: old and new; how to reach somebody is not told."""
    return {
        c.name: [] if c.name in CONTACT_FIELDS else [plain_value(c.old), plain_value(c.new)]
        for c in change.changes
    }


# --- writing --------------------------------------------------------------------------------------


def export_rows(session: Session) -> list[dict[str, Any]]:
    """Return every unit in official order, by the names of unit_files.WRITTEN."""
    people = _people(session)
    found = session.scalars(select(Unit).order_by(Unit.position, Unit.id))
    return [
        {
            **{name: getattr(unit, name) for name in WRITTEN if name not in PERSON_FIELDS},
            **_told_of(next(iter(people[unit.id]), None)),
        }
        for unit in found
    ]


def _told_of(person: Contact | None) -> dict[str, str]:
    """Return what a line says of a contact, or of nobody."""
    return {field: getattr(person, name) if person else "" for field, name in PERSON_FIELDS.items()}


def note_export(session: Session, ending: str, count: int, actor: str, now: datetime) -> None:
    """Note who took the directory along with what tells how to reach people."""
    audit.note(session, now, actor, "contacts.exported", "units", format=ending, count=count)


def columns(*, contacts: bool) -> tuple[str, ...]:
    """Return the columns of a file of units, with or without what tells how to reach them."""
    return tuple(name for name in WRITTEN if contacts or name not in CONTACT_FIELDS)


def packed(plan: ImportPlan) -> bytes:
    """Return what a plan says as a file of its own, from which the same plan is made again."""
    changes = (*plan.added, *plan.changed, *plan.retired)
    # A column of blank cells says something, too.
    said = {name for change in changes for name in (*change.row.values, *change.row.columns)}
    names = [name for name in WRITTEN if name in said]
    rows = [change.row.values for change in changes]
    return write_csv(rows, names)


def _groups(session: Session) -> Iterator[dict[str, Any]]:
    for groups in session.scalars(select(Campaign.groups)):
        yield from groups


def _wrong_groups(
    rows: Iterable[UnitRow], codes: set[str], known: Mapping[str, Unit]
) -> Iterator[RowError]:
    """Yield the groups that no campaign has, unless the unit stands there already."""
    for row in rows:
        group = row.values.get("group_code")
        stays = row.code in known and known[row.code].group_code == group
        if codes and group and group not in codes and not stays:
            yield row.error("group_code", "group", group)


def _wrong_links(
    rows: Iterable[UnitRow], codes: set[str], name: str, reason: str
) -> Iterator[RowError]:
    for row in rows:
        other = row.values.get(name)
        if other and other == row.code:
            yield row.error(name, f"own_{reason}")
        elif other and other not in codes:
            yield row.error(name, reason, other)


def _loops(rows: Iterable[UnitRow], known: Mapping[str, Unit]) -> Iterator[RowError]:
    """Yield the units that would stand below themselves."""
    said = {row.code: row.values["parent_code"] for row in rows if "parent_code" in row.values}
    parents = {**{code: unit.parent_code for code, unit in known.items()}, **said}
    for row in rows:
        above = row.values.get("parent_code")
        if above and above != row.code and stands_below_itself(row.code, parents):
            yield row.error("parent_code", "parent_loop", above)


def stands_below_itself(code: str, parents: Mapping[str, str]) -> bool:
    """Tell whether a unit would be its own superior, given the parent of each unit by code."""
    seen: set[str] = set()
    above = parents.get(code, "")
    while above and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False


def _wrong_validity(rows: Iterable[UnitRow], known: Mapping[str, Unit]) -> Iterator[RowError]:
    for row in rows:
        unit = known.get(row.code)
        begins = row.values.get("valid_from", unit.valid_from if unit else None)
        ends = row.values.get("valid_to", unit.valid_to if unit else None)
        if begins and ends and ends < begins:
            yield row.error("valid_to" if "valid_to" in row.values else "valid_from", "validity")


def _nameless(rows: Iterable[UnitRow]) -> Iterator[RowError]:
    """Yield where a line tells how to reach somebody without a name."""
    for row in rows:
        said = [name for name in PERSON_FIELDS if row.values.get(name)]
        if said and "contact_name" not in said:
            yield row.error(said[0], "nameless")


def _changes(unit: Unit, people: People, row: UnitRow) -> tuple[FieldChange, ...]:
    changes = (
        FieldChange(name, getattr(unit, name), new)
        for name, new in row.values.items()
        if name not in PERSON_FIELDS and getattr(unit, name) != new
    )
    return (*changes, *_person_changes(_person(people[unit.id], row), row))


# The contacts of each unit by its id, in the order in which they were added.
People = Mapping[int, Sequence[Contact]]


def _people(session: Session) -> People:
    found: dict[int, list[Contact]] = defaultdict(list)
    for person in session.scalars(select(Contact).order_by(Contact.id)):
        found[person.unit_id].append(person)
    return found


def _person(people: Sequence[Contact], row: UnitRow) -> Contact | None:
    """Return the contact whom a line tells of: the one of that name, else the first."""
    name = row.values.get("contact_name")
    first = next(iter(people), None)
    return next((person for person in people if person.name == name), first)


def _person_changes(before: Contact | None, row: UnitRow) -> Iterator[FieldChange]:
    """Yield what a line changes of a contact; of somebody new, nothing that was there stays."""
    if "contact_name" not in row.values:
        return
    old = _told_of(before)
    stays = old if old["contact_name"] == row.values["contact_name"] else {}
    for name in PERSON_FIELDS:
        blank = "" if name in row.columns else stays.get(name, "")
        new = row.values.get(name, blank)
        if old[name] != new:
            yield FieldChange(name, old[name], new)


def _set_person(session: Session, unit: Unit, people: People, row: UnitRow) -> None:
    changes = {c.name: c.new for c in _person_changes(_person(people[unit.id], row), row)}
    if not changes:
        return
    person = _person(people[unit.id], row) or Contact(unit_id=unit.id)
    for name, new in changes.items():
        setattr(person, PERSON_FIELDS[name], new)
    session.add(person)


def _said(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(values.items())


def _set(unit: Unit, values: Any) -> None:
    for name, value in values.items():
        if name not in PERSON_FIELDS:
            setattr(unit, name, value)
    unit.search = fold(" ".join((unit.code, unit.short_name or "", unit.name)))
