"""Letters to the units of a round: who would get what, sending it, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.collation import sort_key
from language.files import content_disposition
from language.text import clean, fold
from models import mailed
from models.addressed import AddressedUnit, addressed_units, letter_round
from models.campaign import CLOSED, STANDING
from models.database import reading, transaction
from models.following import FollowedRound
from models.mailed import SentBatch
from models.problems import Problem
from services import following, letters, sending, telephoning
from services.following import FollowedCampaign
from services.letter_texts import DEFAULTS, FREE, Fault, Wording, faults, tidy, wordings
from services.mailing import message_of
from services.sending import AUDIENCES, SENT_KINDS, Order, Plan, Skipped
from views.access import account_name
from views.codes import public_url
from views.delivery import deliver_soon, mail_sender
from views.errors import sentence
from views.filling import current_moment, new_instance
from views.round_units import STATES, page_address, page_number
from views.wording import fault_sentence

mailing = Blueprint("mailing", __name__, url_prefix="/<campaign_code>/<round_code>/thu")

Page = str | Response | tuple[str, int]
PAGE_LETTERS = 200
# So many seconds a page waits before it looks again how far a batch is.
LOOK_AGAIN_SECONDS = 3
LETTER_ORDERS: Mapping[str, LazyString] = {
    "": lazy_gettext("Newest first"),
    "thu_tu": lazy_gettext("Official order"),
    "ten": lazy_gettext("By name"),
}
# So many letters are shown whole before they are sent.
MOST_TEXTS = 200
AUDIENCE_NAMES: Mapping[str, LazyString] = {
    "not_sent": lazy_gettext("Units that have not sent their report"),
    "late": lazy_gettext("Units that have not sent and are past their deadline"),
    "all": lazy_gettext("All units of the round"),
    "group": lazy_gettext("Units of some groups"),
    "state": lazy_gettext("Units in some states"),
    "units": lazy_gettext("Chosen units"),
}
SKIP_REASONS: Mapping[str, LazyString] = {
    "archived": lazy_gettext("The campaign is archived, or the unit has ended"),
    "withdrawn": lazy_gettext("Withdrawn from the round"),
    "cannot_send": lazy_gettext("Cannot send its report now: the round is not open"),
    "reported": lazy_gettext("Has reported already"),
    "no_link": lazy_gettext("Has no link that opens"),
    "no_address": lazy_gettext("Has no e-mail address"),
    "address_fails": lazy_gettext("Letters do not reach its addresses"),
    "reminded": lazy_gettext("Was reminded today already"),
    "not_asked": lazy_gettext("Is not among those chosen"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """The round that an address names."""

    campaign: FollowedCampaign
    round: FollowedRound

    def address(self, endpoint: str, **more: Any) -> str:
        """Return the address of a page about this round."""
        given = {"campaign_code": self.campaign.code, "round_code": self.round.code, **more}
        return url_for(endpoint, **given)


def find_place(session: Session, *kinds: str) -> Place:
    """Return the round of this request.

    Raises Problem `campaign_unknown` or `round_unknown`, also when it is of none of these kinds.
    """
    given: Mapping[str, str] = request.view_args or {}
    campaign = following.find_campaign(session, given["campaign_code"])
    asked = following.find_round(campaign, given["round_code"])
    if asked.kind not in (kinds or (CLOSED, STANDING)):
        raise Problem("round_unknown", round=asked.code)
    return Place(campaign, asked)


# --- lists ----------------------------------------------------------------------------------------


@mailing.get("")
def list_letters(campaign_code: str, round_code: str) -> str:
    """Show the batches and the letters of a round: those that are looked for, or all."""
    given = _given()
    with reading() as session:
        place = find_place(session)
        return render_template(
            "mailing/list_letters.html",
            place=place,
            batches=mailed.batches(session, place.round.id),
            counts=mailed.state_counts(session, place.round.id),
            page=_letter_page(session, place, given),
            given=given,
            orders=LETTER_ORDERS,
            page_address=page_address,
        )


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One page of letters; `found` counts all pages."""

    letters: tuple[mailed.ListedLetter, ...]
    found: int
    number: int
    pages: int


