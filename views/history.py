"""The history of a report: everything sent and decided, and any two revisions side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from forms.answers import file_ids, is_input
from forms.changes import Side
from forms.survey import FILES
from forms.tree import Definition
from models import decided
from models.problems import Problem
from services import attachments, definitions, reporting
from services.reporting import SentRevision
from views.comparing import Compared, ComparedSection, compared_sections
from views.filling import plain_label, question_name
from views.language import interface_language

UNIT_AUTHOR = "unit:"

# From an author as the log writes it to what the reader of a page is told.
Naming = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a report; `kind` is sent, corrected, or what the board decided.

    `who` is named for whoever reads the page. `marks` are questions with what was said of each;
    `until` is a deadline or another due time.
    """

    at: datetime
    kind: str
    who: str
    number: int | None = None
    receipt: str = ""
    late: bool = False
    note: str = ""
    marks: Sequence[tuple[str, str]] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of a report side by side: what differs, or `everything`."""

    old: SentRevision
    new: SentRevision
    sections: tuple[ComparedSection, ...]
    everything: bool
    other_form: bool


def by_unit(author: str) -> bool:
    """Tell whether the author of a revision is the unit itself, and not an officer."""
    return author.startswith(UNIT_AUTHOR)


def events(session: Session, assignment_id: int, naming: Naming) -> tuple[Event, ...]:
    """Return everything that happened to a report, the newest first."""
    revisions = reporting.revisions(session, assignment_id)
    forms = {r.number: definitions.definition(session, r.form_version_id) for r in revisions}
    found = [
        *(_sent(revision, naming) for revision in reversed(revisions)),
        *(
            Event(
                made.at,
                made.kind,
                naming(made.actor),
                number=made.number,
                note=made.note,
                marks=marked(forms[made.number], made.reasons),
                until=made.deadline,
            )
            for made in decided.decisions(session, assignment_id)
        ),
        *(
            Event(made.at, "extended", naming(made.actor), note=made.reason, until=made.due_at)
            for made in decided.extensions(session, assignment_id)
        ),
    ]
    return tuple(sorted(found, key=lambda event: event.at))[::-1]


def _sent(revision: SentRevision, naming: Naming) -> Event:
    return Event(
        revision.submitted_at,
        "sent" if by_unit(revision.author) else "corrected",
        naming(revision.author),
        number=revision.number,
        receipt=revision.receipt_code,
        late=revision.late,
        note=revision.reason,
    )


# --- marked questions -----------------------------------------------------------------------------


def marked(definition: Definition, reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the marked questions in order of the form: how each is called, and what is said."""
    return [
        (mark_label(definition, name, interface_language()), reasons[name])
        for name in in_order(definition, reasons)
    ]


def mark_label(definition: Definition, name: str, language: str) -> str:
    """Return how an input or a group is called; its name when the form does not have it."""
    if not is_input(definition, name) and name in definition.places:
        return plain_label(definition.places[name].item, language)
    return question_name(definition, name, language)


def in_order(definition: Definition, names: Iterable[str]) -> list[str]:
    """Return names of inputs and groups in order of the form, its unknown ones last."""
    order = {name: index for index, name in enumerate(definition.places)}

    def place(name: str) -> tuple[int, int, int]:
        first, _sep, rest = name.partition("-")
        index, _sep, inner = rest.partition("-")
        return (
            order.get(first, len(order)),
            int(index) if index.isdigit() else -1,
            order.get(inner, -1),
        )

    return sorted(names, key=place)


# --- two revisions side by side -------------------------------------------------------------------


def compare(session: Session, assignment_id: int, *, contacts: bool) -> Comparison | None:
    """Compare the revisions that `?old=` and `?new=` name, else the newest two.

    None when there are not two. Raises Problem `revision_unknown`.
    """
    revisions = reporting.revisions(session, assignment_id)
    if len(revisions) < 2:  # noqa: PLR2004 - it takes two
        return None
    new = _chosen(revisions, "new", revisions[0])
    others = [r for r in revisions if r.number < new.number] or [revisions[0]]
    old = _chosen(revisions, "old", others[0])
    everything = bool(request.args.get("all"))
    sections = compared_sections(
        _compared(session, assignment_id, old),
        _compared(session, assignment_id, new),
        interface_language(),
        contacts=contacts,
        everything=everything,
    )
    other_form = old.form_version_id != new.form_version_id
    return Comparison(old, new, sections, everything, other_form)


def _chosen(
    revisions: Sequence[SentRevision], argument: str, otherwise: SentRevision
) -> SentRevision:
    number = request.args.get(argument, "")
    if not number:
        return otherwise
    for revision in revisions:
        if str(revision.number) == number:
            return revision
    raise Problem("revision_unknown")


def _compared(session: Session, assignment_id: int, sent: SentRevision) -> Compared:
    definition = definitions.definition(session, sent.form_version_id)
    data = json.loads(sent.answers)
    kept = attachments.find(session, assignment_id, _file_ids(definition, data))
    names = {id_: file.shown_name for id_, file in kept.items()}
    return Compared(Side(definition, data), json.loads(sent.explanations), names)


def _file_ids(definition: Definition, data: Mapping[str, Any]) -> list[str]:
    files = {question.name for question in definition.questions if question.type in FILES}
    rows = [data, *(row for value in data.values() for row in _rows(value))]
    values = [row[name] for row in rows for name in files & row.keys()]
    return [id_ for value in values for id_ in file_ids(value)]


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
