"""The template of Word reports: what can stand in it, and one that the board has made its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as HttpResponse

from exports.report import Report
from exports.report_places import CHOSEN, Place, identifier, report_places
from exports.word import check_template, has_places
from language.files import content_disposition
from models.campaign import CLOSED
from models.database import reading, transaction
from models.following import FollowedRound
from models.problems import Problem
from services import following, word_reports
from services.following import FollowedCampaign
from services.word_reports import OwnTemplate
from views.access import account_name
from views.export_files import DOCX, REPORTS
from views.filling import current_moment
from views.report_making import shipped_template
from views.template_faults import fault_sentence

report_template = Blueprint("report_template", __name__, url_prefix="/<campaign_code>/mau-bao-cao")

# A name of more parts has a table or a question behind its round.
LONG = 2
Page = str | tuple[str, int] | HttpResponse


@dataclass(frozen=True, slots=True)
class Found:
    """What a page is about: a campaign, its closed rounds, and the report on one of them."""

    campaign: FollowedCampaign
    rounds: Sequence[FollowedRound]
    report: Report | None
    own: OwnTemplate | None
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """Places whose names begin alike."""

    name: str
    places: Sequence[tuple[str, Place]]


@report_template.get("")
def show_template(campaign_code: str) -> str:
    """Show which template is in use, and every place with its present value."""
    return _page(_find(campaign_code))


@report_template.post("")
def upload_template(campaign_code: str) -> Page:
    """Take a template that was changed in Word, when nothing is wrong with it."""
    found = _find(campaign_code)
    if found.report is None:
        raise Problem("round_unknown", round="")
    sent = request.files.get("template")
    if sent is None or not sent.filename:
        return _page(found, (_("Please choose the file of the template."),)), 422
    with closing(sent):
        source = sent.read()
    faults = [fault_sentence(fault) for fault in check_template(source, found.places)]
    if faults:
        return _page(found, faults), 422
    with transaction() as session:
        word_reports.upload(
            session, campaign_code, sent.filename, source, account_name(), current_moment()
        )
    said = _done(campaign_code, _("The template is in use from now on."))
    if not has_places(source):
        flash(_no_places(), "warning")
    return said


@report_template.post("/go")
def revert_template(campaign_code: str) -> HttpResponse:
    """Use the shipped template again; what was uploaded stays in the database."""
    with transaction() as session:
        word_reports.revert(session, campaign_code, account_name(), current_moment())
    return _done(campaign_code, _("The shipped template is in use again."))


@report_template.get("/tep")
def download_template(campaign_code: str) -> HttpResponse:
    """Send the template in use, or with `?shipped=1` the one that ships."""
    found = _find(campaign_code)
    if found.report is None:
        raise Problem("round_unknown", round="")
    own = None if request.args.get("shipped") else found.own
    source = own.source if own else shipped_template(found.report, found.places)
    name = own.shown_name if own else _("Template of the report") + f" {campaign_code}.docx"
    response = Response(source, mimetype=REPORTS[DOCX])
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def _find(campaign_code: str) -> Found:
    """Read the report on the round that `?round=` names, or on the last one with an answer."""
    chosen, now = request.args.get("round", ""), current_moment()
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        closed = [asked for asked in campaign.rounds if asked.kind == CLOSED]
        own = word_reports.own_template(session, campaign_code)
        if not closed:
            return Found(campaign, (), None, own, {})
        codes = [asked.code for asked in closed]
        code = chosen if chosen in codes else codes[0]
        report = word_reports.collect(session, campaign_code, code, now)
    return Found(campaign, closed, report, own, report_places(report))


def _page(found: Found, faults: Sequence[object] = ()) -> str:
    codes = {identifier(asked.code) for asked in found.rounds}
    return render_template(
        "word_report/show_template.html",
        campaign=found.campaign,
        rounds=found.rounds,
        report=found.report,
        own=found.own,
        groups=list(_groups(found.places, codes)),
        faults=faults,
    )


def _groups(places: Mapping[str, Place], codes: set[str]) -> Iterator[PlaceGroup]:
    """Yield the places under what their names begin with: a table, a question, a round."""

    def stem(named: tuple[str, Place]) -> str:
        parts = named[0].split(".")
        if len(parts) == 1:
            return ""
        long = parts[0] in codes and len(parts) > LONG
        return ".".join(parts[: 2 if long or parts[0] == CHOSEN else 1])

    ordered = sorted(places.items(), key=stem)
    for name, found in groupby(ordered, key=stem):
        yield PlaceGroup(name, list(found))


def _no_places() -> str:
    return _(
        "No place stands in this template: every report made of it will be the same, without a "
        "figure."
    )


def _done(campaign_code: str, said: str) -> HttpResponse:
    flash(said, "success")
    return redirect(url_for("report_template.show_template", campaign_code=campaign_code), 303)