def _given() -> Mapping[str, str]:
    """Return what letters are looked for by, as it was typed."""
    return {name: clean(request.args.get(name, "")) for name in ("q", "state", "order")}


def _letter_page(
    session: Session, place: Place, given: Mapping[str, str], batch_id: int | None = None
) -> LetterPage:
    words = tuple(fold(given["q"]).split())
    wanted = mailed.Wanted(words, given["state"], batch_id, given["order"])
    found = mailed.count_letters(session, place.round.id, wanted)
    pages = max((found - 1) // PAGE_LETTERS + 1, 1)
    number = min(max(page_number(), 1), pages)
    offset = (number - 1) * PAGE_LETTERS
    shown = mailed.listed_letters(session, place.round.id, wanted, most=PAGE_LETTERS, offset=offset)
    return LetterPage(shown, found, number, pages)


@mailing.get("/lan-gui/<int:batch_id>")
def show_batch(campaign_code: str, round_code: str, batch_id: int) -> str:
    """Show how far a batch is; one may leave the page and come back."""
    with reading() as session:
        place = find_place(session)
        batch = _batch(session, place, batch_id)
        given = _given()
        page = _letter_page(session, place, given, batch_id)
    return render_template(
        "mailing/show_batch.html",
        place=place,
        batch=batch,
        page=page,
        given=given,
        orders=LETTER_ORDERS,
        page_address=page_address,
        look_again=LOOK_AGAIN_SECONDS,
    )


def _batch(session: Session, place: Place, batch_id: int) -> SentBatch:
    """Return a batch of this round. Raises Problem `batch_unknown`."""
    for batch in mailed.batches(session, place.round.id):
        if batch.id == batch_id:
            return batch
    raise Problem("batch_unknown")


@mailing.get("/goi-dien")
def list_calls(campaign_code: str, round_code: str) -> str:
    """Show the units that letters do not reach, to be telephoned."""
    with reading() as session:
        place = find_place(session)
        calls = telephoning.calls(session, place.round.id)
    return render_template("mailing/list_calls.html", place=place, calls=calls)


@mailing.post("/dia-chi")
def use_again(campaign_code: str, round_code: str) -> Response:
    """Send letters to an address again that has failed."""
    with transaction() as session:
        place = find_place(session)
        address = clean(request.form.get("address", ""))
        telephoning.use_again(session, address, account_name(), current_moment())
    flash(_("Letters will be sent to %(address)s again.", address=address), "success")
    return redirect(place.address("mailing.list_calls"), 303)


# --- single letters -------------------------------------------------------------------------------


@mailing.get("/la-thu/<int:letter_id>")
def show_letter(campaign_code: str, round_code: str, letter_id: int) -> str:
    """Show a letter."""
    with reading() as session:
        place = find_place(session)
        listed = _listed(session, place, letter_id)
        letter = letters.find(session, listed.assignment_id, letter_id)
    return render_template("mailing/show_letter.html", place=place, letter=letter, listed=listed)


@mailing.get("/la-thu/<int:letter_id>.eml")
def download_letter(campaign_code: str, round_code: str, letter_id: int) -> Response:
    """Send a letter as a file that mail programs open."""
    with reading() as session:
        place = find_place(session)
        listed = _listed(session, place, letter_id)
        letter = letters.find(session, listed.assignment_id, letter_id)
    if not letter.to:
        raise Problem("letter_unknown")
    content = message_of(letter, mail_sender()).as_bytes()
    response = Response(content, mimetype="message/rfc822")
    response.headers["Content-Disposition"] = content_disposition(f"{letter.subject}.eml")
    return response


def _listed(session: Session, place: Place, letter_id: int) -> mailed.FoundLetter:
    """Return where a letter of this round belongs. Raises Problem `letter_unknown`."""
    found = mailed.find_letter(session, place.round.id, letter_id)
    if found is None:
        raise Problem("letter_unknown")
    return found


@mailing.post("/la-thu/<int:letter_id>")
def decide_letter(campaign_code: str, round_code: str, letter_id: int) -> Response:
    """Send a letter once more, cancel it, or note that it has arrived, as the button says."""
    acts = {"retry": letters.retry, "cancel": letters.cancel, "confirm": letters.confirm}
    act = acts.get(request.form.get("action", ""), letters.cancel)
    with transaction() as session:
        place = find_place(session)
        _listed(session, place, letter_id)
        act(session, letter_id, account_name(), current_moment())
    deliver_soon()
    flash(_("Done."), "success")
    return redirect(place.address("mailing.show_letter", letter_id=letter_id), 303)


@mailing.post("/lan-gui/<int:batch_id>/huy")
def cancel_batch(campaign_code: str, round_code: str, batch_id: int) -> Response:
    """Cancel the letters of a batch that still wait."""
    with transaction() as session:
        place = find_place(session)
        _batch(session, place, batch_id)
        letters.cancel_batch(session, batch_id, account_name(), current_moment())
    flash(_("The letters that were still waiting have been cancelled."), "success")
    return redirect(place.address("mailing.show_batch", batch_id=batch_id), 303)


# --- sending --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypedOrder:
    """What an officer chose to send, and what is wrong with it, by field."""

    kind: str
    audience: str
    among: frozenset[str]
    wording: Wording
    instance: str
    faults: Mapping[str, str]

    def order(self) -> Order:
        """Return what is to be sent."""
        free = self.wording if self.kind == FREE else None
        return Order(self.kind, self.audience, self.among, free)


@mailing.route("/gui", methods=["GET", "POST"])
def send_letters(campaign_code: str, round_code: str) -> Page:
    """Choose what to send to whom, look at who would get what, send exactly that."""
    now = current_moment()
    if request.method == "GET":
        with reading() as session:
            place = find_place(session)
            typed = _chosen(session, place)
            if "kind" in request.args and not typed.faults and typed.kind != FREE:
                return _check_page(session, place, typed, now)
            return _order_page(session, place, replace(typed, faults={}))
    typed = _read_order()
    if request.form.get("action") != "send":
        with reading() as session:
            place = find_place(session)
            if request.form.get("action") == "edit" or typed.faults:
                page = _order_page(session, place, typed)
                return (page, 422) if typed.faults else page
            return _check_page(session, place, typed, now)
    return _send(typed, now)


def _send(typed: TypedOrder, now: datetime) -> Page:
    with transaction() as session:
        place = find_place(session)
        if typed.faults:
            return _order_page(session, place, typed), 422
        made = _plan(session, place, typed, now)
        seen = request.form.get("seen", "")
        try:
            batch_id = sending.send(
                session, place.round.id, made, seen, typed.instance, account_name(), now
            )
        except Problem as problem:
            if problem.code not in ("letters_changed", "letters_none"):
                raise
            page = _check_page(session, place, typed, now, problem=sentence(problem))
            return page, problem.status
    deliver_soon()
    return redirect(place.address("mailing.show_batch", batch_id=batch_id), 303)


def _plan(session: Session, place: Place, typed: TypedOrder, now: datetime) -> Plan:
    return sending.plan(session, place.round.id, typed.order(), public_url(), now)


def _chosen(session: Session, place: Place) -> TypedOrder:
    """Return what an address asks to be sent, with the wording of a free letter to begin with."""
    asked = letter_round(session, place.round.id)
    kind = request.args.get("kind", "invitation")
    audience = request.args.get("audience", "not_sent")
    among = frozenset(request.args.getlist("among"))
    typed = TypedOrder(
        kind, audience, among, wordings(session, asked.campaign_id)[FREE], new_instance(), {}
    )
    return replace(typed, faults=_order_faults(typed))


def _read_order() -> TypedOrder:
    form = request.form
    audience = form.get("audience", "")
    typed = TypedOrder(
        form.get("kind", ""),
        audience,
        frozenset(form.getlist(f"among_{audience}")),
        tidy(Wording(form.get("subject", ""), form.get("body", ""))),
        form.get("instance", "") or new_instance(),
        {},
    )
    return replace(typed, faults=_order_faults(typed))


def _order_faults(typed: TypedOrder) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if typed.kind not in SENT_KINDS:
        found["kind"] = _("Please choose what to send.")
    if typed.audience not in AUDIENCES:
        found["audience"] = _("Please choose who is written to.")
    elif typed.audience in ("group", "state", "units") and not typed.among:
        found[f"among_{typed.audience}"] = _("Please choose at least one.")
    if typed.kind == FREE:
        found |= _wording_faults(faults(FREE, typed.wording))
        # What is there to begin with announces something, but does not say what.
        if typed.wording == tidy(DEFAULTS[FREE]):
            found["body"] = _("Please write what the letter is to say.")
    return found


def _wording_faults(wrong: Sequence[Fault]) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in wrong:
        found.setdefault(fault.field, fault_sentence(fault))
    return found


def _order_page(session: Session, place: Place, typed: TypedOrder) -> str:
    units = addressed_units(session, place.round.id)
    return render_template(
        "mailing/send_letters.html",
        place=place,
        typed=typed,
        kinds=SENT_KINDS,
        audiences=AUDIENCE_NAMES,
        groups=_groups(place, units),
        states={name: word for name, word in STATES.items() if name != "withdrawn"},
        units=sorted(units, key=lambda unit: sort_key(unit.name)),
    )


def _groups(place: Place, units: Sequence[AddressedUnit]) -> Mapping[str, str]:
    asked = {unit.group_code for unit in units}
    return {code: name for code, name in place.campaign.groups.items() if code in asked}


def _check_page(
    session: Session, place: Place, typed: TypedOrder, now: datetime, *, problem: str = ""
) -> str:
    made = _plan(session, place, typed, now)
    skipped: dict[str, list[Skipped]] = {reason: [] for reason in SKIP_REASONS}
    for unit in made.skipped:
        skipped[unit.reason].append(unit)
    return render_template(
        "mailing/check_letters.html",
        place=place,
        typed=typed,
        plan=made,
        skipped={reason: units for reason, units in skipped.items() if units},
        reasons=SKIP_REASONS,
        audiences=AUDIENCE_NAMES,
        problem=problem,
        most_texts=MOST_TEXTS,
    )


# --- reminders ------------------------------------------------------------------------------------


@mailing.route("/lich-nhac", methods=["GET", "POST"])
def edit_reminders(campaign_code: str, round_code: str) -> Page:
    """Say on which days, counted from the due day, units are reminded."""
    if request.method == "GET":
        with reading() as session:
            place = find_place(session, CLOSED)
            return _reminders_page(session, place)
    typed = clean(request.form.get("days", ""))
    try:
        offsets = _read_offsets(typed)
    except ValueError:
        with reading() as session:
            fault = _("Please write whole numbers with commas between them, for example -7, -1, 2.")
            return _reminders_page(session, find_place(session, CLOSED), typed, fault), 422
    with transaction() as session:
        place = find_place(session, CLOSED)
        try:
            sending.set_reminders(
                session, place.round.id, offsets, account_name(), current_moment()
            )
        except Problem as problem:
            if problem.code != "reminders_wrong":
                raise
            return _reminders_page(session, place, typed, sentence(problem)), problem.status
    flash(_("The days of reminders were kept."), "success")
    return redirect(place.address("mailing.edit_reminders"), 303)


def _read_offsets(typed: str) -> list[int]:
    """Return the days that somebody typed. Raises ValueError."""
    # Word writes a dash for a minus.
    plain = typed.replace("−", "-").replace("–", "-").replace(";", ",")
    return [int(part) for part in plain.split(",") if part.strip()]


def _reminders_page(
    session: Session, place: Place, typed: str | None = None, fault: str = ""
) -> str:
    asked = letter_round(session, place.round.id)
    given = ", ".join(map(str, sorted(asked.reminders))) if typed is None else typed
    return render_template(
        "mailing/edit_reminders.html",
        place=place,
        typed=given,
        faults={"days": fault} if fault else {},
        days=[
            (offset, day, sending.reminder_kind(offset))
            for offset, day in sending.planned_days(asked)
        ],
        first_hour=sending.FIRST_HOUR,
        longest_delay=sending.LONGEST_DELAY_DAYS,
    )
