"""A unit collects from the units below it, through its own link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from exports.oddities import label_of
from forms.answers import Typed, typed_of
from forms.explanations import LONGEST_EXPLANATION
from language.text import clean_lines, forbidden_character
from models.database import reading, transaction
from models.problems import Problem
from services import collecting as acts
from services.collecting import Sum
from services.reporting import open_link
from services.states import State
from views.codes import public_address
from views.filling import current_moment, new_instance, today
from views.language import asked_language, keep_language
from views.opening import (
    Opened,
    assigned,
    hold_form,
    open_form,
    sum_text,
    understand,
)
from views.report import show_answer
from views.settling import keep_draft
from views.unit import keep_private
from views.unit_pages import shut_page

collecting = Blueprint("collecting", __name__)
collecting.after_request(keep_private)
collecting.url_defaults(keep_language)

Page = str | Response | tuple[str, int]
REASON = "reason-"
# Whoever is not asked any more sees no links of others.
NO_LONGER = frozenset({"campaign_archived", "unit_withdrawn"})
STATES: Mapping[State, LazyString] = {
    "on_time": lazy_gettext("Sent on time"),
    "late": lazy_gettext("Sent late"),
    "drafting": lazy_gettext("Being written"),
    "not_opened": lazy_gettext("Not opened"),
    "missing": lazy_gettext("Not sent"),
}


@collecting.get("/<unit_code:code>/cap-duoi")
def show_children(code: str) -> Page:
    """Show the units below: how far each is, its link, and the sums of what they have sent."""
    with reading() as session:
        now = current_moment()
        opened = open_form(session, code)
        timing = opened.link.timing(now)
        if timing.problem in NO_LONGER:
            return shut_page(opened)
        found = acts.children(session, opened.link, now, today(now))
        sums = acts.collect(session, opened.link, opened.definition)
    return render_template(
        "unit/children.html",
        link=opened.link,
        children=found,
        states=STATES,
        sums=[_shown(opened, one) for one in sums],
        may_ask=timing.problem in acts.BEFORE_OPENING,
        is_open=timing.is_open and opened.link.stage != "accepted",
        address=public_address,
    )


def _shown(opened: Opened, one: Sum) -> tuple[Sum, str, str, str, bool]:
    """Return a sum with its question, the sum and the own answer as people read them.

    And whether it would be taken over, unless somebody says otherwise: where nothing is typed.
    """
    question, language = opened.definition.question(one.question), asked_language()
    own = opened.typed.first(one.question)
    total = show_answer(question, one.value, language)
    return one, label_of(opened.definition, one.question, language), total, own, not own


@collecting.post("/<unit_code:code>/cap-duoi/mo-dot")
def ask_children(code: str) -> Response:
    """Open the round for the units below."""
    with transaction() as session:
        now = current_moment()
        link = open_link(session, code, now)
        unit = link.unit.name if link.unit else ""
        reason = _("%(unit)s asks the units below it.", unit=unit)
        acts.ask_children(session, link, reason, now, today(now))
    return redirect(url_for("collecting.show_children", code=code), 303)


@collecting.post("/<unit_code:code>/cap-duoi/tong-hop")
def take_over(code: str) -> Page:
    """Write the chosen sums into the draft, to be looked at and changed."""
    with transaction() as session:
        opened = hold_form(session, code)
        if not opened.link.is_open(current_moment()):
            return shut_page(opened)
        if opened.link.stage == "accepted":
            raise Problem("report_accepted", board=opened.link.campaign.board_name)
        chosen = set(request.form.getlist("use"))
        sums = acts.collect(session, opened.link, opened.definition)
        taken = [one for one in sums if one.question in chosen]
        acts.take_over(session, assigned(opened.link), taken, current_moment())
        _write(session, opened, taken)
    return redirect(url_for("unit.overview", code=code), 303)


def _write(session: Session, opened: Opened, taken: list[Sum]) -> None:
    data = {one.question: one.value for one in taken}
    texts = typed_of(opened.definition, data, asked_language())
    typed = Typed({**opened.typed, **texts})
    written = understand(
        session,
        opened.link,
        opened.definition,
        typed,
        opened.base_revision,
        opened.saved_at,
        opened.typed,
    )
    kept = replace(written, newest=opened.newest, draft=opened.draft, stood=opened.typed)
    keep_draft(session, kept, new_instance())


@collecting.route("/<unit_code:code>/cap-duoi/ly-do", methods=["GET", "POST"])
def explain_sums(code: str) -> Page:
    """Ask why the report says something else than the sums that were taken over."""
    with transaction() as session:
        opened = hold_form(session, code)
        if request.method == "GET":
            given = {one.question: one.reason for one in opened.differing}
            return _reasons_page(opened, given, {})
        given = {
            one.question: clean_lines(request.form.get(REASON + one.question, ""))
            for one in opened.differing
        }
        faults = {name: fault for name, text in given.items() if (fault := _fault(text))}
        if faults:
            return _reasons_page(opened, given, faults), 422
        acts.explain(session, assigned(opened.link), given)
    return redirect(url_for("unit.review", code=code), 303)


def _fault(text: str) -> str:
    if not text:
        return _("Please say why.")
    if forbidden_character(text):
        return _("There is a sign in it that cannot be kept.")
    if len(text) > LONGEST_EXPLANATION:
        return _("It is longer than %(longest)s signs.", longest=LONGEST_EXPLANATION)
    return ""


def _reasons_page(opened: Opened, given: Mapping[str, str], faults: Mapping[str, str]) -> str:
    language = asked_language()
    asked = [
        (
            one.question,
            label_of(opened.definition, one.question, language),
            sum_text(opened, one),
            opened.typed.first(one.question),
        )
        for one in opened.differing
    ]
    return render_template(
        "unit/explain_sums.html",
        link=opened.link,
        asked=asked,
        given=given,
        faults=faults,
        prefix=REASON,
    )
