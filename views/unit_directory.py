"""The directory of units on the board: the tree, one unit, and what is changed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.text import clean
from models.database import reading, transaction
from models.problems import Problem
from models.unit import INVITED_DUTY, REQUIRED_DUTY
from services import directory
from services.directory import ContactFacts, Sought, UnitFacts
from services.seen import Meanwhile
from views.access import SEE_CONTACTS, account_name, has_all_campaigns, may, may_enter
from views.entries import Entry, Typed, read_entries, shown_entries, summary
from views.errors import sentence
from views.filling import current_moment, today
from views.meanwhile import compared, mark_for, seen_mark

unit_directory = Blueprint("unit_directory", __name__, url_prefix="/don-vi")

Page = str | Response | tuple[str, int]
DUTIES = {REQUIRED_DUTY: _("required to report"), INVITED_DUTY: _("invited to report")}
LEVEL_NAMES = {"tinh": _("province"), "huyen": _("district"), "xa": _("commune")}
VALIDITIES = {"now": _("Existing today"), "ended": _("Ended"), "all": _("All")}
ORDERS = {"": _("Official order"), "ten": _("By name")}
CODE_ENTRY = Entry(
    "code",
    _("Code of the unit"),
    "unit_code",
    needed=True,
    longest=32,
    hint=_("It cannot be changed later, for example TU-RG."),
)
ENTRIES = (
    Entry("name", _("Name of the unit"), needed=True),
    Entry("short_name", _("Short name")),
    Entry("group_code", _("Unit group"), "choice", needed=True),
    Entry("level", _("Level"), "level", longest=32, hint=_("For example tỉnh, huyện or xã.")),
    Entry(
        "parent_code",
        _("Parent unit"),
        "unit",
        longest=32,
        hint=_("Its code. Blank: the unit stands at the top."),
    ),
    Entry("email", _("E-mail address of the unit"), "email"),
    Entry("admin_code", _("Administrative code"), longest=32),
    Entry("report_duty", _("Duty to report"), "choice", needed=True),
    Entry("count_in_total", _("Its figures are added to totals"), "tick"),
    Entry(
        "position",
        _("Place in the official order"),
        "number",
        high=1_000_000,
        needed=True,
        hint=_("0: after all others."),
    ),
    Entry("valid_from", _("Exists since"), "day", hint=_("Blank: always.")),
    Entry("note", _("Note"), "lines", longest=500),
)
END_ENTRIES = (
    Entry(
        "valid_to",
        _("Last day"),
        "day",
        hint=_("For example 30/6/2025. Blank: the unit goes on existing."),
    ),
    Entry("successor_code", _("Successor"), "unit", longest=32, hint=_("Its code, if any.")),
)
CONTACT_ENTRIES = (
    Entry("name", _("Name"), needed=True),
    Entry("title", _("Position held")),
    Entry("email", _("E-mail address"), "email"),
    Entry("phone", _("Telephone number"), longest=32),
    Entry(
        "keep_until",
        _("Keep until"),
        "day",
        hint=_("After this day the contact is erased. Blank: as long as the unit reports."),
    ),
)
FIELD_OF_PROBLEM = {
    "unit_code_taken": "code",
    "unit_parent": "parent_code",
    "unit_successor": "successor_code",
    "unit_validity": "valid_to",
}


# --- looking --------------------------------------------------------------------------------------


@unit_directory.get("/")
def list_units() -> str:
    """Show the directory: a tree, or the units that are looked for."""
    sought = _sought()
    with reading() as session:
        units = directory.all_units(session)
        groups = directory.groups(session)
    lines = directory.seek(units, sought, today(current_moment()))
    return render_template(
        "units/list_units.html",
        lines=lines,
        sought=sought,
        groups=groups,
        names={unit.code: unit.name for unit in units},
        validities=VALIDITIES,
        orders=ORDERS,
        duties=DUTIES,
        today=today(current_moment()),
    )


def _sought() -> Sought:
    validity = request.args.get("validity", "now")
    return Sought(
        clean(request.args.get("q", "")),
        request.args.get("group", ""),
        validity if validity in VALIDITIES else "now",
        by_name=request.args.get("order") == "ten",
    )


@unit_directory.get("/ma/<unit_code>")
def show_unit(unit_code: str) -> str:
    """Show a unit: what is said of it, who is above and below it, where it is asked."""
    with reading() as session:
        unit = directory.find_unit(session, unit_code)
        units = directory.all_units(session)
        asked = [
            one for one in directory.asked_in(session, unit_code) if may_enter(one.campaign_code)
        ]
        groups = directory.groups(session)
        # Whoever has single campaigns turns to the units that are asked in them.
        sees_contacts = may(SEE_CONTACTS) and (bool(asked) or has_all_campaigns())
        contacts = directory.contacts(session, unit_code) if sees_contacts else {}
    return render_template(
        "units/show_unit.html",
        unit=unit,
        names={other.code: other.name for other in units},
        children=[other for other in units if other.parent_code == unit_code],
        predecessors=[other for other in units if other.successor_code == unit_code],
        asked=asked,
        groups=groups,
        sees_contacts=sees_contacts,
        contacts=contacts,
        duties=DUTIES,
        today=today(current_moment()),
    )


# --- adding and changing --------------------------------------------------------------------------


@unit_directory.route("/moi", methods=["GET", "POST"])
def add_unit() -> Page:
    """Add a unit."""
    with reading() as session:
        choices, units = _choices(session), directory.all_units(session)
    entries = (CODE_ENTRY, *ENTRIES)
    page = _EntriesPage("units/add_unit.html", entries, choices, units)
    if request.method == "GET":
        begun = {"report_duty": INVITED_DUTY, "position": 0}
        return page.draw(shown_entries(entries, begun))
    typed = read_entries(entries, choices)
    if typed.faults:
        return page.draw(typed), 422
    facts = _facts(typed, {"valid_to": None, "successor_code": ""})
    return _do(page, typed, facts, gettext("The unit was added."), new=True)


@unit_directory.route("/ma/<unit_code>/sua", methods=["GET", "POST"])
def change_unit(unit_code: str) -> Page:
    """Change what is said of a unit."""
    return _change(unit_code, "units/change_unit.html", ENTRIES, gettext("The unit was changed."))


@unit_directory.route("/ma/<unit_code>/ket-thuc", methods=["GET", "POST"])
def retire_unit(unit_code: str) -> Page:
    """Say when a unit ends, and which one follows it."""
    ends = bool(clean(request.form.get("valid_to", "")))
    told = gettext("The end of the unit was noted.") if ends else gettext("The unit has no end.")
    return _change(unit_code, "units/retire_unit.html", END_ENTRIES, told)


def _change(unit_code: str, template: str, entries: Sequence[Entry], told: str) -> Page:
    page, before = _unit_page(unit_code, template, entries)
    if request.method == "GET":
        return page.draw(shown_entries(entries, asdict(before)))
    typed = read_entries(entries, page.choices)
    if typed.faults:
        return page.draw(typed), 422
    try:
        return _do(page, typed, _facts(typed, asdict(before)), told)
    except Meanwhile as problem:
        page, stored = _unit_page(unit_code, template, entries)
        return page.draw_compared(typed, asdict(stored)), problem.status


def _unit_page(
    unit_code: str, template: str, entries: Sequence[Entry]
) -> tuple[_EntriesPage, UnitFacts]:
    """Return the page on which a unit is changed, and what is said of the unit."""
    with reading() as session:
        unit = directory.find_unit(session, unit_code)
        choices, units = _choices(session, unit), directory.all_units(session)
        asked = directory.asked_in(session, unit_code)
    return _EntriesPage(template, entries, choices, units, unit, unit=unit, asked=asked), unit


def _do(
    page: _EntriesPage, typed: Typed, facts: UnitFacts, told: str, *, new: bool = False
) -> Page:
    try:
        with transaction() as session:
            if new:
                directory.add(session, facts, account_name(), current_moment())
            else:
                directory.change(session, facts, account_name(), current_moment(), seen_mark())
    except Meanwhile:
        raise
    except Problem as problem:
        field = FIELD_OF_PROBLEM.get(problem.code, "name")
        return page.draw(typed.wrong(**{field: sentence(problem)})), problem.status
    return _done(facts.code, told)


def _facts(typed: Typed, before: Mapping[str, Any]) -> UnitFacts:
    """Return what is said of a unit now: what was typed, over what was said before."""
    said = {**before, **typed.values}
    facts = UnitFacts(**{part.name: said[part.name] for part in fields(UnitFacts)})
    return replace(facts, note=clean(facts.note))


class _EntriesPage:
    """A page of entries that is drawn again with what was typed.

    `facts` are those that it changes, if any: the page carries their mark.
    """

    def __init__(
        self,
        template: str,
        entries: Sequence[Entry],
        choices: Mapping[str, Any],
        units: Sequence[UnitFacts],
        facts: UnitFacts | ContactFacts | None = None,
        **more: Any,
    ) -> None:
        self.template = template
        self.given = {"entries": entries, "choices": choices, "units": units, **more}
        self.entries, self.choices, self.facts = entries, choices, facts

    def draw(self, typed: Typed) -> str:
        faults = summary(self.entries, typed)
        mark = {"mark": mark_for(self.facts, typed)} if self.facts else {}
        return render_template(self.template, typed=typed, faults=faults, **mark, **self.given)

    def draw_compared(self, typed: Typed, stored: Mapping[str, Any]) -> str:
        """Draw what was typed beside what somebody else has stored meanwhile."""
        return self.draw(compared(self.entries, typed, stored, self.choices))


def _choices(session: Session, unit: UnitFacts | None = None) -> Mapping[str, Mapping[str, Any]]:
    """Return what can be chosen; a unit may stay in a group that no campaign has any more."""
    own = {unit.group_code: unit.group_code} if unit else {}
    return {"group_code": {**own, **directory.groups(session)}, "report_duty": DUTIES}


def _done(unit_code: str, told: str) -> Response:
    flash(told, "success")
    return redirect(url_for("unit_directory.show_unit", unit_code=unit_code), 303)


# --- contacts -------------------------------------------------------------------------------------


@unit_directory.route("/ma/<unit_code>/lien-he", methods=["GET", "POST"])
def add_contact(unit_code: str) -> Page:
    """Add a person to turn to at a unit."""
    with reading() as session:
        unit = directory.find_unit(session, unit_code)
    page = _EntriesPage("units/contact.html", CONTACT_ENTRIES, {}, (), unit=unit, known=False)
    if request.method == "GET":
        return page.draw(Typed())
    typed = read_entries(CONTACT_ENTRIES)
    if typed.faults:
        return page.draw(typed), 422
    with transaction() as session:
        facts = ContactFacts(**typed.values)
        directory.add_contact(session, unit_code, facts, account_name(), current_moment())
    return _done(unit_code, gettext("The contact was added."))


@unit_directory.route("/ma/<unit_code>/lien-he/<int:contact_id>", methods=["GET", "POST"])
def change_contact(unit_code: str, contact_id: int) -> Page:
    """Change a person to turn to, or erase what is known of the person."""
    page, before = _contact_page(unit_code, contact_id)
    if request.method == "GET":
        return page.draw(shown_entries(CONTACT_ENTRIES, asdict(before)))
    if request.form.get("action") == "remove":
        with transaction() as session:
            now = current_moment()
            directory.remove_contact(session, unit_code, contact_id, account_name(), now)
        return _done(unit_code, gettext("The contact was erased."))
    typed = read_entries(CONTACT_ENTRIES)
    if typed.faults:
        return page.draw(typed), 422
    facts, now = ContactFacts(**typed.values), current_moment()
    try:
        with transaction() as session:
            directory.change_contact(
                session, unit_code, contact_id, facts, account_name(), now, seen_mark()
            )
    except Meanwhile as problem:
        page, stored = _contact_page(unit_code, contact_id)
        return page.draw_compared(typed, asdict(stored)), problem.status
    return _done(unit_code, gettext("The contact was changed."))


def _contact_page(unit_code: str, contact_id: int) -> tuple[_EntriesPage, ContactFacts]:
    """Return the page on which a contact is changed, and what is known of the person."""
    with reading() as session:
        unit = directory.find_unit(session, unit_code)
        known = directory.find_contact(session, unit_code, contact_id)
    page = _EntriesPage("units/contact.html", CONTACT_ENTRIES, {}, (), known, unit=unit, known=True)
    return page, known


def level_name(level: str) -> str:
    """Return a level as people call it; a free word as it is."""
    return str(LEVEL_NAMES.get(level, level))


def init_levels(app: Flask) -> None:
    """Let templates of `app` name levels."""
    app.jinja_env.filters["level"] = level_name
