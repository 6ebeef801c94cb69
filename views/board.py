"""The board: campaigns, the progress of their rounds, and reports as sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.codes import normalise_code
from models.campaign import CLOSED, PUBLIC, STANDING
from models.database import reading
from models.following import FollowedRound
from models.problems import Problem
from services import (
    attachments,
    completeness,
    definitions,
    following,
    letters,
    reporting,
)
from services.attachments import Kept
from services.following import FollowedCampaign
from services.reporting import SentRevision
from views.access import SEE_CONTACTS, may, may_enter
from views.difficulties import show_desk
from views.files import download, kept_files, picture_of
from views.filling import current_moment
from views.history import by_unit
from views.language import interface_language
from views.opening import sent_warnings
from views.report import ReportSection, report_sections
from views.round_feedback import count_waiting, show_feedback
from views.round_units import STAGES, STATES, show_units

board = Blueprint("board", __name__)

KINDS: Mapping[str, LazyString] = {
    CLOSED: _("Reports of units"),
    PUBLIC: _("Feedback of participants"),
    STANDING: _("Difficulties, at any time"),
}


@board.get("/")
def list_campaigns() -> str:
    """Show the campaigns and how far each of their rounds is."""
    now = current_moment()
    with reading() as session:
        campaigns = [
            (campaign, [completeness.count_round(session, asked, now) for asked in campaign.rounds])
            for campaign in following.list_campaigns(session)
            if may_enter(campaign.code)
        ]
    return render_template("board/list_campaigns.html", campaigns=campaigns, kinds=KINDS)


@board.get("/<campaign_code>/<round_code>")
def show_round(campaign_code: str, round_code: str) -> str:
    """Show a round: its units, its feedback or its difficulties."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        if asked.kind == PUBLIC:
            count_waiting(session, asked)
    with reading() as session:
        return ROUND_PAGES[asked.kind](session, campaign, asked)


ROUND_PAGES: Mapping[str, Callable[[Session, FollowedCampaign, FollowedRound], str]] = {
    CLOSED: show_units,
    PUBLIC: show_feedback,
    STANDING: show_desk,
}


# --- reports --------------------------------------------------------------------------------------


@board.get("/<campaign_code>/<round_code>/<unit_code>")
def show_report(campaign_code: str, round_code: str, unit_code: str) -> str:
    """Show a unit's report as it was sent; the newest one unless `?receipt=` names another."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        unit = following.find_unit(session, asked, unit_code, current_moment())
        revisions = reporting.revisions(session, unit.assignment_id)
        shown = chosen_revision(revisions, request.args.get("receipt", ""))
        report = read_report(session, unit.assignment_id, shown) if shown else ()
        warnings = sent_warnings(session, shown) if shown else ()
        # They hold the link of the unit.
        written = letters.letters_to(session, unit.assignment_id) if may(SEE_CONTACTS) else ()
    return render_template(
        "board/show_report.html",
        campaign=campaign,
        round=asked,
        unit=unit,
        revisions=revisions,
        shown=shown,
        report=report,
        warnings=warnings,
        states=STATES,
        stages=STAGES,
        letters=written,
        by_unit=by_unit,
    )


def chosen_revision(revisions: Sequence[SentRevision], receipt: str) -> SentRevision | None:
    """Return the revision with this receipt, or the newest; None when nothing was sent.

    Raises Problem `receipt_unknown`.
    """
    if not receipt:
        return next(iter(revisions), None)
    for revision in revisions:
        if revision.receipt_code == normalise_code(receipt):
            return revision
    raise Problem("receipt_unknown")


def read_report(
    session: Session, assignment_id: int, sent: SentRevision
) -> tuple[ReportSection, ...]:
    """Return a report as people read it; contact data only for those who may see it."""
    definition = definitions.definition(session, sent.form_version_id)
    answers = json.loads(sent.answers)
    files = kept_files(session, assignment_id, definition, answers, _file_address)
    return report_sections(
        definition, answers, interface_language(), files=files, contacts=may(SEE_CONTACTS)
    )


def _file_address(kind: str, kept: Kept) -> str:
    endpoint = {"download": "board.download_attachment", "picture": "board.show_picture"}[kind]
    return url_for(endpoint, **(request.view_args or {}), attachment_id=kept.id)


@board.get("/<campaign_code>/<round_code>/<unit_code>/tep/<attachment_id>")
def download_attachment(
    campaign_code: str, round_code: str, unit_code: str, attachment_id: str
) -> Response:
    """Send a file that came with a unit's report."""
    return download(_attachment(campaign_code, round_code, unit_code, attachment_id))


@board.get("/<campaign_code>/<round_code>/<unit_code>/tep/<attachment_id>/anh")
def show_picture(
    campaign_code: str, round_code: str, unit_code: str, attachment_id: str
) -> Response:
    """Send a picture that came with a unit's report, drawn anew."""
    return picture_of(_attachment(campaign_code, round_code, unit_code, attachment_id))


def _attachment(campaign_code: str, round_code: str, unit_code: str, attachment_id: str) -> Kept:
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        unit = following.find_unit(session, asked, unit_code, current_moment())
        return attachments.find_one(session, unit.assignment_id, attachment_id)
