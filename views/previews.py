"""Trying a form out: drawn as respondents will see it, answered by nobody, stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import escape
from werkzeug.wrappers import Response

from forms.answers import Typed
from forms.reading import Around, Reading, first_typed, oddities, read
from forms.survey import FILES
from forms.tree import Definition
from language.dates import wall_clock
from models.campaign import PUBLIC
from models.database import reading
from services import definitions, uploads, versions
from views.applications import allow_frames
from views.filling import (
    add_instance,
    current_moment,
    error_summary,
    is_action,
    page_state,
    read_request,
    without_instance,
)
from views.form_page import FormPage
from views.language import DEFAULT_LANGUAGE, LANGUAGES, interface_language
from views.opening import CODE_QUESTION, NAME_QUESTION
from views.prepared import Prepared, prepare

previews = Blueprint("previews", __name__, url_prefix="/bieu-mau")

TOKEN = "csrf_token"  # noqa: S105 - the name of an input


@dataclass(frozen=True, slots=True)
class Preview:
    """A form to be tried out, and the arguments of the address it has on the board."""

    definition: Definition
    form: int | None = None
    number: int | None = None
    upload_id: int | None = None
    is_public: bool = False

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the addresses of this form."""
        if self.upload_id is not None:
            return {"upload_id": self.upload_id}
        return {"form_id": self.form or 0, "number": self.number or 0}

    def address(self, endpoint: str, **more: Any) -> str:
        """Return the address of one of the pages about this form."""
        kind = "upload" if self.upload_id is not None else "version"
        return url_for(f"previews.{endpoint}_{kind}", **self.arguments, **more)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the form in which people can be asked; the main one first."""
        spoken = tuple(code for code in self.definition.languages if code in LANGUAGES)
        return spoken or (DEFAULT_LANGUAGE,)


def of_version(form_id: int, number: int) -> Preview:
    """Return a published version. Raises Problem `form_unknown`."""
    with reading() as session:
        form = versions.find_form(session, form_id, current_moment())
        version = form.version(number)
        definition = definitions.definition(session, version.digest)
    is_public = any(asked.kind == PUBLIC for asked in form.rounds)
    return Preview(definition, form=form_id, number=number, is_public=is_public)


def of_upload(upload_id: int) -> Preview:
    """Return a form that is not published yet. Raises Problem `form_errors` when it has errors."""
    with reading() as session:
        found = uploads.find(session, upload_id)
        definition = uploads.compiled(found).definition
        rounds = uploads.destination(session, definition).rounds
    is_public = any(asked.kind == PUBLIC for asked in rounds)
    return Preview(definition, upload_id=upload_id, is_public=is_public)


# --- pages ----------------------------------------------------------------------------------------


@previews.get("/<int:form_id>/<int:number>/xem-thu")
def preview_version(form_id: int, number: int) -> str:
    """Show a version on a phone and on a wide screen, side by side."""
    return _page(of_version(form_id, number))


@previews.get("/tai-len/<int:upload_id>/xem-thu")
def preview_upload(upload_id: int) -> str:
    """Show a form that is not published yet on a phone and on a wide screen, side by side."""
    return _page(of_upload(upload_id))


@previews.route("/<int:form_id>/<int:number>/xem-thu/trang", methods=["GET", "POST"])
def try_version(form_id: int, number: int) -> Response:
    """Draw a version to be tried out; what is sent is checked and thrown away."""
    return _frame(of_version(form_id, number))


@previews.route("/tai-len/<int:upload_id>/xem-thu/trang", methods=["GET", "POST"])
def try_upload(upload_id: int) -> Response:
    """Draw a form that is not published yet to be tried out; nothing that is sent is stored."""
    return _frame(of_upload(upload_id))


def _page(preview: Preview) -> str:
    allow_frames(request.environ, "frame_src")
    language = _language(preview)
    return render_template(
        "forms/preview.html",
        preview=preview,
        shown=language,
        frame=preview.address("try", **{"in": language}),
        title=preview.definition.title.text(interface_language()),
    )


def _language(preview: Preview) -> str:
    """Return the language that `?in=` asks for: that of the form, not that of the board."""
    asked = request.args.get("in", "")
    return asked if asked in preview.languages else preview.languages[0]


# --- the form itself ------------------------------------------------------------------------------


def _frame(preview: Preview) -> Response:
    allow_frames(request.environ, "frame_ancestors")
    if request.method == "POST":
        return _tried(preview)
    return _drawn(preview, first_typed(preview.definition, _around(preview, Typed())))


def _tried(preview: Preview) -> Response:
    """Read what was typed, as a real page does; give a repeat more or fewer instances."""
    filled = read_request()
    if not is_action(preview.definition, filled.action):
        abort(400)
    verb, _sep, target = filled.action.partition(":")
    typed = Typed({name: texts for name, texts in filled.typed.items() if name != TOKEN})
    if verb == "remove":
        typed = without_instance(typed, target)
    return _drawn(preview, typed, sent=verb == "submit", more=target if verb == "add" else "")


def _drawn(preview: Preview, typed: Typed, *, sent: bool = False, more: str = "") -> Response:
    definition, language = preview.definition, _language(preview)
    understood = read(definition, typed, _around(preview, typed))
    typed = Typed({**typed, **understood.written})
    errors = list(understood.errors.values()) if sent else []
    with force_locale(language):
        texts = _texts(preview, language, _notice(sent, definition, understood, language))
    state = page_state(
        understood,
        typed,
        language,
        texts,
        errors={error.name: error.message for error in errors},
    )
    if more:
        add_instance(state, understood, more)
    page = _prepared(definition, language, preview.is_public).fill(state)
    return Response(page, 422 if errors else 200, mimetype="text/html")


def _around(preview: Preview, typed: Typed) -> Around:
    """Return what a reading knows; a file is as good as its name, and the unit is an example."""
    language = _language(preview)
    with force_locale(language):
        unit = {CODE_QUESTION: _("Code of the unit"), NAME_QUESTION: _("Name of the unit")}
    # A file is sent as its name, and stands for the id that a kept one has: without a space.
    files = {
        question.name: " ".join(text.replace(" ", "_") for text in typed.getlist(question.name))
        for question in preview.definition.questions
        if question.type in FILES
    }
    return Around(
        language=language,
        now=wall_clock(current_moment()),
        given={**{name: text for name, text in files.items() if text}, **unit},
        username=unit[CODE_QUESTION],
    )


def _notice(sent: bool, definition: Definition, understood: Reading, language: str) -> str:
    if not sent:
        return ""
    if understood.valid:
        return render_template("forms/tried.html", oddities=oddities(understood))
    links = error_summary(list(understood.errors.values()), understood, language)
    return render_template("form/summary.html", links=links)


def _texts(preview: Preview, language: str, notice: str) -> dict[str, str]:
    action = preview.address("try", **{"in": language})
    return {
        "notice": notice,
        "action": str(escape(action)),
        "token": str(escape(generate_csrf())),
    }


@lru_cache(maxsize=64)
def _prepared(definition: Definition, language: str, is_public: bool) -> Prepared:
    page = FormPage(definition, language, definition.children, warns=not is_public)
    return prepare("forms/preview_frame.html", page, is_public=is_public)
