"""How a campaign words its letters: templates with named places, each with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.addressed import AddressedUnit, LetterRound, addressed_units, letter_round
from models.campaign import PUBLIC, Campaign
from models.database import reading, transaction
from models.problems import Problem
from services import campaigns, following, sending
from services.letter_texts import (
    DEFAULTS,
    Fault,
    Wording,
    faults,
    own_kinds,
    places,
    reword,
    tidy,
    wordings,
)
from views.access import account_name
from views.codes import public_url
from views.filling import current_moment

wording = Blueprint("wording", __name__, url_prefix="/<campaign_code>/mau-thu")

Page = str | Response | tuple[str, int]
PLACE_MEANINGS: Mapping[str, LazyString] = {
    "don_vi": lazy_gettext("the name of the unit"),
    "nguoi_lien_he": lazy_gettext("the first contact of the unit"),
    "dot": lazy_gettext("the round"),
    "chuyen_de": lazy_gettext("the campaign"),
    "ke_hoach": lazy_gettext("the plan with its number, date and issuer"),
    "ban": lazy_gettext("the board"),
    "han": lazy_gettext("the deadline of the unit"),
    "so_ngay": lazy_gettext("how many days until the deadline, or since"),
    "dong": lazy_gettext("when the round closes"),
    "duong_dan": lazy_gettext("the link of the unit; every letter needs it"),
    "ma": lazy_gettext("the code of the unit, in groups of four"),
    "so_tiep_nhan": lazy_gettext("the code of the receipt"),
    "gui_luc": lazy_gettext("when the report was sent"),
    "ly_do": lazy_gettext("the reason that the officer gave"),
    "cac_cau": lazy_gettext("the questions to be corrected, one a line"),
}
FAULTS: Mapping[str, LazyString] = {
    "blank": lazy_gettext("Please write something here."),
    "long": lazy_gettext("This is too long: at most %(words)s signs."),
    "sign": lazy_gettext("There is a sign in it that cannot be kept."),
    "unknown": lazy_gettext("There is no place %(words)s in letters of this kind."),
    "brace": lazy_gettext("A brace { or } stands alone. Please write places like {don_vi}."),
    "no_link": lazy_gettext("The link is missing: please write %(words)s where it should stand."),
}


def fault_sentence(fault: Fault) -> str:
    """Return what is wrong with a template, in words."""
    text = str(FAULTS[fault.code])
    return text % {"words": fault.words} if fault.words else text


@dataclass(frozen=True, slots=True)
class Previewed:
    """Whose letter is shown: a round and a unit of it."""

    round: LetterRound
    units: tuple[AddressedUnit, ...]
    unit_code: str


@wording.get("")
def list_wordings(campaign_code: str) -> str:
    """Show how each kind of letter is worded."""
    with reading() as session:
        campaign = campaigns.find_campaign(session, campaign_code)
        return render_template(
            "wording/list_wordings.html",
            campaign=campaign,
            wordings=wordings(session, campaign.id),
            own=own_kinds(session, campaign.id),
        )


@wording.route("/<kind>", methods=["GET", "POST"])
def edit_wording(campaign_code: str, kind: str) -> Page:
    """Word a kind of letter, with a preview for any unit; `restore` brings the shipped one back."""
    if kind not in DEFAULTS:
        raise Problem("letter_kind_unknown")
    now = current_moment()
    if request.method == "GET":
        with reading() as session:
            campaign = campaigns.find_campaign(session, campaign_code)
            return _page(session, campaign, kind, wordings(session, campaign.id)[kind], now)
    restore = request.form.get("action") == "restore"
    typed = tidy(Wording(request.form.get("subject", ""), request.form.get("body", "")))
    typed = DEFAULTS[kind] if restore else typed
    wrong = faults(kind, typed)
    with transaction() as session:
        campaign = campaigns.find_campaign(session, campaign_code)
        if wrong or request.form.get("action") == "preview":
            page = _page(session, campaign, kind, typed, now)
            return (page, 422) if wrong else page
        reword(session, campaign.id, kind, typed, account_name(), now)
    flash(_("The wording was kept."), "success")
    return redirect(url_for("wording.edit_wording", campaign_code=campaign_code, kind=kind), 303)


def _page(session: Session, campaign: Campaign, kind: str, typed: Wording, now: datetime) -> str:
    wrong: dict[str, str] = {}
    for fault in faults(kind, typed):
        wrong.setdefault(fault.field, fault_sentence(fault))
    shown = _previewed(session, campaign.code)
    written = None
    if shown and not wrong:
        written = sending.preview(session, shown.round, typed, shown.unit_code, public_url(), now)
    return render_template(
        "wording/edit_wording.html",
        campaign=campaign,
        kind=kind,
        typed=typed,
        faults=wrong,
        places=places(kind),
        meanings=PLACE_MEANINGS,
        is_own=typed != DEFAULTS[kind],
        shown=shown,
        written=written,
    )


def _previewed(session: Session, campaign_code: str) -> Previewed | None:
    """Return whose letter is shown: `round` and `unit` of this request, or the first ones."""
    campaign = following.find_campaign(session, campaign_code)
    rounds = [asked for asked in campaign.rounds if asked.kind != PUBLIC]
    wanted = request.values.get("round", "")
    chosen = next((asked for asked in rounds if asked.code == wanted), next(iter(rounds), None))
    if chosen is None:
        return None
    units = addressed_units(session, chosen.id)
    codes = [unit.code for unit in units]
    unit = request.values.get("unit", "")
    unit = unit if unit in codes else next(iter(codes), "")
    return Previewed(letter_round(session, chosen.id), units, unit)
