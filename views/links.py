"""Links of a round: given away, given anew, taken back; and on paper: sheets, posters, cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.text import clean
from models.campaign import CLOSED, PUBLIC, STANDING
from models.database import reading, transaction
from models.problems import Problem
from services import cards
from services import links as acts
from views.access import account_name
from views.errors import sentence
from views.filling import current_moment
from views.mailing import Place, find_place
from views.narrowing import ORDERS, narrowed
from views.receipts import qr_code

links = Blueprint("links", __name__, url_prefix="/<campaign_code>/<round_code>/duong-dan")

Page = str | Response | tuple[str, int]
# What is said on the page where it was typed, beside it.
TYPED = frozenset({"label_wrong", "label_taken", "cards_wrong"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What an officer typed on the page of public links, and what is wrong with it.

    `place` tells where: `new`, `cards`, or the code of a link.
    """

    place: str = ""
    label: str = ""
    number: str = ""
    fault: str = ""


NOTHING = Typed()


@links.get("")
def list_links(campaign_code: str, round_code: str) -> str:
    """Show the links of a round, of its units or public ones."""
    with reading() as session:
        place = find_place(session, CLOSED, STANDING, PUBLIC)
        return _list_page(session, place, NOTHING)


def _list_page(session: Session, place: Place, typed: Typed) -> str:
    if place.round.kind != PUBLIC:
        sought = narrowed()
        return render_template(
            "links/list_unit_links.html",
            place=place,
            units=sought.find(acts.unit_links(session, place.round.id)),
            sought=sought,
            orders=ORDERS,
        )
    return render_template(
        "links/list_public_links.html",
        place=place,
        links=acts.public_links(session, place.round.id),
        batches=cards.batches(session, place.round.id),
        typed=typed,
        most=cards.MOST_CARDS,
        least=cards.LEAST_SHOWN,
    )


# --- links of units -------------------------------------------------------------------------------


@links.post("/don-vi/<unit_code>")
def change_unit_link(campaign_code: str, round_code: str, unit_code: str) -> Response:
    """Give a unit a new link, or take its link back, as the button says."""
    now = current_moment()
    with transaction() as session:
        place = find_place(session)
        if request.form.get("action") == "revoke":
            acts.revoke_unit(session, place.round.id, unit_code, account_name(), now)
            told = _("The link was taken back. What the unit has saved is kept.")
        else:
            seen = request.form.get("seen", "")
            acts.reissue(session, place.round.id, unit_code, seen, account_name(), now)
            told = _("The unit has a new link; the old one no longer opens. Please send it.")
    flash(told, "success")
    return redirect(place.address("links.list_links", _anchor=f"unit-{unit_code}"), 303)


@links.get("/don-vi/<unit_code>")
def ask_unit_link(campaign_code: str, round_code: str, unit_code: str) -> str:
    """Ask whether a unit should get a new link, or none."""
    with reading() as session:
        place = find_place(session)
        units = acts.unit_links(session, place.round.id)
        unit = next((unit for unit in units if unit.code == unit_code), None)
    if unit is None:
        raise Problem("unit_unknown", unit=unit_code)
    return render_template("links/ask_unit_link.html", place=place, unit=unit)


@links.get("/in")
def print_unit_links(campaign_code: str, round_code: str) -> str:
    """Show the links of units as QR codes, to be printed and cut."""
    with reading() as session:
        place = find_place(session)
        units = [unit for unit in acts.unit_links(session, place.round.id) if unit.link_code]
    return render_template("links/print_unit_links.html", place=place, units=units, qr=qr_code)


# --- public links ---------------------------------------------------------------------------------


@links.post("")
def add_link(campaign_code: str, round_code: str) -> Page:
    """Add a public link with a label."""
    typed = Typed("new", label=clean(request.form.get("label", "")))

    def add(session: Session, place: Place) -> None:
        acts.add_public(session, place.round.id, typed.label, account_name(), current_moment())

    return _change(typed, add, _("The link was added."))


@links.post("/<code>")
def change_link(campaign_code: str, round_code: str, code: str) -> Page:
    """Name a public link otherwise, let it be for cards only, or take it back."""
    typed = Typed(code, label=clean(request.form.get("label", "")))
    now = current_moment()
    if request.form.get("action") == "revoke":
        return _change(
            typed,
            lambda session, place: acts.revoke_public(
                session, place.round.id, code, account_name(), now
            ),
            _("The link was taken back. Feedback that came through it stays."),
        )
    return _change(
        typed,
        lambda session, place: acts.change_public(
            session,
            place.round.id,
            code,
            typed.label,
            account_name(),
            now,
            cards_only="cards_only" in request.form,
        ),
        _("The link was changed."),
    )


def _change(typed: Typed, act: Callable[[Session, Place], Any], told: str) -> Page:
    """Do something with a public link; show the page again when what was typed is wrong."""
    try:
        with transaction() as session:
            place = find_place(session, PUBLIC)
            act(session, place)
    except Problem as problem:
        if problem.code not in TYPED:
            raise
        return _typed_again(typed, problem)
    flash(told, "success")
    return redirect(place.address("links.list_links"), 303)


def _typed_again(typed: Typed, problem: Problem) -> Page:
    wrong = Typed(typed.place, typed.label, typed.number, sentence(problem))
    with reading() as session:
        return _list_page(session, find_place(session, PUBLIC), wrong), problem.status


@links.get("/<code>/ap-phich")
def print_poster(campaign_code: str, round_code: str, code: str) -> str:
    """Show a poster of a public link, to be printed."""
    with reading() as session:
        place = find_place(session, PUBLIC)
        link = acts.find_public(session, place.round.id, code)
    return render_template("links/print_poster.html", place=place, link=link, qr=qr_code)


# --- cards ----------------------------------------------------------------------------------------


@links.post("/the")
def make_cards(campaign_code: str, round_code: str) -> Page:
    """Make cards of one-time codes for a public link."""
    form = request.form
    typed = Typed("cards", clean(form.get("label", "")), clean(form.get("number", "")))
    number = int(typed.number) if typed.number.isdecimal() and len(typed.number) < 6 else 0  # noqa: PLR2004 - five digits are too many already

    def make(session: Session, place: Place) -> None:
        cards.make(
            session,
            place.round.id,
            form.get("link", ""),
            typed.label,
            number,
            account_name(),
            current_moment(),
        )

    return _change(typed, make, _("The cards were made. They can be printed below."))


@links.get("/the/<int:batch_id>")
def print_cards(campaign_code: str, round_code: str, batch_id: int) -> str:
    """Show the cards of a batch, to be printed and cut."""
    with reading() as session:
        place = find_place(session, PUBLIC)
        batch, codes = cards.codes(session, place.round.id, batch_id)
    return render_template(
        "links/print_cards.html", place=place, batch=batch, codes=codes, qr=qr_code
    )
