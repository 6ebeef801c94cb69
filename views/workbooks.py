"""Consolidated workbooks: what is in them is chosen, the worker makes them, they are taken later.

Whoever wants the usual one presses one button: it is asked for, and taken as soon as it is made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from exports.options import WorkbookOptions
from models.database import reading, transaction
from models.problems import Problem
from services import exporting as acts
from services import following
from services.exporting import WORKBOOK, Wanted
from views.access import SEE_CONTACTS, account_name, may
from views.export_files import WORKBOOKS, send_export, shown
from views.filling import current_moment
from views.language import interface_language
from views.workbook_choices import (
    MOST_LEAST,
    Chosen,
    Offered,
    arguments,
    described,
    offered,
    read_choices,
)

workbooks = Blueprint("workbooks", __name__, url_prefix="/<campaign_code>/tong-hop")
one_press = Blueprint("one_press", __name__)
OF_CAMPAIGN = ""
# Somebody is waiting for one file.
QUICK_SECONDS = 1
CANCEL_OTHERS = "officer"


def _offers(session: Session, campaign_code: str) -> Offered:
    return offered(session, following.find_campaign(session, campaign_code))


# --- choosing -------------------------------------------------------------------------------------


@workbooks.get("")
def choose(campaign_code: str) -> str:
    """Offer the choices, as the address has them, and show the workbooks of the last day."""
    with reading() as session:
        offers = _offers(session, campaign_code)
    chosen = read_choices(request.args, offers)
    return _page(campaign_code, offers, chosen)


@workbooks.post("")
def ask(campaign_code: str) -> Response | tuple[str, int]:
    """Ask for the workbook that is chosen; one with contacts is to be confirmed first."""
    with reading() as session:
        offers = _offers(session, campaign_code)
    chosen = read_choices(request.form, offers)
    if chosen.faults:
        return _page(campaign_code, offers, chosen), 422
    if chosen.options.contacts:
        return _confirm(campaign_code, chosen.options)
    _ask(campaign_code, chosen.options)
    return _back(campaign_code, chosen.options)


def _confirm(campaign_code: str, options: WorkbookOptions) -> Response:
    if not may(SEE_CONTACTS):
        abort(403)
    address = url_for(
        "workbooks.confirm_contacts", campaign_code=campaign_code, **arguments(options)
    )
    return redirect(address, 303)


@workbooks.get("/lien-he")
def confirm_contacts(campaign_code: str) -> str:
    """Say once more what the workbook with phone numbers and e-mail addresses is of."""
    with reading() as session:
        offers = _offers(session, campaign_code)
    options = read_choices(request.args, offers).options
    return render_template(
        "workbooks/confirm_contacts.html",
        campaign=offers.campaign,
        described=list(described(options, offers)),
        given=[(name, one) for name, value in arguments(options).items() for one in _all(value)],
        back=_address(campaign_code, options),
    )


@workbooks.post("/lien-he")
def ask_with_contacts(campaign_code: str) -> Response:
    """Ask for the workbook that is chosen, with phone numbers and e-mail addresses."""
    with reading() as session:
        offers = _offers(session, campaign_code)
    options = read_choices(request.form, offers).options
    _ask(campaign_code, replace(options, contacts=True))
    return _back(campaign_code, options)


@one_press.post("/<campaign_code>/tong-hop.xlsx")
def ask_usual(campaign_code: str) -> Response:
    """Ask for the usual workbook in the language of the page, and go where it is taken.

    What asks is a button: opening, preloading or checking a link changes nothing.
    """
    export_id = _ask(campaign_code, WorkbookOptions(language=interface_language()))
    address = url_for(
        "workbooks.show_file", campaign_code=campaign_code, export_id=export_id, tai="1"
    )
    return redirect(address, 303)


def _ask(campaign_code: str, options: WorkbookOptions) -> str:
    wanted = Wanted(campaign_code, OF_CAMPAIGN, WORKBOOK, options)
    with transaction() as session:
        export_id = acts.ask(session, wanted, account_name(), current_moment())
    current_app.extensions["nudge"]("exports")
    return export_id


def _page(campaign_code: str, offers: Offered, chosen: Chosen) -> str:
    with reading() as session:
        recent = acts.recent(session, campaign_code, OF_CAMPAIGN)
    return render_template(
        "workbooks/choose.html",
        campaign=offers.campaign,
        offers=offers,
        chosen=chosen,
        lowest=max(offers.thresholds.values(), default=0),
        highest=MOST_LEAST,
        exports=[
            (export, list(described(options, offers)), _address(campaign_code, options))
            for export in recent
            if isinstance(options := export.wanted.options, WorkbookOptions)
        ],
        **shown(recent),
    )


def _address(campaign_code: str, options: WorkbookOptions) -> str:
    return url_for("workbooks.choose", campaign_code=campaign_code, **arguments(options))


def _back(campaign_code: str, options: WorkbookOptions) -> Response:
    """Return to the page, which still has the choices."""
    return redirect(_address(campaign_code, options) + "#files", 303)


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- one file -------------------------------------------------------------------------------------


@workbooks.get("/<export_id>")
def show_file(campaign_code: str, export_id: str) -> str:
    """Show how far a workbook is; `?tai=1` takes it as soon as it is made."""
    with reading() as session:
        offers = _offers(session, campaign_code)
        export = acts.find(session, campaign_code, OF_CAMPAIGN, export_id)
    options = export.wanted.options
    return render_template(
        "workbooks/show_file.html",
        campaign=offers.campaign,
        export=export,
        described=list(described(options, offers)) if isinstance(options, WorkbookOptions) else [],
        **shown([export], QUICK_SECONDS),
        take=request.args.get("tai") == "1" and not options.contacts,
    )


@workbooks.get("/<export_id>/tep")
def download_file(campaign_code: str, export_id: str) -> Response:
    """Send a workbook without contacts. Raises Problem `export_unknown`."""
    with reading() as session:
        export = acts.find(session, campaign_code, OF_CAMPAIGN, export_id)
    if export.wanted.options.contacts:
        raise Problem("export_unknown")
    return send_export(export, WORKBOOKS)


@workbooks.post("/<export_id>/lien-he")
def download_contacts(campaign_code: str, export_id: str) -> Response:
    """Send a workbook with contacts, whoever asked for it, and note who took it."""
    with transaction() as session:
        export = acts.find(session, campaign_code, OF_CAMPAIGN, export_id)
        response = send_export(export, WORKBOOKS)
        acts.note_taken(session, export, account_name(), current_moment())
    return response


@workbooks.post("/<export_id>/huy")
def cancel_file(campaign_code: str, export_id: str) -> Response:
    """Cancel a workbook that is on its way: one's own, or as an officer anybody's."""
    with transaction() as session:
        export = acts.find(session, campaign_code, OF_CAMPAIGN, export_id)
        if export.actor != account_name() and not may(CANCEL_OTHERS):
            abort(403)
        now = current_moment()
        acts.cancel(session, campaign_code, OF_CAMPAIGN, export_id, account_name(), now)
    return redirect(url_for("workbooks.choose", campaign_code=campaign_code) + "#files", 303)
