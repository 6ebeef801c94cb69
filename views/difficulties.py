"""The difficulties desk: the queue of a standing round, and what is done about each difficulty."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms.markup import alone
from forms.tree import Definition
from language.codes import normalise_code
from language.text import clean
from models.campaign import STANDING
from models.database import reading, transaction
from models.difficulty import ANSWERED, CLOSED, FORWARDED, HANDLED, NEW
from models.following import FollowedRound
from models.problems import Problem
from services import definitions, following
from services import difficulties as acts
from services.difficulties import Change, ReportedDifficulty, Wanted
from services.following import FollowedCampaign
from views.access import SEE_CONTACTS, account_name, may
from views.codes import public_address
from views.delivery import deliver_soon
from views.errors import sentence
from views.filling import current_moment
from views.language import interface_language
from views.report import report_sections
from views.round_units import page_address, page_number

difficulties = Blueprint("difficulties", __name__)

Page = str | tuple[str, int] | Response

STATES: Mapping[str, LazyString] = {
    NEW: _("New"),
    HANDLED: _("Being dealt with"),
    FORWARDED: _("Passed on"),
    ANSWERED: _("Answered"),
    CLOSED: _("Closed"),
}
OVERDUE = "overdue"
# So many units have their links below the queue.
MOST_LINKS = 200


def show_desk(session: Session, campaign: FollowedCampaign, asked: FollowedRound) -> str:
    """Show the queue of a standing round: what `?q=`, `?state=`, `?category=`, `?owner=` want."""
    now = current_moment()
    given = {name: clean(request.args.get(name, "")) for name in ("q", "category", "owner")}
    state = request.args.get("state", "")
    wanted = Wanted(
        given["q"],
        state if state in STATES else "",
        given["category"],
        given["owner"],
        overdue=state == OVERDUE,
    )
    definition = definitions.definition(session, asked.form_version_id)
    # The links of units that were withdrawn open nothing.
    followed = following.followed_units(session, asked, now)
    units = [unit for unit in followed if unit.withdrawn_at is None]
    found = following.search_units(units, given["q"])[:MOST_LINKS]
    return render_template(
        "difficulties/show_desk.html",
        campaign=campaign,
        round=asked,
        desk=acts.desk(session, asked.id, wanted, page_number(), now),
        questions=following.shown_questions(definition),
        categories=categories(definition),
        owners=acts.owners(session),
        states=STATES,
        state=state,
        given=given,
        answer_days=acts.answer_days(session, asked.id),
        shown=shown_answer,
        page_address=page_address,
        groups=list(following.by_group(found, campaign.groups)),
    )


def categories(definition: Definition) -> Mapping[str, str]:
    """Return the labels of the categories by name, none when the form has no such question."""
    asked = acts.category_question(definition)
    language = interface_language()
    names = asked.choice_names if asked else ()
    return {name: alone(asked.choice_label(name, language)) for name in names if asked}


def shown_answer(one: ReportedDifficulty, name: str) -> str:
    """Return the beginning of an answer, with the labels of choices."""
    question = next((q for q in one.definition.questions if q.name == name), None)
    answer = one.answers.get(name, "")
    several = answer if isinstance(answer, list) else [answer]
    if question is None:
        return ""
    labels = (question.choice_label(str(part), interface_language()) for part in several)
    return "; ".join(alone(label) for label in labels)


@difficulties.get("/<campaign_code>/<round_code>/<unit_code>/xu-ly/<receipt>")
def show_difficulty(campaign_code: str, round_code: str, unit_code: str, receipt: str) -> str:
    """Show a difficulty, what is done about it, and the form to do more."""
    with reading() as session:
        return _page(session, campaign_code, round_code, unit_code, receipt)


@difficulties.post("/<campaign_code>/<round_code>/<unit_code>/xu-ly/<receipt>")
def handle_difficulty(campaign_code: str, round_code: str, unit_code: str, receipt: str) -> Page:
    """Note what is done about a difficulty, and tell the unit when there is an answer."""
    form = request.form
    change = Change(*(form.get(n, "") for n in ("state", "category", "owner", "note", "answer")))
    now = current_moment()
    with transaction() as session:
        _, asked, one = _find(session, campaign_code, round_code, unit_code, receipt)
        unit = following.find_unit(session, asked, unit_code, now)
        address = public_address(unit.link_code) if unit.link_code else ""
        try:
            letter = acts.handle(session, one, change, address, account_name(), now)
        except Problem as problem:
            if problem.code != "difficulty_invalid":
                raise
            page = _page(
                session, campaign_code, round_code, unit_code, receipt, change, sentence(problem)
            )
            return page, problem.status
    if letter is not None:
        deliver_soon(letter)
    told = gettext("The answer was sent to the unit.") if letter else gettext("This was noted.")
    flash(told, "success")
    return redirect(
        url_for(
            "difficulties.show_difficulty",
            campaign_code=campaign_code,
            round_code=round_code,
            unit_code=unit_code,
            receipt=receipt,
        ),
        303,
    )


def _page(
    session: Session,
    campaign_code: str,
    round_code: str,
    unit_code: str,
    receipt: str,
    typed: Change | None = None,
    problem: str = "",
) -> str:
    campaign, asked, one = _find(session, campaign_code, round_code, unit_code, receipt)
    kept = one.handling
    return render_template(
        "difficulties/show_difficulty.html",
        campaign=campaign,
        round=asked,
        one=one,
        typed=typed or Change(kept.state, kept.category, kept.owner, kept.note, kept.answer),
        problem=problem,
        states=STATES,
        categories=categories(one.definition),
        owners=acts.owners(session),
        answer_days=acts.answer_days(session, asked.id),
        longest=acts.LONGEST_ANSWER,
        report=report_sections(
            one.definition, one.answers, interface_language(), contacts=may(SEE_CONTACTS)
        ),
    )


def _find(
    session: Session, campaign_code: str, round_code: str, unit_code: str, receipt: str
) -> tuple[FollowedCampaign, FollowedRound, ReportedDifficulty]:
    campaign = following.find_campaign(session, campaign_code)
    asked = following.find_round(campaign, round_code)
    if asked.kind != STANDING:
        raise Problem("receipt_unknown")
    one = acts.find(session, asked.id, normalise_code(receipt), current_moment())
    if one.unit_code != unit_code:
        raise Problem("receipt_unknown")
    return campaign, asked, one
