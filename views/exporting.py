"""The data of a round for analysts: asked for on a page, made by the worker, downloaded later."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from exports.records import DataOptions
from models.database import reading, transaction
from models.problems import Problem
from services import exporting as acts
from services import following
from services.exporting import Wanted
from views.access import account_name
from views.export_files import DATA, send_export, shown
from views.filling import current_moment
from views.language import interface_language

exporting = Blueprint("exporting", __name__, url_prefix="/<campaign_code>/<round_code>/du-lieu")

FORMAT_NAMES: Mapping[str, LazyString] = {
    "xlsx": _("Excel workbook (.xlsx)"),
    "csv": _("CSV files (.zip)"),
    "jsonl": _("JSON Lines files (.zip)"),
    "parquet": _("Parquet files (.zip)"),
}
DEFAULT_FORMAT = "xlsx"


@exporting.get("")
def show_exports(campaign_code: str, round_code: str) -> str:
    """Offer the data of a round, and show the exports of the last day."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        found = acts.recent(session, campaign_code, round_code)
    recent = [export for export in found if export.wanted.format in DATA]
    return render_template(
        "exporting/show_exports.html",
        campaign=campaign,
        round=asked,
        exports=recent,
        formats=FORMAT_NAMES,
        **shown(recent),
    )


@exporting.post("")
def ask_export(campaign_code: str, round_code: str) -> Response:
    """Ask for an export; the worker makes it, whether or not the page stays open."""
    return _ask(campaign_code, round_code, contacts=False)


@exporting.post("/lien-he")
def ask_export_with_contacts(campaign_code: str, round_code: str) -> Response:
    """Ask for an export that has phone numbers and e-mail addresses."""
    return _ask(campaign_code, round_code, contacts=True)


def _ask(campaign_code: str, round_code: str, *, contacts: bool) -> Response:
    wanted = Wanted(campaign_code, round_code, _format(), _options(contacts=contacts))
    with transaction() as session:
        acts.ask(session, wanted, account_name(), current_moment())
    current_app.extensions["nudge"]("exports")
    return _back(campaign_code, round_code)


@exporting.post("/<export_id>/huy")
def cancel_export(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Cancel an export that is on its way."""
    with transaction() as session:
        now = current_moment()
        acts.cancel(session, campaign_code, round_code, export_id, account_name(), now)
    return _back(campaign_code, round_code)


@exporting.get("/<export_id>")
def download_export(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Send the file of an export without contacts. Raises Problem `export_unknown`."""
    with reading() as session:
        export = acts.find(session, campaign_code, round_code, export_id)
    if export.wanted.options.contacts:
        raise Problem("export_unknown")
    return send_export(export, DATA)


@exporting.post("/<export_id>/lien-he")
def download_contacts(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Send the file of an export with contacts, whoever asked for it, and note who took it."""
    with transaction() as session:
        export = acts.find(session, campaign_code, round_code, export_id)
        response = send_export(export, DATA)
        acts.note_taken(session, export, account_name(), current_moment())
    return response


def _format() -> str:
    chosen = request.form.get("format", DEFAULT_FORMAT)
    return chosen if chosen in DATA else DEFAULT_FORMAT


def _options(*, contacts: bool) -> DataOptions:
    return DataOptions(
        language=interface_language(),
        labelled=bool(request.form.get("labels")),
        contacts=contacts,
    )


def _back(campaign_code: str, round_code: str) -> Response:
    address = url_for("exporting.show_exports", campaign_code=campaign_code, round_code=round_code)
    return redirect(address, 303)
