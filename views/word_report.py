"""The Word report of a round: asked for on a page, made by the worker, downloaded later."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from exports.options import WorkbookOptions
from models.campaign import CLOSED
from models.database import reading, transaction
from models.problems import Problem
from services import exporting, following, word_reports
from services.exporting import Standing, Wanted
from views.access import account_name
from views.export_files import DOCX, PDF, REPORTS, send_export, shown
from views.filling import current_moment
from views.pdf import program

word_report = Blueprint(
    "word_report", __name__, url_prefix="/<campaign_code>/<round_code>/bao-cao-word"
)

REPORT_NAMES: Mapping[str, LazyString] = {DOCX: _("Word document (.docx)"), PDF: _("PDF")}


@word_report.get("")
def show_reports(campaign_code: str, round_code: str) -> str:
    """Offer the report on a round, and show those of the last day.

    Raises Problem `round_unknown` for a round that is not reported on.
    """
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        if asked.kind != CLOSED:
            raise Problem("round_unknown", round=round_code)
        found = exporting.recent(session, campaign_code, round_code)
        own = word_reports.own_template(session, campaign_code)
    recent = [export for export in found if export.wanted.format in REPORTS]
    return render_template(
        "word_report/show_reports.html",
        campaign=campaign,
        round=asked,
        exports=recent,
        formats=REPORT_NAMES,
        own=own,
        has_pdf=bool(program()),
        **shown(recent),
    )


@word_report.post("")
def ask_report(campaign_code: str, round_code: str) -> Response:
    """Ask for the report; the worker makes it, whether or not the page stays open."""
    options = WorkbookOptions(returned="returned" in request.form)
    wanted = Wanted(campaign_code, round_code, _format(), options)
    with transaction() as session:
        asked = following.find_round(following.find_campaign(session, campaign_code), round_code)
        if asked.kind != CLOSED:
            raise Problem("round_unknown", round=round_code)
        exporting.ask(session, wanted, account_name(), current_moment())
    current_app.extensions["nudge"]("exports")
    return _back(campaign_code, round_code)


@word_report.post("/<export_id>/huy")
def cancel_report(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Cancel a report that is on its way. Raises Problem `export_unknown`."""
    now = current_moment()
    with transaction() as session:
        found = exporting.find(session, campaign_code, round_code, export_id)
        _refuse_data(found)
        exporting.cancel(session, campaign_code, round_code, export_id, account_name(), now)
    return _back(campaign_code, round_code)


@word_report.get("/<export_id>")
def download_report(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Send a report that is made. Raises Problem `export_unknown`."""
    with reading() as session:
        found = exporting.find(session, campaign_code, round_code, export_id)
    return send_export(found, REPORTS)


def _refuse_data(found: Standing) -> None:
    """Refuse exports of data, which are for officers. Raises Problem `export_unknown`."""
    if found.wanted.format not in REPORTS:
        raise Problem("export_unknown")


def _format() -> str:
    """Return the chosen format; without LibreOffice there is but one."""
    return PDF if request.form.get("format") == PDF and program() else DOCX


def _back(campaign_code: str, round_code: str) -> Response:
    address = url_for(
        "word_report.show_reports", campaign_code=campaign_code, round_code=round_code
    )
    return redirect(address, 303)
