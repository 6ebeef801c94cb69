"""Exemplary rows of a round: officers tick them, and the workbook and the report show them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from models.campaign import CLOSED
from models.database import reading, transaction
from models.problems import Problem
from services import following
from services import ticks as kept
from views.access import account_name
from views.filling import current_moment
from views.language import interface_language

ticks = Blueprint("ticks", __name__, url_prefix="/<campaign_code>/<round_code>/tieu-bieu")


@ticks.get("")
def show_rows(campaign_code: str, round_code: str) -> str:
    """Show the rows of the lists that have a column for ticks, and which of them are ticked."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        if asked.kind != CLOSED:
            raise Problem("round_unknown", round=round_code)
        now, language = current_moment(), interface_language()
        lists = kept.lists(session, campaign_code, round_code, now, language)
    return render_template("ticks/show_rows.html", campaign=campaign, round=asked, lists=lists)


@ticks.post("")
def tick_rows(campaign_code: str, round_code: str) -> Response:
    """Tick the chosen rows, and take back the ticks that were taken away on the page."""
    seen, ticked = (frozenset(request.form.getlist(name)) for name in ("seen", "ticked"))
    with transaction() as session:
        changed = kept.save(
            session, campaign_code, round_code, seen, ticked, account_name(), current_moment()
        )
    told = ngettext("%(num)d tick changed.", "%(num)d ticks changed.", changed)
    flash(told if changed else gettext("Nothing has changed."), "success" if changed else "info")
    return redirect(
        url_for("ticks.show_rows", campaign_code=campaign_code, round_code=round_code), 303
    )
