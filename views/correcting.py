"""The board decides on a report: accepts it, returns it, gives it more time, or corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.dates import end_of_day, local
from language.text import clean_lines
from models.campaign import CLOSED
from models.database import reading, transaction
from models.following import FollowedRound
from models.problems import Problem
from services import correcting as acts
from services import definitions, following, letters, reporting
from services.attachments import Kept
from services.following import FollowedCampaign, FollowedUnit
from services.letters import Told
from services.reporting import OpenLink, Sending, SentRevision
from views import correction as corrections
from views import files, questions
from views.access import SEE_CONTACTS, account_name, may, signed_in
from views.codes import public_address
from views.correction import Correction, draw, just_appeared, open_correction, reason_fault
from views.delivery import deliver_soon
from views.errors import sentence
from views.files import LARGEST_REQUEST_BYTES, Received
from views.filling import Filled, current_moment, is_action, new_instance, read_request
from views.history import by_unit, compare, events, in_order, mark_label
from views.returning import (
    Moment,
    TypedReturn,
    first_deadline,
    moment_fault,
    read_moment,
    read_return,
    returned_sections,
    text_fault,
    typed_moment,
)

correcting = Blueprint(
    "correcting", __name__, url_prefix="/<campaign_code>/<round_code>/<unit_code>"
)

Page = str | Response | tuple[str, int]
# What is refused because somebody else was quicker; the page is shown again with what was typed.
OVERTAKEN = frozenset({"stale_revision", "report_accepted", "report_missing"})
LANGUAGE_OF_LETTERS = "vi"


@dataclass(frozen=True, slots=True)
class Place:
    """The report that an address names."""

    campaign: FollowedCampaign
    round: FollowedRound
    unit: FollowedUnit

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the addresses of this report."""
        return {
            "campaign_code": self.campaign.code,
            "round_code": self.round.code,
            "unit_code": self.unit.code,
        }

    def address(self, endpoint: str, **more: Any) -> str:
        """Return the address of a page about this report."""
        given: dict[str, Any] = {**self.arguments, **more}
        return url_for(endpoint, **given)


def find_place(session: Session) -> Place:
    """Return the report of this request.

    Raises Problem `campaign_unknown`, `round_unknown`, also when its reports are not decided on, or
    `unit_unknown`.
    """
    given: Mapping[str, str] = request.view_args or {}
    campaign = following.find_campaign(session, given["campaign_code"])
    asked = following.find_round(campaign, given["round_code"])
    if asked.kind != CLOSED:
        raise Problem("round_unknown", round=asked.code)
    unit = following.find_unit(session, asked, given["unit_code"], current_moment())
    return Place(campaign, asked, unit)


def init_correcting(app: Flask) -> None:
    """Let `app` take forms as large as those of units where an officer fills one in."""

    @app.before_request
    def allow_files() -> None:
        if request.endpoint == "correcting.correct_report" and signed_in():
            request.max_content_length = LARGEST_REQUEST_BYTES
            request.max_form_parts = corrections.MOST_PARTS


# --- accepting ------------------------------------------------------------------------------------


@correcting.post("/duyet")
def accept_report(campaign_code: str, round_code: str, unit_code: str) -> Response:
    """Accept the revision that the officer has read."""
    now = current_moment()
    letter = None
    with transaction() as session:
        place = find_place(session)
        try:
            done = acts.accept(session, place.unit.assignment_id, _seen(), account_name(), now)
        except Problem as problem:
            return _overtaken(place, problem)
        if done:
            letter = _write(session, place, "report.accepted", Told(), now)
    return _done(place, letter, _("The report was accepted."))


def _overtaken(place: Place, problem: Problem) -> Response:
    """Go back to the report when it is no longer what the officer has read, and say so."""
    if problem.code not in OVERTAKEN:
        raise problem
    flash(sentence_for_board(problem), "warning")
    return redirect(place.address("board.show_report"), 303)


def sentence_for_board(problem: Problem) -> str:
    """Return what an officer is told when somebody else was quicker."""
    if problem.code == "stale_revision":
        return _(
            "The report has been sent again since this page was opened. Please read the newest "
            "revision first."
        )
    return sentence(problem)


# --- returning ------------------------------------------------------------------------------------


@correcting.route("/tra-lai", methods=["GET", "POST"])
def return_report(campaign_code: str, round_code: str, unit_code: str) -> Page:
    """Return a report for correction, with a reason for each question and a deadline."""
    if request.method == "GET":
        with reading() as session:
            begun = TypedReturn(deadline=typed_moment(first_deadline(current_moment())))
            return _return_page(session, find_place(session), begun)
    typed = read_return()
    now = current_moment()
    letter = None
    with transaction() as session:
        place = find_place(session)
        if typed.faults:
            return _return_page(session, place, typed), 422
        made = typed.made()
        try:
            done = acts.return_for_correction(
                session, place.unit.assignment_id, _seen(), made, account_name(), now
            )
        except Problem as problem:
            if problem.code not in OVERTAKEN:
                raise
            return _return_page(session, place, typed, problem), problem.status
        if done:
            told = Told(made.note, _marks(session, place, made.reasons), made.deadline)
            letter = _write(session, place, "report.returned", told, now)
    return _done(place, letter, _("The report was returned to the unit."))


