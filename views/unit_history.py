"""What a unit sees of the history of its own report."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, url_for

from models.campaign import CLOSED
from models.database import reading
from models.problems import Problem
from services import reporting
from services.reporting import OpenLink
from views.filling import current_moment
from views.history import by_unit, compare, events
from views.language import keep_language
from views.opening import assigned
from views.unit import keep_private

unit_history = Blueprint("unit_history", __name__)
unit_history.after_request(keep_private)
unit_history.url_defaults(keep_language)


@unit_history.get("/<unit_code:code>/lich-su")
def show_history(code: str) -> str:
    """Show everything that was sent and decided."""
    with reading() as session:
        link = reporting.open_link(session, code, current_moment())
        _refuse_others(link)
        found = events(session, assigned(link), naming=partial(_who, link))
    return render_template(
        "unit/history.html",
        link=link,
        events=found,
        receipt_address=partial(_receipt_address, link.code),
        compare_address=url_for("unit_history.compare_revisions", code=link.code),
    )


@unit_history.get("/<unit_code:code>/so-sanh")
def compare_revisions(code: str) -> str:
    """Show two revisions side by side."""
    with reading() as session:
        link = reporting.open_link(session, code, current_moment())
        _refuse_others(link)
        comparison = compare(session, assigned(link), contacts=True)
        revisions = reporting.revisions(session, assigned(link))
    return render_template(
        "unit/compare.html",
        link=link,
        comparison=comparison,
        revisions=revisions,
        who=partial(_who, link),
    )


def _refuse_others(link: OpenLink) -> None:
    """Raise Problem `receipt_unknown` in a standing round, where reports are not corrected."""
    if link.round.kind != CLOSED:
        raise Problem("receipt_unknown")


def _who(link: OpenLink, author: str) -> str:
    """Return who did something: the unit, or the board as a whole."""
    return link.unit.name if link.unit and by_unit(author) else link.campaign.board_name


def _receipt_address(code: str, receipt_code: str) -> str:
    return url_for("unit.receipt", code=code, receipt_code=receipt_code)
