"""Participants: a public link opens a page of questions; the answers are kept, nothing else is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from markupsafe import escape
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as HttpResponse

from forms.answers import Typed
from forms.reading import AnswerError, Around, Reading, first_typed, read
from forms.tree import Definition
from language.dates import wall_clock
from models.database import quick_transaction, reading
from models.problems import Problem
from models.queries import find_link
from services import cards, definitions, feedback, materials, reporting
from services.reporting import OpenLink, refusal_details
from views.blank_pages import KNOWN_SECONDS, PAGE_HEADERS, BlankPage, BlankPages
from views.filling import (
    Filled,
    add_instance,
    appeared,
    current_moment,
    error_summary,
    is_action,
    more_questions,
    new_instance,
    of_this_version,
    page_state,
    read_request,
    today,
    typed_wrong,
    unseen_input,
    without_instance,
)
from views.form_page import FormPage, mark
from views.language import DEFAULT_LANGUAGE, LANGUAGES, asked_language
from views.prepared import Prepared, prepare
from views.report import report_sections

participant = Blueprint("participant", __name__)

# Ten answers and a comment of 500 characters are under 4 KB.
LARGEST_REQUEST_BYTES = 64 * 1024
_INSTANCE = "\x00instance\x00"


# How a link is found: one that opens, or one that did.
Opening = Callable[[Session, str, datetime], OpenLink]


@dataclass(frozen=True, slots=True)
class PublicForm:
    """What a public link opens, or a card for it."""

    link: OpenLink
    definition: Definition
    card: str = ""

    @property
    def code(self) -> str:
        """Return the code by which the form was opened."""
        return self.card or self.link.code


@participant.get("/<public_code:code>")
def form(code: str) -> HttpResponse:
    """Show the form, every question blank."""
    opened = _open(code)
    if opened.link.cards_only and not opened.card:
        return _page(render_template("participant/card_needed.html", link=opened.link).encode())
    # Cards are many, and each is opened once.
    draw = _draw_blank_page if opened.card else _blank_page
    page = draw(
        opened.definition,
        code,
        opened.link.campaign.board_name,
        asked_language(),
        today(current_moment()),
    )
    if request.full_path == f"/{code}?" and not opened.card:
        _blank_pages().keep(request.path, page)
    return _page(page.plain(new_instance().encode()))


@participant.post("/<public_code:code>")
def send(code: str) -> HttpResponse:
    """Keep one feedback, once; show the form again when an answer is missing or wrong.

    When the round has closed or the link was revoked, what was typed is shown and not kept.
    """
    if (request.content_length or 0) > LARGEST_REQUEST_BYTES:
        raise Problem("request_too_large")
    filled = read_request()
    try:
        opened = _find(code)
    except Problem as problem:
        return _shut_page(_former(code, problem), filled, problem)
    if filled.action == "save" or not is_action(opened.definition, filled.action):
        abort(400)
    now = current_moment()
    typed = _of_this_version(opened, filled)
    around = Around(asked_language(), wall_clock(now))
    is_open = opened.link.is_open(now)
    if is_open and filled.action != "submit":
        return _page(_changed_page(opened, typed, around, filled).encode())
    understood = read(opened.definition, typed, around)
    if is_open and not understood.valid:
        return _page(_checked_page(opened, filled, typed, understood).encode(), 422)
    try:
        if not (is_open and _keep(opened, filled, understood, now)):
            _explain(opened, filled, now)
    except Problem as problem:
        return _shut_page(opened, filled, problem)
    return Response(status=303, headers=[("Location", _thanks_address(code, asked_language()))])


def _keep(opened: PublicForm, filled: Filled, understood: Reading, now: datetime) -> bool:
    """Store the answers; tell whether they were stored now."""
    with quick_transaction() as connection:
        return feedback.send(
            connection,
            opened.link,
            opened.link.form_version_id,
            understood.answers().canonical(),
            filled.instance or None,
            now,
            opened.card,
        )


def _explain(opened: PublicForm, filled: Filled, now: datetime) -> None:
    """Raise the Problem that kept the answers from being stored, unless they were before."""
    with reading() as session:
        feedback.explain(session, opened.link, filled.instance or None, now, opened.card)


def refusal(link: OpenLink) -> Problem:
    """Return why nothing may be sent through a link now."""
    code = link.timing(current_moment()).problem or "round_closed"
    return Problem(code, **refusal_details(link))


def _of_this_version(opened: PublicForm, filled: Filled) -> Typed:
    if filled.version in ("", opened.definition.digest):
        return filled.typed
    with reading() as session:
        return of_this_version(session, opened.definition, filled)


@lru_cache(maxsize=1024)
def _thanks_address(code: str, language: str) -> str:
    return url_for("participant.thanks", code=code, **_language_argument(language))


@participant.get("/<public_code:code>/cam-on")
def thanks(code: str) -> str:
    """Thank the participant."""
    opened = _find(code)
    with reading() as session:
        offered = materials.offered(session, opened.link.campaign.code)
    return render_template("participant/thanks.html", opened=opened, materials=offered)


# --- what a link opens ----------------------------------------------------------------------------


def init_participant(app: Flask) -> None:
    """Put the blank forms in front of `app`."""
    pages = BlankPages(app.wsgi_app, new_instance)
    app.extensions["blank_pages"] = pages
    app.extensions["public_forms"] = {}
    app.wsgi_app = pages  # type: ignore[method-assign]  # Flask's own way to add a layer


def _blank_pages() -> BlankPages:
    pages: BlankPages = current_app.extensions["blank_pages"]
    return pages


def _open(code: str) -> PublicForm:
    """Return what a link opens.

    Raises Problem when it is unknown, revoked or closed, or a card that has been used.
    """
    opened = _find(code)
    if opened.card and _is_used(opened.card):
        raise Problem("card_used", board=opened.link.campaign.board_name)
    if not opened.link.is_open(current_moment()):
        raise refusal(opened.link)
    return opened


def _find(code: str) -> PublicForm:
    """Return what a link opens, also in a closed round. Raises Problem."""
    known: dict[str, tuple[float, PublicForm]] = current_app.extensions["public_forms"]
    until, opened = known.get(code, (0.0, None))
    if opened is None or until < time.monotonic():
        opened = _look_up(code)
        if not opened.card:
            known[code] = (time.monotonic() + KNOWN_SECONDS, opened)
    return opened


def _look_up(code: str, opening: Opening = reporting.open_link) -> PublicForm:
    """Return what a code opens: that of a link, or of a card. Raises Problem."""
    with reading() as session:
        card = cards.find(session, code) if find_link(session, code) is None else None
        link = opening(session, card.link_code if card else code, current_moment())
        definition = definitions.definition(session, link.form_version_id)
        return PublicForm(link, definition, card.code if card else "")


def _is_used(card: str) -> bool:
    with reading() as session:
        found = cards.find(session, card)
    return found is not None and found.used


# --- drawing --------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _prepared(definition: Definition, language: str) -> Prepared:
    page = FormPage(definition, language, definition.children)
    return prepare(
        "participant/form.html",
        page,
        address_in=lambda other: mark("page", f"address_{other}"),
    )


def _draw_blank_page(
    definition: Definition, code: str, board: str, language: str, day: date
) -> BlankPage:
    """Return the page as it is first opened on a day, but for its instance."""
    typed, understood = _blank(definition, language, day)
    state = page_state(understood, typed, language, _page_texts(code, board, language, _INSTANCE))
    before, after = _prepared(definition, language).fill(state).split(_INSTANCE)
    return BlankPage(before.encode(), after.encode())


_blank_page = lru_cache(maxsize=1024)(_draw_blank_page)


def _changed_page(opened: PublicForm, typed: Typed, around: Around, filled: Filled) -> str:
    """Draw the page with one instance of a repeat more or less, for who has no script."""
    verb, _, target = filled.action.partition(":")
    if verb == "remove":
        typed = without_instance(typed, target)
    understood = read(opened.definition, typed, around)
    instance = str(escape(filled.instance or new_instance()))
    texts = _page_texts(opened.code, opened.link.campaign.board_name, around.language, instance)
    state = page_state(understood, typed, around.language, texts)
    if verb == "add":
        add_instance(state, understood, target)
    return _prepared(opened.definition, around.language).fill(state)


@lru_cache(maxsize=64)
def _blank(definition: Definition, language: str, day: date) -> tuple[Typed, Reading]:
    """Return what stands in a form that is first opened on a day, and what is understood of it."""
    around = Around(language, datetime.combine(day, datetime.min.time()))
    typed = first_typed(definition, around)
    return typed, read(definition, typed, around)


def _checked_page(opened: PublicForm, filled: Filled, typed: Typed, understood: Reading) -> str:
    """Return the page with what is wrong or missing.

    Without a script a question appears only here. Whoever has not seen it is asked to answer it,
    and not told that it should have been answered.
    """
    language = asked_language()
    definition = opened.definition
    new = _appeared(definition, filled, understood)
    errors = [
        error
        for name, error in understood.errors.items()
        if error.kind != "required" or name not in new
    ]
    board = opened.link.campaign.board_name
    instance = str(escape(filled.instance or new_instance()))
    texts = _page_texts(opened.code, board, language, instance)
    texts["summary"] = _notices(understood, errors, new)
    texts["unseen"] = unseen_input(understood.hidden)
    state = page_state(
        understood, typed, language, texts, errors={error.name: error.message for error in errors}
    )
    return _prepared(definition, language).fill(state)


def _appeared(definition: Definition, filled: Filled, understood: Reading) -> list[str]:
    """Return the inputs, in order, that the page which was sent had hidden and this one shows."""
    unseen = filled.unseen
    if unseen is None:
        day = today(current_moment())
        unseen = frozenset(_blank(definition, asked_language(), day)[1].hidden)
    return appeared(definition, unseen, understood)


def _notices(understood: Reading, errors: list[AnswerError], new: list[str]) -> str:
    """Return what stands above the form: what is wrong, then what else is asked."""
    language = asked_language()
    notices = []
    if errors:
        links = error_summary(errors, understood, language)
        notices.append(render_template("form/summary.html", links=links))
    if new:
        notices.append(more_questions(understood, new, language, first=not errors))
    return "".join(notices)


def _former(code: str, problem: Problem) -> PublicForm:
    """Return what a revoked link opened. Raises any other problem."""
    if problem.code != "link_revoked":
        raise problem
    return _look_up(code, reporting.former_link)


# Why nothing is taken although the page was good when it was opened.
SHUT = frozenset(
    {
        "campaign_archived",
        "card_needed",
        "card_used",
        "late_refused",
        "link_revoked",
        "round_closed",
        "round_not_open",
    }
)


def _shut_page(opened: PublicForm, filled: Filled, problem: Problem) -> HttpResponse:
    """Show what was typed and cannot be kept, and why. Raises a problem that is another one."""
    if problem.code not in SHUT:
        raise problem
    language = asked_language()
    typed = _of_this_version(opened, filled)
    understood = read(opened.definition, typed, Around(language, wall_clock(current_moment())))
    page = render_template(
        "participant/closed.html",
        opened=opened,
        problem=problem.code,
        report=report_sections(opened.definition, understood.data(), language, contacts=True),
        wrong=typed_wrong(understood, typed, language),
    )
    return _page(page.encode(), problem.status)


def _page_texts(code: str, board: str, language: str, instance: str) -> dict[str, str]:
    action = url_for("participant.form", code=code, **_language_argument(language))
    return {
        "board": str(escape(board)),
        "action": str(escape(action)),
        "instance": instance,
        "code": code,
        "waiting": str(escape(url_for("offline.waiting"))),
        "summary": "",
        "unseen": "",
        **{
            f"address_{other}": str(escape(url_for("participant.form", code=code, lang=other)))
            for other in LANGUAGES
        },
    }


def _language_argument(language: str) -> dict[str, Any]:
    return {} if language == DEFAULT_LANGUAGE else {"lang": language}


def _page(body: bytes, status: int = 200) -> HttpResponse:
    return Response(body, status, headers=list(PAGE_HEADERS))
