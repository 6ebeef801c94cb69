"""Who is asked in a round, on the board: looked at, added, withdrawn, changed, one or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from language.text import clean, fold
from models.campaign import PUBLIC, Round
from models.database import reading, transaction
from models.problems import Problem
from models.queries import opening
from services import assignments as asked
from services import directory
from services.assignments import Asking
from services.campaigns import find_round
from views.access import account_name
from views.entries import Choices, Entry, Typed, read_entries, summary
from views.errors import sentence
from views.filling import current_moment, today
from views.narrowing import ORDERS, asked_order, in_order

assignments = Blueprint(
    "assignments",
    __name__,
    url_prefix="/chuyen-de/<campaign_code>/dot-bao-cao/<round_code>/don-vi",
)

Page = str | Response | tuple[str, int]
UNIT_ENTRY = Entry("units", _("Units"))
ENTRIES: Mapping[str, Entry] = {
    "required": Entry("required", _("Duty to report"), "choice", hint=_("(none): as it is.")),
    "counted": Entry("counted", _("Added to totals"), "choice", hint=_("(none): as it is.")),
    "due_at": Entry(
        "due_at",
        _("Own deadline"),
        "moment",
        hint=_("Before the round closes. Blank: the deadline of the round."),
    ),
    "reason": Entry(
        "reason",
        _("Reason"),
        longest=500,
        hint=_("Needed once the round has opened; it stands beside the rates."),
    ),
}
CHOICES: Choices = {
    "required": {"yes": _("required to report"), "no": _("invited to report")},
    "counted": {"yes": _("added to totals"), "no": _("not added to totals")},
}
MEANINGS = {"yes": True, "no": False, "": None}
FIELD_OF_PROBLEM = {
    "reason_needed": "reason",
    "due_after_closing": "due_at",
    "due_of_sent": "due_at",
    "duty_fixed": "units",
}


class Found(Protocol):
    """A unit that can be looked for."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def search(self) -> str:
        """What it is found by: folded text."""

    @property
    def group_code(self) -> str:
        """The code of its group."""

    @property
    def level(self) -> str:
        """Its level, as the directory calls it."""


