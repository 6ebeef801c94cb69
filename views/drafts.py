"""Drafts: a page saves by itself what was typed on it, a few answers at a time."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.answers import Typed
from forms.merging import is_typed, moved
from forms.tree import Definition
from language.dates import local
from models.database import quick_transaction, transaction
from models.problems import Problem
from services import definitions
from services.drafts import Changes, SavedChanges, save_changes
from views.filling import Filled, current_moment, names_in, of_this_version, read_request
from views.language import asked_language, keep_language
from views.opening import Opened, hold_form, revision_typed
from views.settling import keep_draft, settle, take

drafts = Blueprint("drafts", __name__)
drafts.url_defaults(keep_language)

# Two megabytes of typing are sent with a button; by itself a page sends what has just changed.
LARGEST_REQUEST_BYTES = 256 * 1024


@drafts.after_request
def keep_private(response: Response) -> Response:
    """Let no cache keep what a unit typed."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


@drafts.post("/<unit_code:code>/nhap")
def save(code: str) -> Response:
    """Keep what was typed on a page since it was saved last; `page-blank` names what was blanked.

    The answer is JSON: what is said of it, the number of the saving and of the newest revision,
    what others have typed since, and what stands in the draft where it was not overwritten.
    """
    if (request.content_length or 0) > LARGEST_REQUEST_BYTES:
        raise Problem("request_too_large")
    filled = read_request()
    blank = names_in(request.form, "page-blank") or frozenset()
    typed = Typed({**{name: [] for name in blank}, **filled.typed})
    saved = _save_quickly(code, filled, typed)
    if saved is not None:
        return _answer(saved, filled.base_revision or 0)
    with transaction() as session:
        return _save_thoroughly(session, code, filled, typed)


def _save_quickly(code: str, filled: Filled, typed: Typed) -> SavedChanges | None:
    """Keep the answers in the draft there is, without reading the form."""
    definition = definitions.at_hand(filled.version)
    if definition is None or filled.base_revision is None:
        return None
    values = _known(definition, typed)
    known = definition.digest, filled.base_revision, filled.seen
    changes = Changes(*known, values, filled.instance)
    with quick_transaction() as connection:
        return save_changes(connection, code, changes, current_moment())


def _known(definition: Definition, typed: Typed) -> Typed:
    """Return what people type; what the server fills in and files are left out."""
    return Typed({name: texts for name, texts in typed.items() if is_typed(definition, name)})


def _save_thoroughly(session: Session, code: str, filled: Filled, typed: Typed) -> Response:
    """Keep the answers as a button does: the first ones, or those of a page that is behind."""
    opened = hold_form(session, code)
    asked = of_this_version(session, opened.definition, replace(filled, typed=typed))
    known = _known(opened.definition, asked)
    here = replace(filled, typed=known, touched=frozenset(known))
    merged = settle(session, opened, here, known, known.__contains__)
    others = _others(session, opened, filled) - known.keys()
    taken = take(session, opened, merged, merged.over(opened.typed))
    saved = keep_draft(session, taken, filled.instance)
    changes = SavedChanges(
        saved.seen,
        {name: saved.typed.getlist(name) for name in others},
        {conflict.name: conflict.theirs for conflict in merged.conflicts},
    )
    return _answer(changes, saved.newest)


def _others(session: Session, opened: Opened, filled: Filled) -> frozenset[str]:
    """Return the inputs that were changed after the page was sent out."""
    changed = opened.changed_after(filled)
    base = opened.newest if filled.base_revision is None else filled.base_revision
    if base >= opened.newest:
        return frozenset(name for name in changed if is_typed(opened.definition, name))
    old = revision_typed(session, opened.link, opened.definition, base)
    return moved(opened.definition, asked_language(), old, opened.typed)


def _answer(saved: SavedChanges, base_revision: int) -> Response:
    time = local(current_moment()).strftime("%H:%M")
    return jsonify(
        said=_("Saved at %(time)s", time=time),
        number=saved.number,
        base=base_revision,
        others=saved.others,
        conflicts=saved.conflicts,
    )
