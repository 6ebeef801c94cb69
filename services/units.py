"""The directory of units: importing it from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.text import fold
from models.campaign import Campaign
from models.unit import INVITED_DUTY, Unit
from services import audit
from services.unit_files import RowError, UnitRow, read_units

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
    """What an import would do. Units that are not in the file stay as they are."""

    added: tuple[UnitChange, ...]
    changed: tuple[UnitChange, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.added or self.changed)


def plan_import(session: Session, source: bytes, file_name: str) -> ImportPlan:
    """Return what importing a .csv or .xlsx file would do, without doing it.

    A column that the file does not have changes nothing. A group must be one of some campaign's;
    before there is any campaign, every group will do. Raises UnitErrors with every bad row.
    """
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    groups = {group["code"] for group in _groups(session)}

    def check(rows: Iterable[UnitRow]) -> Iterator[RowError]:
        yield from _wrong_groups(rows, groups)
        yield from _wrong_parents(rows, known.keys() | {row.code for row in rows})

    rows = read_units(source, file_name, check)
    changes = [UnitChange(row, _changes(known[row.code], row)) for row in rows if row.code in known]
    changed = tuple(change for change in changes if change.changes)
    return ImportPlan(
        added=tuple(UnitChange(row) for row in rows if row.code not in known),
        changed=changed,
        unchanged=len(changes) - len(changed),
    )


def apply_import(
    session: Session, plan: ImportPlan, now: datetime, actor: str = audit.SYSTEM
) -> None:
    """Do what `plan_import` planned; new units stand after all others, in the file's order."""
    if plan.empty:
        return
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    last = session.scalar(select(func.max(Unit.position))) or 0
    for change in plan.changed:
        _set(known[change.code], change.row.values)
    for position, change in enumerate(plan.added, start=last + 1):
        unit = Unit(position=position)
        _set(unit, {**DEFAULTS, **change.row.values})
        session.add(unit)
    session.flush()
    audit.note(
        session,
        now,
        actor,
        "units.imported",
        "units",
        added=[change.code for change in plan.added],
        changed=[change.code for change in plan.changed],
    )


def _groups(session: Session) -> Iterator[dict[str, Any]]:
    for groups in session.scalars(select(Campaign.groups)):
        yield from groups


def _wrong_groups(rows: Iterable[UnitRow], codes: set[str]) -> Iterator[RowError]:
    for row in rows:
        if codes and row.values["group_code"] not in codes:
            yield row.error("group_code", "group", row.values["group_code"])


def _wrong_parents(rows: Iterable[UnitRow], codes: set[str]) -> Iterator[RowError]:
    for row in rows:
        parent = row.values.get("parent_code")
        if parent and parent == row.code:
            yield row.error("parent_code", "own_parent")
        elif parent and parent not in codes:
            yield row.error("parent_code", "parent", parent)


def _changes(unit: Unit, row: UnitRow) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, getattr(unit, name), new)
        for name, new in row.values.items()
        if getattr(unit, name) != new
    )


def _set(unit: Unit, values: Any) -> None:
    for name, value in values.items():
        setattr(unit, name, value)
    unit.search = fold(" ".join((unit.code, unit.short_name or "", unit.name)))
