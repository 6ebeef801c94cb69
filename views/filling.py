"""What filling a form takes, for units and participants alike: read a request, show it back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import request
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.answers import AnswerError, Reading, Typed, is_input
from forms.compile import CONTROLS
from forms.tree import Definition, Group, Question
from language.dates import local
from models.problems import Problem
from services import definitions
from views.prepared import KeptFile, PageState

INSTANCE_SIGNS = 64


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form as it was sent: what was typed, and what the page itself said."""

    typed: Typed
    action: str
    instance: str
    version: str
    base_revision: int
    removed_files: frozenset[str]


def read_request() -> Filled:
    """Return the filled form of this request."""
    form: MultiDict[str, str] = request.form
    return Filled(
        typed=Typed({name: form.getlist(name) for name in form if name not in CONTROLS}),
        action=form.get("action", "submit"),
        instance=form.get("instance", "")[:INSTANCE_SIGNS],
        version=form.get("version", ""),
        base_revision=_whole_number(form.get("base", "")),
        removed_files=frozenset(form.getlist("remove")),
    )


def of_this_version(session: Session, definition: Definition, filled: Filled) -> Typed:
    """Return what was typed, without what only the older form version asked that was on screen.

    A form may be published anew while somebody fills it; what both versions ask is kept.
    """
    if filled.version in ("", definition.digest):
        return filled.typed
    try:
        older = definitions.definition(session, filled.version)
    except Problem:
        return filled.typed
    return Typed(
        {
            name: values
            for name, values in filled.typed.items()
            if is_input(definition, name) or not is_input(older, name)
        }
    )


def _whole_number(text: str) -> int:
    """Return the number in a hidden input; 0 for anything that the page did not write."""
    return int(text) if re.fullmatch(r"[0-9]{1,8}", text) else 0


def current_moment() -> datetime:
    """Return the time now, in UTC; the only clock of a request."""
    return datetime.now(UTC)


def new_instance() -> str:
    """Return a random id for a form that is being opened."""
    return secrets.token_urlsafe(16)


def page_state(
    reading: Reading,
    typed: Typed,
    language: str,
    page: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    files: Mapping[str, KeptFile] | None = None,
) -> PageState:
    """Return what a prepared page shows of a filled form; without `errors` it shows none."""
    return PageState(
        language=language,
        typed=typed,
        reading=reading,
        errors=errors or {},
        files=files or {},
        page=page,
        instances={name: indices or [0] for name, indices in reading.instances.items()},
        hidden=reading.hidden,
    )


def defaults(definition: Definition) -> Typed:
    """Return what stands in a form that is opened for the first time."""
    return Typed({q.name: [q.default] for q in definition.questions if q.default})


def error_summary(errors: list[AnswerError], definition: Definition, language: str) -> Markup:
    """Return the links of an error summary: one a field, in the order of the form."""
    return Markup("\n").join(
        Markup('<li><a href="#q-{}">{}: {}</a></li>').format(
            error.name, question_label(definition, error.name, language), error.message
        )
        for error in errors
    )


def question_label(definition: Definition, input_name: str, language: str) -> str:
    """Return how the question behind an input is called; in a repeat with the instance's number."""
    repeat, _, rest = input_name.partition("-")
    index, _, name = rest.partition("-")
    place = definition.places.get(name or input_name)
    if place is None:
        return str(escape(input_name[:60]))
    label = plain_label(place.item, language)
    if not name:
        return label
    return f"{plain_label(definition.places[repeat].item, language)} {int(index) + 1}, {label}"


def plain_label(part: Question | Group, language: str) -> str:
    """Return the label of a question or group without its Markdown, or its name."""
    return part.labels.text(language).replace("**", "") or part.name


def today(now: datetime) -> date:
    """Return the date where the board is."""
    return local(now).date()
