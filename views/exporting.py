"""The data of a round for analysts: asked for on a page, made by the worker, downloaded later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from exports.records import DataOptions
from language.files import content_disposition
from models.database import reading, transaction
from models.export import CANCELLED, DONE, FAILED, WAITING, WORKING
from models.problems import Problem
from services import exporting as acts
from services import following
from services.exporting import Standing, Wanted
from views.access import account_name
from views.export_files import MEDIA_TYPES, path_of
from views.filling import current_moment
from views.language import interface_language

exporting = Blueprint("exporting", __name__, url_prefix="/<campaign_code>/<round_code>/du-lieu")

FORMAT_NAMES: Mapping[str, LazyString] = {
    "xlsx": _("Excel workbook (.xlsx)"),
    "csv": _("CSV files (.zip)"),
    "jsonl": _("JSON Lines files (.zip)"),
    "parquet": _("Parquet files (.zip)"),
}
STATES: Mapping[str, LazyString] = {
    WAITING: _("Waiting"),
    WORKING: _("Being made"),
    DONE: _("Ready"),
    CANCELLED: _("Cancelled"),
    FAILED: _("Could not be made"),
}
# So often the page is opened anew while an export is on its way.
REFRESH_SECONDS = 3
# A worker does something every minute; one that has just begun may not have yet.
LONGEST_SILENCE, PATIENCE = timedelta(minutes=3), timedelta(seconds=20)
DEFAULT_FORMAT = "xlsx"


@exporting.get("")
def show_exports(campaign_code: str, round_code: str) -> str:
    """Offer the data of a round, and show the exports of the last day."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        found = acts.recent(session, campaign_code, round_code)
    recent = [export for export in found if export.wanted.format in MEDIA_TYPES]
    return render_template(
        "exporting/show_exports.html",
        campaign=campaign,
        round=asked,
        exports=recent,
        formats=FORMAT_NAMES,
        states=STATES,
        silent=worker_is_silent(recent),
        refresh=REFRESH_SECONDS if any(export.live for export in recent) else 0,
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
    return _file(export)


@exporting.post("/<export_id>/lien-he")
def download_contacts(campaign_code: str, round_code: str, export_id: str) -> Response:
    """Send the file of an export with contacts, whoever asked for it, and note who took it."""
    with transaction() as session:
        export = acts.find(session, campaign_code, round_code, export_id)
        response = _file(export)
        acts.note_taken(session, export, account_name(), current_moment())
    return response


def worker_is_silent(exports: Sequence[Standing]) -> bool:
    """Tell whether one has been waiting for a while, and nobody in the background does anything."""
    now = current_moment()
    waiting = (export.created_at for export in exports if export.state == WAITING)
    last_done = current_app.extensions["last_done"]()
    works = last_done is not None and now - last_done < LONGEST_SILENCE
    return not works and any(asked < now - PATIENCE for asked in waiting)


def _file(export: Standing) -> Response:
    path = path_of(export.id)
    known = export.wanted.format in MEDIA_TYPES
    if not known or export.state != DONE or not path.exists():
        raise Problem("export_unknown")
    response = send_file(path, MEDIA_TYPES[export.wanted.format])
    response.headers["Content-Disposition"] = content_disposition(export.file_name)
    return response


def _format() -> str:
    chosen = request.form.get("format", DEFAULT_FORMAT)
    return chosen if chosen in MEDIA_TYPES else DEFAULT_FORMAT


def _options(*, contacts: bool) -> DataOptions:
    return DataOptions(
        language=interface_language(),
        labelled=bool(request.form.get("labels")),
        contacts=contacts,
    )


def _back(campaign_code: str, round_code: str) -> Response:
    address = url_for("exporting.show_exports", campaign_code=campaign_code, round_code=round_code)
    return redirect(address, 303)
