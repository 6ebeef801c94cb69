"""Drafts: what a unit has typed and not sent, kept at every saving and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from forms.merging import same_texts
from models import progress
from models.database import Moment
from models.response import ACCEPTED, Draft
from services.reporting import OpenLink, lock_link

Values = Mapping[str, list[str]]
# For each input the number of the saving that changed it last, and the opened form it came from.
Change = tuple[int, str]
INSTANCE_SIGNS = 12


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft: every input's raw strings; see models.response.Draft."""

    form_version_id: int
    values: Values
    base_revision: int
    saved_at: datetime
    number: int
    changed: Mapping[str, Change]

    def changed_after(self, number: int, instance: str) -> frozenset[str]:
        """Return the inputs that a saving after that with `number` has changed.

        What the same opened form has saved does not count: somebody went back to it.
        """
        return frozenset(_changed_after(self.changed, number, instance))


def _changed_after(changed: Mapping[str, Change], number: int, instance: str) -> Iterator[str]:
    own = instance[:INSTANCE_SIGNS]
    return (n for n, (at, by) in changed.items() if at > number and not (own and by == own))


def draft_of(session: Session, assignment_id: int) -> SavedDraft | None:
    """Return the draft of an assignment."""
    row = session.scalar(select(Draft).where(Draft.assignment_id == assignment_id))
    return _saved(row) if row else None


def _saved(row: Draft) -> SavedDraft:
    changed = {name: (at, by) for name, (at, by) in row.changed.items()}
    return SavedDraft(
        row.form_version_id, row.values, row.base_revision, row.saved_at, row.number, changed
    )


@dataclass(frozen=True, slots=True)
class Saving:
    """What is typed in a form that is being saved.

    `before` is what stood in the form when there was no draft yet, `instance` the id of the opened
    form it was typed into.
    """

    form_version_id: int
    values: Values
    base_revision: int
    before: Values = field(default_factory=dict)
    instance: str = ""


def save_draft(session: Session, link: OpenLink, saving: Saving, now: datetime) -> SavedDraft:
    """Keep what a unit has typed so far in place of its draft, in a closed round as well.

    Raises Problem `link_revoked`.
    """
    link = lock_link(session, link, now)
    row = session.scalar(select(Draft).where(Draft.assignment_id == link.assignment_id))
    begun = row is None
    if row is None:
        row = Draft(
            assignment_id=link.assignment_id, values=dict(saving.before), number=0, changed={}
        )
        session.add(row)
    row.number += 1
    row.changed = _changed(row.changed, row.values, saving.values, (row.number, saving.instance))
    row.form_version_id = saving.form_version_id
    row.values = dict(saving.values)
    row.base_revision = saving.base_revision
    row.saved_at = now
    session.flush()
    if begun:
        progress.keep(session, link.assignment_id)
    return _saved(row)


def _changed(
    changed: Mapping[str, Any], before: Values, after: Values, change: Change
) -> dict[str, Any]:
    """Return which saving has changed each input last, when `change` makes `after` of `before`."""
    number, instance = change
    names = before.keys() | after.keys()
    moved = {n for n in names if not same_texts(before.get(n, []), after.get(n, []))}
    return {**changed, **{n: [number, instance[:INSTANCE_SIGNS]] for n in moved}}


# --- a few answers, very often --------------------------------------------------------------------

FIND = text(
    """
    SELECT draft.id, draft."values", draft.number, draft.changed
    FROM link
    JOIN draft ON draft.assignment_id = link.assignment_id
    JOIN form_version ON form_version.id = draft.form_version_id
    JOIN round ON round.id = link.round_id
    WHERE link.code = :code AND link.revoked_at IS NULL
      AND (round.closes_at IS NULL OR round.closes_at >= :now)
      AND (round.late_allowed OR round.due_at IS NULL OR round.due_at >= :now)
      AND NOT EXISTS (
        SELECT 1 FROM decision
        JOIN revision ON revision.id = decision.revision_id
        JOIN response ON response.id = revision.response_id
        WHERE response.assignment_id = draft.assignment_id AND decision.kind = :accepted
      )
      AND form_version.digest = :digest AND draft.base_revision = :base_revision
      AND draft.base_revision = (
        SELECT count(*) FROM revision JOIN response ON response.id = revision.response_id
        WHERE response.assignment_id = draft.assignment_id
      )
    """
).bindparams(bindparam("now", type_=Moment))
# Whoever saved in between has counted on: then nothing is stored here.
STORE = text(
    """
    UPDATE draft
    SET "values" = :values, number = :number, changed = :changed, saved_at = :saved_at
    WHERE id = :id AND number = :number - 1
    """
).bindparams(bindparam("saved_at", type_=Moment))


