"""Drafts: a page saves by itself what was typed on it, a few answers at a time.

That happens far more often than anything else, so most savings are done with at the door, in front
of the application.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, request
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.answers import Typed
from forms.merging import is_typed, moved
from forms.tree import Definition
from language.codes import normalise_code
from language.dates import local
from models.database import database, quick_transaction, transaction
from models.problems import Problem
from services import definitions
from services.drafts import Changes, SavedChanges, save_changes
from views.codes import UnitCode
from views.filling import (
    MOST_INPUTS,
    Filled,
    current_moment,
    filled_in,
    of_this_version,
    read_request,
)
from views.language import DEFAULT_LANGUAGE, LANGUAGES, asked_language, keep_language
from views.opening import Opened, hold_form, refusal, revision_typed
from views.settling import keep_draft, settle, take

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

drafts = Blueprint("drafts", __name__)
drafts.url_defaults(keep_language)

# Two megabytes of typing are sent with a button; by itself a page sends what has just changed.
LARGEST_REQUEST_BYTES = 256 * 1024
URL_ENCODED = "application/x-www-form-urlencoded"
PATH = re.compile(f"/({UnitCode.regex})/nhap")
# No cache keeps what a unit typed.
ANSWER_HEADERS = (
    ("Content-Type", "application/json"),
    ("Cache-Control", "private, no-store"),
)


@drafts.post("/<unit_code:code>/nhap")
def save(code: str) -> Response:
    """Keep what was typed on a page since it was saved last; `page-blank` names what was blanked.

    The answer is JSON: what is said of it, the number of the saving and of the newest revision,
    what others have typed since, and what stands in the draft where it was not overwritten.
    """
    if (request.content_length or 0) > LARGEST_REQUEST_BYTES:
        raise Problem("request_too_large")
    filled = read_request()
    with transaction() as session:
        saved, opened = _save_thoroughly(session, code, filled)
    shut = refusal(opened.link, current_moment()) or ""
    return Response(
        _answer(saved, opened.newest, asked_language(), shut), headers=list(ANSWER_HEADERS)
    )


def _save_thoroughly(session: Session, code: str, filled: Filled) -> tuple[SavedChanges, Opened]:
    """Keep the answers as a button does: the first ones, or those of a page that is behind.

    Returns what was done and the form as it is now.
    """
    opened = hold_form(session, code)
    known = _known(opened.definition, of_this_version(session, opened.definition, filled))
    here = replace(filled, typed=known, touched=frozenset(known))
    merged = settle(session, opened, here, known, known.__contains__)
    others = _others(session, opened, filled) - known.keys()
    taken = take(session, opened, merged, merged.over(opened.typed))
    # A page that only asks what has happened begins no draft.
    begun = known or opened.draft
    saved = keep_draft(session, taken, filled.instance) if begun else taken
    changes = SavedChanges(
        saved.seen,
        {name: saved.typed.getlist(name) for name in others},
        {conflict.name: conflict.theirs for conflict in merged.conflicts},
    )
    return changes, saved


def _known(definition: Definition, typed: Typed) -> Typed:
    """Return what people type; what the server fills in and files are left out."""
    return Typed({name: texts for name, texts in typed.items() if is_typed(definition, name)})


def _others(session: Session, opened: Opened, filled: Filled) -> frozenset[str]:
    """Return the inputs that were changed after the page was sent out."""
    changed = opened.changed_after(filled)
    base = opened.newest if filled.base_revision is None else filled.base_revision
    if base >= opened.newest:
        return frozenset(name for name in changed if is_typed(opened.definition, name))
    old = revision_typed(session, opened.link, opened.definition, base)
    return moved(opened.definition, asked_language(), old, opened.typed)


def _answer(saved: SavedChanges, base_revision: int, language: str, shut: str = "") -> bytes:
    time = local(current_moment()).strftime("%H:%M")
    said = {
        "said": _saved_at(language, shut) % {"time": time},
        "shut": shut,
        "number": saved.number,
        "base": base_revision,
        "others": saved.others,
        "conflicts": saved.conflicts,
    }
    return json.dumps(said, ensure_ascii=False).encode()


# What is said of a saving, by the code of what keeps the report from being sent.
SAID = {
    "": _("Saved at %(time)s"),
    "round_closed": _(
        "Draft kept at %(time)s. The round is closed, so it cannot be sent; please contact the"
        " board."
    ),
    "late_refused": _(
        "Draft kept at %(time)s. The deadline has passed, so it cannot be sent; please contact the"
        " board."
    ),
    "report_accepted": _(
        "Draft kept at %(time)s. The report has been accepted, so it cannot be sent again; please"
        " contact the board."
    ),
}


@cache
def _saved_at(language: str, shut: str) -> str:
    with force_locale(language):
        return str(SAID[shut])


# --- at the door ----------------------------------------------------------------------------------


def init_drafts(app: Flask) -> None:
    """Let most savings pass at the door of `app`."""
    app.wsgi_app = QuickSaving(app.wsgi_app, app)  # type: ignore[method-assign]  # as Flask says


class QuickSaving:
    """The layer in front of the application that keeps a few answers in a draft that is there.

    Whatever takes more goes on to the application, as it came.
    """

    def __init__(self, inner: WSGIApplication, app: Flask) -> None:
        self._inner = inner
        self._app = app
        self._engine: Engine | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a saving, or let the application answer."""
        answer = self._answer(environ) if environ["REQUEST_METHOD"] == "POST" else None
        if answer is None:
            return self._inner(environ, start_response)
        start_response("200 OK", [*ANSWER_HEADERS, ("Content-Length", str(len(answer)))])
        return [answer]

    def _answer(self, environ: WSGIEnvironment) -> bytes | None:
        found = PATH.fullmatch(environ["PATH_INFO"])
        filled = _read_quickly(environ) if found else None
        if found is None or filled is None or filled.base_revision is None:
            return None
        saved = self._save(normalise_code(found[1]), filled, filled.base_revision)
        if saved is None:
            return None
        asked = dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("lang")
        language = asked if asked in LANGUAGES else DEFAULT_LANGUAGE
        return _answer(saved, filled.base_revision, language)

    def _save(self, code: str, filled: Filled, base_revision: int) -> SavedChanges | None:
        definition = definitions.at_hand(filled.version)
        if definition is None:
            return None
        known = _known(definition, filled.typed)
        changes = Changes(definition.digest, base_revision, filled.seen, known, filled.instance)
        try:
            with quick_transaction(self._known_engine(), begun=False) as connection:
                return save_changes(connection, code, changes, current_moment())
        except Problem:
            return None  # the application tries again, and says why when it cannot

    def _known_engine(self) -> Engine:
        if self._engine is None:
            with self._app.app_context():
                self._engine = database.engine
                for language in LANGUAGES:
                    _saved_at(language, "")
        return self._engine


def _read_quickly(environ: WSGIEnvironment) -> Filled | None:
    """Return the filled form of a request; None for one that the application has to look at."""
    told = environ.get("CONTENT_LENGTH") or ""
    size = int(told) if told.isdecimal() else 0
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0]
    if kind != URL_ENCODED or not 0 < size <= LARGEST_REQUEST_BYTES:
        return None
    body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = BytesIO(body)
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_INPUTS,
        )
    except ValueError:
        return None
    return filled_in(MultiDict(pairs))
