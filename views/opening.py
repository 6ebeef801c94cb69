"""A form as a unit has opened it: its link, what is typed so far, its sections and their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from forms.answers import Typed, answers_of, is_input, typed_of, values_of
from forms.expressions import Value
from forms.plan import looks_back
from forms.reading import Around, Reading, first_typed, read
from forms.tree import Definition, Group, walk
from language.dates import wall_clock
from models.problems import Problem
from services import definitions, reporting
from services.attachments import Kept
from services.reporting import OpenLink, SentRevision
from views.files import kept_files
from views.filling import (
    current_moment,
    today,
)
from views.language import asked_language
from views.prepared import KeptFile
from views.report import ReportSection, report_sections

# What the server writes into these questions, whatever a request says.
CODE_QUESTION, NAME_QUESTION = "ma_don_vi", "ten_don_vi"


@dataclass(frozen=True, slots=True)
class Opened:
    """A form as a unit has opened it: what is typed so far, and what is understood of it."""

    link: OpenLink
    definition: Definition
    typed: Typed
    read: Reading
    files: Mapping[str, tuple[KeptFile, ...]]
    base_revision: int
    saved_at: datetime | None
    refused_files: bool = False


def open_form(session: Session, code: str) -> Opened:
    """Open the form behind a link, with its draft, its last report or its defaults in it."""
    link = reporting.open_link(session, code, current_moment())
    definition = definitions.definition(session, link.form_version_id)
    draft = reporting.draft_of(session, assigned(link))
    last = None if draft else reporting.last_revision(session, link)
    if draft:
        known = {n: v for n, v in draft.values.items() if is_input(definition, n)}
        typed, base = Typed(known), draft.base_revision
    elif last:
        data = answers_of(definition.digest, last.answers).data
        typed, base = typed_of(definition, data, asked_language()), last.number
    else:
        typed, base = first_typed(definition, _around(link)), 0
    return understand(session, link, definition, typed, base, draft.saved_at if draft else None)


def _around(link: OpenLink, given: Mapping[str, str] | None = None) -> Around:
    """Return what a reading knows besides what is typed: the unit, the hour, the language."""
    unit, written = link.unit, dict(given or {})
    if unit is not None:
        written |= {CODE_QUESTION: unit.code, NAME_QUESTION: unit.name}
    return Around(
        language=asked_language(),
        now=wall_clock(current_moment()),
        given=written,
        username=unit.code if unit else "",
    )


def assigned(link: OpenLink) -> int:
    """Return the assignment behind a link. Raises Problem when the link is a public one."""
    if link.assignment_id is None:
        raise Problem("link_unknown")
    return link.assignment_id


def understand(
    session: Session,
    link: OpenLink,
    definition: Definition,
    typed: Typed,
    base_revision: int,
    saved_at: datetime | None,
    earlier: Typed | None = None,
) -> Opened:
    """Return the form with `typed` in it, read as far as it can be.

    `earlier` is what stood in it before, when that was something else.
    """
    files = files_of(session, link, definition, typed)
    given = {name: " ".join(file.id for file in kept) for name, kept in files.items()}
    around = replace(
        _around(link, given),
        earlier=typed if earlier is None else earlier,
        previous=_previous(session, link) if looks_back(definition) else {},
    )
    understood = read(definition, typed, around)
    typed = Typed({**typed, **understood.written})
    return Opened(link, definition, typed, understood, files, base_revision, saved_at)


def _previous(session: Session, link: OpenLink) -> Mapping[str, Value]:
    """Return what the unit answered in the round before, by the form that asked for it."""
    sent = reporting.previous_report(session, link)
    if sent is None:
        return {}
    definition = definitions.definition(session, sent.form_version_id)
    return values_of(definition, answers_of(definition.digest, sent.answers).data)


def files_of(
    session: Session, link: OpenLink, definition: Definition, data: Mapping[str, Any]
) -> dict[str, tuple[KeptFile, ...]]:
    """Return the kept files that answers name, by question; `data` may be what is typed, too."""

    def address(kind: str, kept: Kept) -> str:
        endpoint = {"download": "unit.attachment", "picture": "unit.picture"}[kind]
        return url_for(endpoint, code=link.code, attachment_id=kept.id)

    return kept_files(session, assigned(link), definition, data, address)


@lru_cache(maxsize=256)
def sections(definition: Definition) -> tuple[Group, ...]:
    """Return the groups at the top of the form, when it consists of at least two."""
    groups = tuple(c for c in definition.children if isinstance(c, Group) and not c.repeat)
    return groups if len(groups) > 1 and len(groups) == len(definition.children) else ()


def section_named(definition: Definition, name: str) -> Group:
    """Return the section called `name`. Raises Problem when there is none."""
    for part in sections(definition):
        if part.name == name:
            return part
    raise Problem("section_unknown")


def sections_after(definition: Definition, part: Group) -> tuple[Group, ...]:
    """Return the sections that follow `part`."""
    parts = sections(definition)
    return parts[parts.index(part) + 1 :]


def owner(part: Group | None) -> Callable[[str], bool]:
    """Return what says whether an input belongs to the page that was sent."""
    if part is None:
        return lambda name: True
    names = {place.item.name for place in walk(part.children)}
    return lambda name: name.partition("-")[0] in names


def section_state(part: Group, understood: Reading) -> str:
    """Return `skipped`, `wrong`, `complete`, `started` or `empty`."""
    owns = owner(part)
    if part.name in understood.hidden:
        return "skipped"
    kinds = {e.kind for name, e in understood.errors.items() if owns(name)}
    if "invalid" in kinds:
        return "wrong"
    if not kinds:
        return "complete"
    given = {CODE_QUESTION, NAME_QUESTION}
    return "started" if any(owns(n) and n not in given for n in understood.data()) else "empty"


def remaining(link: OpenLink) -> int | None:
    """Return how many whole days are left until the due date, negative when it is past."""
    due = link.round.due_at
    return (today(due) - today(current_moment())).days if due else None


def is_forged(opened: Opened) -> bool:
    """Return whether the request names inputs that the form does not have."""
    return not all(is_input(opened.definition, name) for name in opened.read.errors)


def sent_report(session: Session, link: OpenLink, sent: SentRevision) -> tuple[ReportSection, ...]:
    """Return what was sent, by the version of the form that asked for it."""
    definition = definitions.definition(session, sent.form_version_id)
    data = answers_of(definition.digest, sent.answers).data
    files = files_of(session, link, definition, data)
    return report_sections(definition, data, asked_language(), files=files, contacts=True)