class Executes(Protocol):
    """The quick connection of models.database, not begun."""

    def begin(self) -> None:
        """Take the turn to write."""

    def execute(self, statement: TextClause, parameters: Mapping[str, Any], /) -> Any:
        """Execute a statement and return its cursor."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was typed on a page since it was saved last; an empty list blanks an input.

    `digest` is that of the form version, `base_revision` and `seen` are the revision and the
    saving that the page knows, `instance` is the id of the opened form.
    """

    digest: str
    base_revision: int
    seen: int
    values: Values
    instance: str


@dataclass(frozen=True, slots=True)
class SavedChanges:
    """The number of the saving, and what others have typed since the one the page had seen.

    Inputs in `conflicts` were typed into on both sides and not saved; both mappings hold what
    stands in the draft.
    """

    number: int
    others: Values = field(default_factory=dict)
    conflicts: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is stored of a draft."""

    id: int
    values: dict[str, list[str]]
    number: int
    changed: dict[str, Change]


def save_changes(
    connection: Executes, code: str, changes: Changes, now: datetime
) -> SavedChanges | None:
    """Keep a few answers in the draft that a link has; return None when that takes more.

    There may be no draft yet, a newer form, or a newer revision; or the report may be one that can
    no longer be sent, which has to be looked at and told. The draft is read before it is
    this one's turn to write, and once more when somebody was quicker.
    """
    for _ in range(2):
        row = _find(connection, code, changes, now)
        if row is None:
            return None
        later = set(_changed_after(row.changed, changes.seen, changes.instance))
        conflicts = _conflicts(row, changes, later)
        typed = {n: texts for n, texts in changes.values.items() if n not in conflicts}
        change = (row.number + 1, changes.instance)
        moved = _changed({}, {n: row.values.get(n, []) for n in typed}, typed, change)
        if not moved or _store(connection, row, typed, moved, now):
            others = {n: row.values.get(n, []) for n in later - changes.values.keys()}
            return SavedChanges(row.number + bool(moved), others, conflicts)
    return None


def _conflicts(row: _Row, changes: Changes, later: set[str]) -> dict[str, list[str]]:
    """Return what stands where others have typed something else later."""
    return {
        name: row.values.get(name, [])
        for name, texts in changes.values.items()
        if name in later and not same_texts(texts, row.values.get(name, []))
    }


def _store(
    connection: Executes, row: _Row, typed: Values, moved: Mapping[str, Any], now: datetime
) -> bool:
    """Store the answers; return False when the draft is no longer what was read."""
    values = {name: texts for name, texts in {**row.values, **typed}.items() if texts}
    stored = {
        "id": row.id,
        "values": _to_json(values),
        "number": row.number + 1,
        "changed": _to_json({**row.changed, **moved}),
        "saved_at": now,
    }
    connection.begin()
    return bool(connection.execute(STORE, stored).rowcount)


def _find(connection: Executes, code: str, changes: Changes, now: datetime) -> _Row | None:
    asked = {
        "code": code,
        "digest": changes.digest,
        "base_revision": changes.base_revision,
        "now": now,
        "accepted": ACCEPTED,
    }
    for row_id, values, number, changed in connection.execute(FIND, asked).fetchall():
        return _Row(row_id, _from_json(values), number, _from_json(changed))
    return None


def _from_json(stored: Any) -> Any:
    """Return stored JSON: SQLite hands out its text, the driver of PostgreSQL what it says."""
    return json.loads(stored) if isinstance(stored, str) else stored


def _to_json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"))
