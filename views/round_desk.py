"""Rounds on the board: adding one to a campaign, changing it, removing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.campaign import CLOSED, PUBLIC, THRESHOLD
from models.database import reading, transaction
from models.problems import Problem
from services import campaign_desk as desk
from services import rounds
from services.campaign_desk import CampaignFacts
from services.campaigns import find_campaign
from services.rounds import PlannedRound, RoundFacts
from services.seen import Meanwhile
from views.access import account_name
from views.board import KINDS
from views.campaign_desk import reserved_fault
from views.entries import Entry, Typed, read_entries, shown_entries, summary
from views.errors import sentence
from views.filling import current_moment
from views.language import interface_language
from views.meanwhile import compared, mark_for, seen_mark

round_desk = Blueprint("round_desk", __name__, url_prefix="/chuyen-de/<campaign_code>/dot-bao-cao")

Page = str | Response | tuple[str, int]
NEW_ENTRIES = (
    Entry(
        "code",
        _("Code"),
        "code",
        needed=True,
        hint=_("It stands in addresses and cannot be changed later, for example dot1."),
    ),
    Entry(
        "kind",
        _("Kind"),
        "choice",
        needed=True,
        hint=_("It cannot be changed later."),
    ),
)
ENTRIES = (
    Entry("title", _("Title"), needed=True),
    Entry("form_definition_id", _("Form"), "choice", needed=True),
    Entry(
        "opens_at",
        _("Opens"),
        "moment",
        start=True,
        hint=_("Nothing is taken before. Blank: open as soon as there are links."),
    ),
    Entry("due_at", _("Due"), "moment", hint=_("Without a time, the end of the day.")),
    Entry(
        "closes_at",
        _("Closes"),
        "moment",
        hint=_("Afterwards nothing is taken. Blank: late reports are taken without end."),
    ),
    Entry("late_allowed", _("Take late reports until the round closes"), "tick"),
    Entry(
        "threshold",
        _("Smallest group that is shown"),
        "number",
        needed=True,
        low=3,
        high=1000,
        hint=_("Public rounds: counts of fewer feedbacks are hidden."),
    ),
)
DATE_SENTENCES = {
    "past": _("This moment has passed. Leave it blank to open the round at once."),
    "before_opening": _("The deadline is before the opening."),
    "before_due": _("The round closes before its deadline."),
}
# The field beside which a refusal is told.
FIELD_OF_PROBLEM = {
    "round_code_taken": "code",
    "round_opened": "opens_at",
    "round_due_earlier": "due_at",
    "round_form_fixed": "form_definition_id",
    "round_threshold_fixed": "threshold",
    "form_not_anonymous": "form_definition_id",
    "form_errors": "form_definition_id",
}


@round_desk.route("/moi", methods=["GET", "POST"])
def create(campaign_code: str) -> Page:
    """Add a round to a campaign."""
    with reading() as session:
        campaign, choices = _campaign(session, campaign_code), _choices(session)
    if request.method == "GET":
        begun = {"kind": CLOSED, "late_allowed": True, "threshold": THRESHOLD}
        return _create_page(campaign, choices, shown_entries((*NEW_ENTRIES, *ENTRIES), begun))
    typed = read_entries((*NEW_ENTRIES, *ENTRIES), choices)
    if "code" not in typed.faults:
        typed = typed.wrong(code=reserved_fault(typed.text("code")))
    if typed.faults:
        return _create_page(campaign, choices, typed), 422
    facts, now = _facts(typed), current_moment()
    typed = _with_date_faults(typed, facts, None)
    if typed.faults:
        return _create_page(campaign, choices, typed), 422
    try:
        with transaction() as session:
            rounds.add(session, campaign_code, facts, account_name(), now)
    except Problem as problem:
        return _create_page(campaign, choices, _told(typed, problem)), problem.status
    return _done(campaign_code, gettext("The round was added."))


def _create_page(campaign: CampaignFacts, choices: Mapping[str, Any], typed: Typed) -> str:
    return render_template(
        "desk/create_round.html",
        campaign=campaign,
        entries=(*NEW_ENTRIES, *ENTRIES),
        typed=typed,
        choices=choices,
        faults=summary((*NEW_ENTRIES, *ENTRIES), typed),
    )


@round_desk.route("/<round_code>/sua", methods=["GET", "POST"])
def change(campaign_code: str, round_code: str) -> Page:
    """Change a round."""
    with reading() as session:
        campaign, choices = _campaign(session, campaign_code), _choices(session)
        planned = rounds.planned_round(session, campaign_code, round_code)
    if request.method == "GET":
        return _change_page(campaign, planned, choices, shown_entries(ENTRIES, _values(planned)))
    typed = read_entries(ENTRIES, choices)
    if not typed.faults:
        typed = _with_date_faults(typed, _facts(typed, planned), planned)
    if typed.faults:
        return _change_page(campaign, planned, choices, typed), 422
    try:
        with transaction() as session:
            facts = _facts(typed, planned)
            now = current_moment()
            rounds.change(session, campaign_code, facts, account_name(), now, seen_mark())
    except Meanwhile as problem:
        return _changed_page(campaign_code, round_code, typed), problem.status
    except Problem as problem:
        page = _change_page(campaign, planned, choices, _told(typed, problem))
        return page, problem.status
    return _done(campaign_code, gettext("The round was changed."))


def _change_page(
    campaign: CampaignFacts, planned: PlannedRound, choices: Mapping[str, Any], typed: Typed
) -> str:
    return render_template(
        "desk/change_round.html",
        campaign=campaign,
        planned=planned,
        round=planned.facts,
        is_opened=is_opened(planned, current_moment()),
        kinds=KINDS,
        entries=ENTRIES,
        typed=typed,
        choices=choices,
        faults=summary(ENTRIES, typed),
        mark=mark_for(planned.facts, typed),
    )


def _changed_page(campaign_code: str, round_code: str, typed: Typed) -> str:
    """Draw what was typed beside what somebody else has stored meanwhile."""
    with reading() as session:
        campaign, choices = _campaign(session, campaign_code), _choices(session)
        stored = rounds.planned_round(session, campaign_code, round_code)
    told = compared(ENTRIES, typed, _values(stored), choices)
    return _change_page(campaign, stored, choices, told)


@round_desk.route("/<round_code>/bo", methods=["GET", "POST"])
def remove(campaign_code: str, round_code: str) -> Page:
    """Ask once more, and remove a round to which nothing was sent."""
    with transaction() as session:
        campaign = _campaign(session, campaign_code)
        planned = rounds.planned_round(session, campaign_code, round_code)
        if request.method == "GET" or not planned.removable:
            page = render_template("desk/remove_round.html", campaign=campaign, planned=planned)
            return page if request.method == "GET" else (page, 409)
        rounds.remove(session, campaign_code, round_code, account_name(), current_moment())
    return _done(campaign_code, gettext("The round was removed."))


def _done(campaign_code: str, told: str) -> Response:
    flash(told, "success")
    return redirect(url_for("campaign_desk.show", campaign_code=campaign_code), 303)


# --- what is typed --------------------------------------------------------------------------------


def _campaign(session: Session, campaign_code: str) -> CampaignFacts:
    return desk.facts_of(find_campaign(session, campaign_code))


def _choices(session: Session) -> Mapping[str, Mapping[str, Any]]:
    language = interface_language()
    forms = rounds.askable_forms(session)
    return {
        "kind": KINDS,
        "form_definition_id": {
            str(id_): title.text(language) or name for id_, (name, title) in forms.items()
        },
    }


def _values(planned: PlannedRound) -> dict[str, Any]:
    return {name: value for name, value in asdict(planned.facts).items() if value is not None}


def _facts(typed: Typed, planned: PlannedRound | None = None) -> RoundFacts:
    """Return what is said of a round now; one that there is keeps its code and its kind."""
    said = {part.name: typed.values.get(part.name) for part in fields(RoundFacts)}
    kept = {"code": planned.facts.code, "kind": planned.facts.kind} if planned else {}
    form = int(typed.values["form_definition_id"])
    facts: dict[str, Any] = {**said, **kept, "form_definition_id": form}
    if facts["kind"] == PUBLIC:
        # Feedback is never late: a public round has one end.
        facts["closes_at"] = facts["closes_at"] or facts["due_at"]
    return RoundFacts(**facts)


def _with_date_faults(typed: Typed, facts: RoundFacts, planned: PlannedRound | None) -> Typed:
    """Tell what is wrong with the dates; that an opening has passed, the service tells."""
    now = current_moment()
    faults = dict(rounds.date_faults(facts, planned.facts if planned else None, now))
    if is_opened(planned, now):
        faults.pop("opens_at", None)
    return typed.wrong(**{name: str(DATE_SENTENCES[code]) for name, code in faults.items()})


def is_opened(planned: PlannedRound | None, now: datetime) -> bool:
    """Tell whether the rates of a round are counted already."""
    return planned is not None and planned.opened is not None and planned.opened <= now


def _told(typed: Typed, problem: Problem) -> Typed:
    """Tell a refusal beside the field that it is about."""
    return typed.wrong(**{FIELD_OF_PROBLEM.get(problem.code, "title"): sentence(problem)})