def _marks(
    session: Session, place: Place, reasons: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the marked questions as the letter names them."""
    definition = definitions.definition(session, _newest(session, place).form_version_id)
    return tuple(
        (mark_label(definition, name, LANGUAGE_OF_LETTERS), reasons[name])
        for name in in_order(definition, reasons)
    )


def _return_page(
    session: Session, place: Place, typed: TypedReturn, problem: Problem | None = None
) -> str:
    sent = _newest(session, place)
    definition = definitions.definition(session, sent.form_version_id)
    return render_template(
        "correcting/return_report.html",
        place=place,
        sent=sent,
        sections=returned_sections(definition, sent, typed),
        typed=typed,
        problem=sentence_for_board(problem) if problem else "",
    )


def _newest(session: Session, place: Place) -> SentRevision:
    """Return the newest revision. Raises Problem `report_missing`."""
    sent = reporting.revisions(session, place.unit.assignment_id)
    if not sent:
        raise Problem("report_missing")
    return sent[0]


# --- giving more time -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypedExtension:
    """What an officer typed to give a unit more time, and what is wrong with it, by field."""

    due: Moment
    reason: str
    faults: Mapping[str, str]


@correcting.route("/gia-han", methods=["GET", "POST"])
def extend_report(campaign_code: str, round_code: str, unit_code: str) -> Page:
    """Give a unit another due time, with the reason."""
    now = current_moment()
    if request.method == "GET":
        with reading() as session:
            place = find_place(session)
        typed = TypedExtension(typed_moment(_first_due(place, now)), "", {})
        return render_template("correcting/extend_report.html", place=place, typed=typed)
    typed = _read_extension(now)
    letter = None
    with transaction() as session:
        place = find_place(session)
        if typed.faults:
            page = render_template("correcting/extend_report.html", place=place, typed=typed)
            return page, 422
        due_at, assignment_id = typed.due.parsed(), place.unit.assignment_id
        try:
            done = acts.extend(session, assignment_id, due_at, typed.reason, account_name(), now)
        except Problem as problem:
            typed = replace(typed, faults={"due": sentence(problem)})
            page = render_template("correcting/extend_report.html", place=place, typed=typed)
            return page, problem.status
        if done:
            told = Told(typed.reason, deadline=due_at)
            letter = _write(session, place, "report.extended", told, now)
    return _done(place, letter, _("The unit was given more time."))


def _first_due(place: Place, now: datetime) -> datetime:
    """Return another due time to begin with: the end of a day some days on."""
    latest = max(filter(None, (place.round.due_at, place.unit.extended_to, now)))
    return end_of_day(local(first_deadline(latest)).date())


def _read_extension(now: datetime) -> TypedExtension:
    due = read_moment("due_day", "due_clock")
    reason = clean_lines(request.form.get("reason", ""))
    faults = {
        "due": moment_fault(due, now),
        "reason": text_fault(reason) if reason else _("Please say why."),
    }
    return TypedExtension(due, reason, {name: fault for name, fault in faults.items() if fault})


# --- correcting on behalf -------------------------------------------------------------------------


@correcting.route("/chinh-sua", methods=["GET", "POST"])
def correct_report(campaign_code: str, round_code: str, unit_code: str) -> Page:
    """Fill in the form for a unit, with the reason."""
    if request.method == "GET":
        with reading() as session:
            place = find_place(session)
            opened = open_correction(session, _link(session, place), _file_address(place))
        return _correct_page(place, opened)
    filled = read_request()
    received = _receive(filled)
    page = _correct(filled, received)
    return files.busy(page) if received.disk_full else page


def _receive(filled: Filled) -> Received:
    """Put the files of this request on the disk; nobody has to wait meanwhile."""
    if not files.has_files():
        return Received()
    with reading() as session:
        return corrections.receive(session, _link(session, find_place(session)), filled)


def _correct(filled: Filled, received: Received) -> Page:
    """Do what the button says that was pressed: send, or give a repeat more or fewer rows."""
    now = current_moment()
    with transaction() as session:
        place = find_place(session)
        link = _link(session, place)
        if filled.action == "submit" and reporting.earlier_receipt(session, link, filled.instance):
            return redirect(place.address("board.show_report"), 303)
        opened = open_correction(session, link, _file_address(place))
        if not is_action(opened.definition, filled.action):
            abort(400)
        taken = corrections.take_correction(session, opened, filled, received, _file_address(place))
        page = _unready(place, taken, filled)
        if page is not None:
            return page
        try:
            letter = _send(session, place, taken, filled, now)
        except Problem as problem:
            if problem.code not in OVERTAKEN:
                raise
            return _overtaken_correction(session, place, taken, problem)
    return _done(place, letter, _("The report was sent for the unit."))


def _unready(place: Place, taken: Correction, filled: Filled) -> Page | None:
    """Return the page that asks for more before anything is sent; None when nothing is missing."""
    verb, _sep, target = filled.action.partition(":")
    if verb != "submit":
        return _correct_page(place, taken, more=target if verb == "add" else "")
    fault = reason_fault(taken.reason)
    new = just_appeared(taken, filled)
    if new or fault or not taken.read.valid:
        return _correct_page(place, taken, fault=fault, checked=True, new=new), 422
    return None


def _send(
    session: Session, place: Place, taken: Correction, filled: Filled, now: datetime
) -> int | None:
    """Send what the officer filled in, and tell the unit; return the id of the letter."""
    sending = Sending(
        taken.link.form_version_id,
        taken.read.answers().canonical(),
        filled.instance or new_instance(),
        taken.base,
        explanations=taken.explanations,
        author=account_name(),
        reason=taken.reason,
    )
    acts.correct(session, taken.link, sending, now)
    return _write(session, place, "report.corrected", Told(taken.reason), now)


def _overtaken_correction(
    session: Session, place: Place, taken: Correction, problem: Problem
) -> tuple[str, int]:
    """Show what was typed again; sending it once more then stands on the newest revision."""
    sent = reporting.revisions(session, place.unit.assignment_id)
    taken = replace(taken, base=sent[0].number if sent else 0)
    return _correct_page(place, taken, problem=sentence_for_board(problem)), problem.status


def _correct_page(
    place: Place,
    opened: Correction,
    *,
    problem: str = "",
    fault: str = "",
    checked: bool = False,
    new: list[str] | None = None,
    more: str = "",
) -> str:
    form, drawn, above = draw(opened, fault=fault, checked=checked, new=new or (), more=more)
    return render_template(
        "correcting/correct_report.html",
        place=place,
        form=form,
        draw=questions,
        drawn=drawn,
        above=above,
        problem=problem,
    )


def _link(session: Session, place: Place) -> OpenLink:
    """Open the link of the unit. Raises Problem `link_revoked` when it has none that opens."""
    if place.unit.link_code is None:
        raise Problem("link_revoked", board=place.campaign.board_name)
    return reporting.open_link(session, place.unit.link_code, current_moment())


def _file_address(place: Place) -> corrections.Address:
    def address(kind: str, kept: Kept) -> str:
        endpoint = {"download": "board.download_attachment", "picture": "board.show_picture"}[kind]
        return place.address(endpoint, attachment_id=kept.id)

    return address


# --- history --------------------------------------------------------------------------------------


@correcting.get("/lich-su")
def show_history(campaign_code: str, round_code: str, unit_code: str) -> str:
    """Show everything that was sent and decided."""
    with reading() as session:
        place = find_place(session)
        found = events(session, place.unit.assignment_id, naming=partial(_who, place))
    return render_template(
        "correcting/show_history.html",
        place=place,
        events=found,
        receipt_address=lambda code: place.address("board.show_report", receipt=code),
        compare_address=place.address("correcting.compare_revisions"),
    )


@correcting.get("/so-sanh")
def compare_revisions(campaign_code: str, round_code: str, unit_code: str) -> str:
    """Show two revisions side by side."""
    with reading() as session:
        place = find_place(session)
        revisions = reporting.revisions(session, place.unit.assignment_id)
        comparison = compare(session, place.unit.assignment_id, contacts=may(SEE_CONTACTS))
    return render_template(
        "correcting/compare_revisions.html",
        place=place,
        comparison=comparison,
        revisions=revisions,
        who=partial(_who, place),
    )


def _who(place: Place, author: str) -> str:
    """Return who did something: the unit by its name, an officer by the e-mail address."""
    return place.unit.name if by_unit(author) else author


# --- letters --------------------------------------------------------------------------------------


@correcting.post("/thu/<int:letter_id>")
def send_letter(campaign_code: str, round_code: str, unit_code: str, letter_id: int) -> Response:
    """Try once more to deliver a letter."""
    with reading() as session:
        place = find_place(session)
        letter = letters.find(session, place.unit.assignment_id, letter_id)
    with transaction() as session:
        letters.retry(session, letter.id, account_name(), current_moment())
    deliver_soon(letter.id)
    flash(_("The letter is being sent once more."), "success")
    return redirect(place.address("board.show_report", _anchor="letters"), 303)


def _write(session: Session, place: Place, kind: str, told: Told, now: datetime) -> int:
    """Write the letter that tells the unit of an act; return its id."""
    report = acts.find(session, place.unit.assignment_id)
    address = public_address(report.link_code) if report.link_code else ""
    return letters.write(session, kind, report, replace(told, address=address), now)


def _done(place: Place, letter: int | None, told: str) -> Response:
    """Deliver the letter, now that everything is committed, and go back to the report."""
    if letter is not None:
        deliver_soon(letter)
    flash(told, "success")
    return redirect(place.address("board.show_report"), 303)


def _seen() -> int:
    """Return the number of the revision that the officer has read; 0 when no page of ours says."""
    return request.form.get("revision", 0, type=int)