Unit = TypeVar("Unit", bound=Found)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which units are looked for: by words, group and level; and in which order they stand."""

    words: str
    group: str
    level: str
    order: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.group or self.level)

    def as_query(self) -> dict[str, str]:
        """Return what is looked for as an address says it."""
        query = {
            "q": self.words,
            "group": self.group,
            "level": self.level,
            "order": self.order,
        }
        return {name: text for name, text in query.items() if text}

    def find(self, units: Iterable[Unit]) -> list[Unit]:
        """Return the units that are looked for, accents and case aside."""
        words = fold(self.words).split()
        found = [
            unit
            for unit in units
            if all(word in unit.search for word in words)
            and self.group in ("", unit.group_code)
            and self.level in ("", unit.level)
        ]
        return [*in_order(found, self.order)]


@assignments.get("")
def show(campaign_code: str, round_code: str) -> str:
    """Show the units asked in a round, its rates, and what has changed since it opened."""
    with reading() as session:
        return _show_page(session, _round(session), Typed())


@assignments.post("/thay-doi")
def change(campaign_code: str, round_code: str) -> Page:
    """Do to the chosen units what the button says that was pressed."""
    act = ACTS.get(request.form.get("action", ""))
    if act is None:
        abort(400)
    with transaction() as session:
        found = _round(session)
        typed = read_entries(tuple(ENTRIES.values()), CHOICES)
        units = asked.asked_units(session, found.id)
        codes = _chosen([unit for unit in units if unit.withdrawn_at is None])
        if not codes:
            typed = typed.wrong(units=gettext("Please choose units."))
        if typed.faults:
            return _show_page(session, found, typed), 422
        if act is _withdraw and not _is_agreed(codes):
            return _withdraw_page(session, found, codes, typed)
        try:
            done = act(session, found, codes, typed)
        except Problem as problem:
            return _show_page(session, found, _told(typed, problem)), problem.status
    flash(ngettext("%(num)d unit was changed.", "%(num)d units were changed.", done), "success")
    # What was looked for stays, so that the next change meets the same units.
    return _back(campaign_code, round_code, **_sought().as_query())


def _change_duty(session: Session, found: Round, codes: Sequence[str], typed: Typed) -> int:
    now = current_moment()
    return asked.change_duty(session, found, codes, _asking(typed), account_name(), now)


def _change_due(session: Session, found: Round, codes: Sequence[str], typed: Typed) -> int:
    due_at = typed.values["due_at"]
    return asked.change_due(session, found, codes, due_at, account_name(), current_moment())


def _withdraw(session: Session, found: Round, codes: Sequence[str], typed: Typed) -> int:
    reason = typed.values["reason"]
    return asked.withdraw(session, found, codes, reason, account_name(), current_moment())


def _is_agreed(codes: Sequence[str]) -> bool:
    """Tell whether somebody has read how many units are withdrawn; of one, it is seen anyway."""
    few = len(codes) == 1 and "all" not in request.form
    return few or request.form.get("agreed") == str(len(codes))


ACTS: Mapping[str, Callable[[Session, Round, Sequence[str], Typed], int]] = {
    "duty": _change_duty,
    "due": _change_due,
    "withdraw": _withdraw,
}


@assignments.route("/them", methods=["GET", "POST"])
def add_units(campaign_code: str, round_code: str) -> Page:
    """Look for units that are not asked, and ask those that are chosen."""
    with transaction() as session:
        found, now = _round(session), current_moment()
        if request.method == "GET":
            return _add_page(session, found, Typed())
        typed = read_entries(tuple(ENTRIES.values()), CHOICES)
        codes = _chosen(asked.addable_units(session, found.id, today(now)))
        if not codes:
            typed = typed.wrong(units=gettext("Please choose units."))
        if typed.faults:
            return _add_page(session, found, typed), 422
        try:
            done = asked.add(session, found, codes, _asking(typed), account_name(), now)
        except Problem as problem:
            return _add_page(session, found, _told(typed, problem)), problem.status
    flash(ngettext("%(num)d unit was added.", "%(num)d units were added.", done), "success")
    return _back(campaign_code, round_code)


def _back(campaign_code: str, round_code: str, **query: Any) -> Response:
    place: dict[str, Any] = {"campaign_code": campaign_code, "round_code": round_code}
    return redirect(url_for("assignments.show", **place, **query), 303)


# --- what is asked --------------------------------------------------------------------------------


def _round(session: Session) -> Round:
    """Return the round of this request. Raises Problem `round_unknown`, also for a public one."""
    given: Mapping[str, str] = request.view_args or {}
    found = find_round(session, given["round_code"], given["campaign_code"])
    if found.kind == PUBLIC:
        raise Problem("round_unknown", round=found.code)
    return found


def _sought() -> Sought:
    given = request.values
    words, group, level = (given.get(name, "") for name in ("q", "group", "level"))
    return Sought(clean(words), group, level, asked_order())


def _chosen(units: Sequence[Unit]) -> list[str]:
    """Return the codes of the units that were ticked, or of all that are looked for."""
    found = _sought().find(units)
    if "all" in request.form:
        return [unit.code for unit in found]
    ticked = set(request.form.getlist("unit"))
    return [unit.code for unit in units if unit.code in ticked]


def _asking(typed: Typed) -> Asking:
    return Asking(
        MEANINGS[typed.values["required"]],
        MEANINGS[typed.values["counted"]],
        typed.values["due_at"],
        typed.values["reason"],
    )


def _told(typed: Typed, problem: Problem) -> Typed:
    return typed.wrong(**{FIELD_OF_PROBLEM.get(problem.code, "units"): sentence(problem)})


# --- pages ----------------------------------------------------------------------------------------


def _show_page(session: Session, found: Round, typed: Typed) -> str:
    units, now = asked.asked_units(session, found.id), current_moment()
    return render_template(
        "assignments/show.html",
        figures=asked.count(units),
        changes=asked.explained(session, found.id, today(now)),
        **_given(session, found, typed, units),
    )


def _withdraw_page(session: Session, found: Round, codes: Sequence[str], typed: Typed) -> Page:
    """Ask whether so many units are to be withdrawn, and which those are."""
    chosen = frozenset(codes)
    units = [unit for unit in asked.asked_units(session, found.id) if unit.code in chosen]
    given = _given(session, found, typed, units)
    if given["is_opened"] and not typed.values["reason"]:
        typed = _told(typed, Problem("reason_needed"))
        return _show_page(session, found, typed), 422
    return render_template("assignments/withdraw_units.html", **{**given, "units": units})


def _add_page(session: Session, found: Round, typed: Typed) -> str:
    units = asked.addable_units(session, found.id, today(current_moment()))
    return render_template("assignments/add_units.html", **_given(session, found, typed, units))


def _given(session: Session, found: Round, typed: Typed, units: Sequence[Any]) -> dict[str, Any]:
    sought, opened = _sought(), opening(session, found.id)
    return {
        "campaign": found.campaign,
        "round": found,
        "units": sought.find(units),
        "levels": sorted({unit.level for unit in units if unit.level}),
        "groups": {**directory.groups(session), **_groups(found)},
        "sought": sought,
        "orders": ORDERS,
        "opened": opened if is_past(opened) else None,
        "is_opened": is_past(opened),
        "typed": typed,
        "faults": summary((UNIT_ENTRY, *ENTRIES.values()), typed),
        "chosen": frozenset(request.form.getlist("unit")),
        "all": "all" in request.form,
        "entries": ENTRIES,
        "choices": CHOICES,
    }


def _groups(found: Round) -> Mapping[str, str]:
    return {group["code"]: group["name"] for group in found.campaign.groups}


def is_past(opened: datetime | None) -> bool:
    """Tell whether the rates of a round are counted already."""
    return opened is not None and opened < current_moment()
