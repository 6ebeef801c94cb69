"""Comments of participants: officers let others read them, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms.markup import alone
from models.campaign import PUBLIC
from models.database import reading, transaction
from models.feedback import APPROVED, HIDDEN, NEW
from models.following import FollowedRound
from models.problems import Problem
from services import comments as reviewed
from services import definitions, following
from services.comments import ShownComment
from services.following import FollowedCampaign
from views.access import account_name, may
from views.filling import current_moment
from views.language import interface_language
from views.round_units import page_number

comments = Blueprint("comments", __name__)

STATES: Mapping[str, LazyString] = {
    NEW: _("To be reviewed"),
    APPROVED: _("Others may read it"),
    HIDDEN: _("Kept back"),
}


@comments.get("/<campaign_code>/<round_code>/gop-y")
def list_comments(campaign_code: str, round_code: str) -> str:
    """Show the comments in `?state=`; viewers see those that others may read."""
    asked_state = request.args.get("state", NEW)
    state = asked_state if may("officer") and asked_state in STATES else APPROVED
    with reading() as session:
        campaign, asked = _public_round(session, campaign_code, round_code)
        page = reviewed.list_comments(session, asked.id, state, page_number())
        counts = reviewed.count_comments(session, asked.id)
        definition = definitions.definition(session, asked.form_version_id)
    labels = {
        question.name: alone(question.labels.text(interface_language()))
        for question in definition.questions
    }
    return render_template(
        "comments/list_comments.html",
        campaign=campaign,
        round=asked,
        page=page,
        questions=by_question(page.comments, labels),
        counts=counts,
        state=state,
        states=STATES,
    )


def by_question(
    found: Sequence[ShownComment], labels: Mapping[str, str]
) -> Sequence[tuple[str, Sequence[ShownComment]]]:
    """Return the label of every question that is answered, in the order of the form, and how.

    What an older version of the form asked stands last.
    """
    answers: dict[str, list[ShownComment]] = {name: [] for name in labels}
    for comment in found:
        answers.setdefault(comment.question, []).append(comment)
    return [(labels.get(name, name), given) for name, given in answers.items() if given]


@comments.post("/<campaign_code>/<round_code>/gop-y")
def review(campaign_code: str, round_code: str) -> Response:
    """Let others read the comments that are ticked, or all of the page, or keep them back."""
    chosen = "shown" if "all" in request.form else "comment"
    ids, state = request.form.getlist(chosen), request.form.get("decision", "")
    with transaction() as session:
        _, asked = _public_round(session, campaign_code, round_code)
        subject = f"round:{campaign_code}/{round_code}"
        changed = reviewed.review(
            session, asked.id, ids, state, account_name(), subject, current_moment()
        )
    _tell(changed)
    back = request.form.get("back", NEW)
    address = url_for(
        "comments.list_comments", campaign_code=campaign_code, round_code=round_code, state=back
    )
    return redirect(address, 303)


def _tell(changed: int) -> None:
    if changed:
        told = ngettext("%(num)d comment changed.", "%(num)d comments changed.", changed)
        flash(told, "success")
    else:
        flash(gettext("Nothing has changed. Please tick the comments first."), "error")


def _public_round(
    session: Session, campaign_code: str, round_code: str
) -> tuple[FollowedCampaign, FollowedRound]:
    campaign = following.find_campaign(session, campaign_code)
    asked = following.find_round(campaign, round_code)
    if asked.kind != PUBLIC:
        raise Problem("round_unknown", round=round_code)
    return campaign, asked
