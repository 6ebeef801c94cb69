"""Campaigns on the board: all of them, one with its rounds, and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from language.text import fold
from models.campaign import ANSWER_DAYS, DECREE, PARTY
from models.database import reading, transaction
from models.problems import Problem
from services import campaign_desk as desk
from services import directory, rounds
from services.campaign_desk import CampaignFacts, Copied
from services.campaigns import find_campaign
from services.rounds import PlannedRound
from services.seen import Meanwhile
from views.access import account_name, may_enter
from views.board import KINDS
from views.entries import CODE, Entry, Typed, read_entries, shown_entries, summary
from views.errors import sentence
from views.filling import current_moment
from views.language import interface_language
from views.meanwhile import compared, mark_for, seen_mark
from views.timeline import Span, draw_timeline

campaign_desk = Blueprint("campaign_desk", __name__, url_prefix="/chuyen-de")

Page = str | Response | tuple[str, int]
DOCUMENT_STYLES = {
    PARTY: _("Party documents (Hướng dẫn 36-HD/VPTW)"),
    DECREE: _("State documents (Nghị định 30/2020/NĐ-CP)"),
}
CHOICES: Mapping[str, Mapping[str, Any]] = {"document_style": DOCUMENT_STYLES}
CODE_ENTRY = Entry(
    "code",
    _("Code"),
    "code",
    needed=True,
    hint=_("It stands in addresses and file names and cannot be changed later, for example kh46."),
)
PLAN_ENTRIES = (
    Entry("title", _("Title"), needed=True),
    Entry(
        "subject",
        _("Subject of the report"),
        "lines",
        needed=True,
        hint=_("What the report is about; it follows “Báo cáo” in documents."),
    ),
    Entry("plan_number", _("Number of the plan"), hint=_("For example 46-KH/BTGTU.")),
    Entry("plan_date", _("Date of the plan"), "day", hint=_("For example 08/6/2021.")),
    Entry("plan_issuer", _("Issued by")),
)
DOCUMENT_ENTRIES = (
    Entry("board_name", _("Name of the board"), needed=True),
    Entry("parent_body", _("Parent body"), needed=True),
    Entry("place", _("Place"), needed=True, hint=_("It stands before the date of documents.")),
    Entry("signer_title", _("Title of the signer")),
    Entry("signer_name", _("Name of the signer")),
    Entry("report_symbol", _("Symbol of the report"), hint=_("For example -BC/BTGTU.")),
    Entry("document_style", _("Style of documents"), "choice", needed=True),
)
ANSWER_ENTRY = Entry(
    "answer_days",
    _("Days to answer a difficulty"),
    "number",
    needed=True,
    hint=_("What is not answered after so many days is shown as overdue."),
    low=1,
    high=365,
)
GROUP_ENTRY = Entry(
    "groups",
    _("Groups of units"),
    "lines",
    needed=True,
    longest=20_000,
    hint=_(
        "One group a line, in official order: its code, a vertical bar, its name, for example "
        "“ban_dang | Cơ quan tham mưu”. Without a code one is made from the name."
    ),
)
ENTRIES = (*PLAN_ENTRIES, *DOCUMENT_ENTRIES, ANSWER_ENTRY, GROUP_ENTRY)
# What a new campaign begins with.
BEGUN = {"document_style": PARTY, "answer_days": ANSWER_DAYS}
COPY_ENTRIES = (
    Entry("rounds", _("With its rounds, without their dates"), "tick"),
    Entry("units", _("With the units asked in them, and new links"), "tick"),
)
LONGEST_CODE = 64
NO_GROUPS: Mapping[str, str] = {}
GROUP_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@campaign_desk.get("/")
def list_all() -> str:
    """List every campaign that one may enter, those put away last."""
    with reading() as session:
        found = [one for one in desk.list_campaigns(session) if may_enter(one.code)]
    return render_template("desk/list_campaigns.html", campaigns=found)


@campaign_desk.get("/<campaign_code>")
def show(campaign_code: str) -> str:
    """Show a campaign: what is said of it, and its rounds in time."""
    with reading() as session:
        campaign = find_campaign(session, campaign_code)
        facts, archived_at = desk.facts_of(campaign), campaign.archived_at
        planned = rounds.planned_rounds(session, campaign_code)
        forms, versions = rounds.askable_forms(session), rounds.versions_asked(session)
    return render_template(
        "desk/show_campaign.html",
        campaign=facts,
        archived_at=archived_at,
        rounds=planned,
        kinds=KINDS,
        forms={
            id_: title.text(interface_language()) or name for id_, (name, title) in forms.items()
        },
        versions=versions,
        styles=DOCUMENT_STYLES,
        picture=_picture(planned),
        now=current_moment(),
    )


def _picture(planned: Sequence[PlannedRound]) -> Any:
    facts = [planned_round.facts for planned_round in planned]
    spans = [Span(said.title, said.opens_at, said.due_at, said.closes_at) for said in facts]
    return draw_timeline(spans, current_moment())


@campaign_desk.route("/moi", methods=["GET", "POST"])
def create() -> Page:
    """Begin a campaign."""
    if request.method == "GET":
        # The groups of the directory: units that are asked bring theirs along.
        groups = _group_lines(tuple(_known_groups().items()))
        return _create_page(shown_entries(ENTRIES, {**BEGUN, "groups": groups}))
    typed = _read(new=True)
    if typed.faults:
        return _create_page(typed), 422
    try:
        with transaction() as session:
            desk.create(session, _facts(typed), account_name(), current_moment())
    except Problem as problem:
        return _create_page(typed.wrong(code=sentence(problem))), problem.status
    return _done(str(typed.values["code"]), gettext("The campaign was created."))


def _create_page(typed: Typed) -> str:
    return _entries_page("desk/create_campaign.html", (CODE_ENTRY, *ENTRIES), typed)


@campaign_desk.route("/<campaign_code>/sua", methods=["GET", "POST"])
def change(campaign_code: str) -> Page:
    """Change what is said of a campaign."""
    with reading() as session:
        before = desk.facts_of(find_campaign(session, campaign_code))
    if request.method == "GET":
        return _change_page(before, _shown(before))
    typed = _read()
    if typed.faults:
        return _change_page(before, typed), 422
    try:
        with transaction() as session:
            facts = _facts(typed, code=campaign_code)
            desk.change(session, facts, account_name(), current_moment(), seen_mark())
    except Meanwhile as problem:
        return _changed_page(campaign_code, typed), problem.status
    except Problem as problem:
        return _change_page(before, typed.wrong(groups=sentence(problem))), problem.status
    return _done(campaign_code, gettext("The campaign was changed."))


def _change_page(before: CampaignFacts, typed: Typed) -> str:
    mark = mark_for(before, typed)
    return _entries_page("desk/change_campaign.html", ENTRIES, typed, campaign=before, mark=mark)


def _changed_page(campaign_code: str, typed: Typed) -> str:
    """Draw what was typed beside what somebody else has stored meanwhile."""
    with reading() as session:
        stored = desk.facts_of(find_campaign(session, campaign_code))
    return _change_page(stored, compared(ENTRIES, typed, _values(stored), CHOICES))


@campaign_desk.route("/<campaign_code>/sao-chep", methods=["GET", "POST"])
def copy(campaign_code: str) -> Page:
    """Begin a campaign like another one."""
    with reading() as session:
        source = desk.facts_of(find_campaign(session, campaign_code))
    if request.method == "GET":
        # Its plan is another one; letters would cite the wrong number.
        begun = {
            **_values(source),
            "plan_number": "",
            "plan_date": None,
            "rounds": True,
            "units": True,
        }
        return _copy_page(source, shown_entries((*ENTRIES, *COPY_ENTRIES), begun))
    typed = _read(new=True, more=COPY_ENTRIES)
    if typed.faults:
        return _copy_page(source, typed), 422
    copied = Copied(bool(typed.values["rounds"]), bool(typed.values["units"]))
    try:
        with transaction() as session:
            now = current_moment()
            desk.copy(session, campaign_code, _facts(typed), copied, account_name(), now)
    except Problem as problem:
        return _copy_page(source, typed.wrong(code=sentence(problem))), problem.status
    return _done(str(typed.values["code"]), gettext("The campaign was copied."))


def _copy_page(source: CampaignFacts, typed: Typed) -> str:
    entries = (CODE_ENTRY, *COPY_ENTRIES, *ENTRIES)
    return _entries_page(
        "desk/copy_campaign.html", entries, typed, campaign=source, copied=COPY_ENTRIES
    )


@campaign_desk.route("/<campaign_code>/luu-tru", methods=["GET", "POST"])
def archive(campaign_code: str) -> Page:
    """Say what it means to put a campaign away, and do it."""
    with transaction() as session:
        campaign = desk.facts_of(find_campaign(session, campaign_code))
        if request.method == "GET":
            return render_template("desk/archive_campaign.html", campaign=campaign)
        desk.archive(session, campaign_code, account_name(), current_moment())
    return _done(campaign_code, gettext("The campaign was put away."))


@campaign_desk.post("/<campaign_code>/mo-lai")
def unarchive(campaign_code: str) -> Response:
    """Take a campaign out again."""
    with transaction() as session:
        desk.unarchive(session, campaign_code, account_name(), current_moment())
    return _done(campaign_code, gettext("The campaign is on the progress board again."))


def _done(campaign_code: str, told: str) -> Response:
    flash(told, "success")
    return redirect(url_for("campaign_desk.show", campaign_code=campaign_code), 303)


# --- what is typed --------------------------------------------------------------------------------


def _entries_page(template: str, entries: Sequence[Entry], typed: Typed, **more: Any) -> str:
    return render_template(
        template,
        typed=typed,
        faults=summary(entries, typed),
        code_entry=CODE_ENTRY,
        plan=PLAN_ENTRIES,
        documents=DOCUMENT_ENTRIES,
        answering=ANSWER_ENTRY,
        groups=GROUP_ENTRY,
        choices=CHOICES,
        **more,
    )


def _read(*, new: bool = False, more: Sequence[Entry] = ()) -> Typed:
    """Return what was typed; a new campaign has a code that no page of the board begins with."""
    entries = (*((CODE_ENTRY,) if new else ()), *ENTRIES, *more)
    typed = read_entries(entries, CHOICES)
    typed = typed.wrong(groups=typed.faults.get("groups", "") or groups_fault(typed.text("groups")))
    code = typed.text("code")
    return typed.wrong(code=reserved_fault(code)) if code else typed


def reserved_fault(code: str) -> str:
    """Return what is wrong with a code that stands where pages of the board have their names."""
    rules = current_app.url_map.iter_rules()
    names = {part for rule in rules for part in rule.rule.split("/") if CODE.fullmatch(part)}
    return gettext("Pages of the board have this name. Please choose another.") * (code in names)


def _facts(typed: Typed, **given: str) -> CampaignFacts:
    said: dict[str, Any] = {
        part.name: typed.values.get(part.name) for part in fields(CampaignFacts)
    }
    return CampaignFacts(
        **{**said, **given, "groups": read_groups(typed.text("groups"), _known_groups())}
    )


def _known_groups() -> Mapping[str, str]:
    with reading() as session:
        return directory.groups(session)


def _values(facts: CampaignFacts) -> dict[str, Any]:
    said = {part.name: getattr(facts, part.name) for part in fields(CampaignFacts)}
    del said["code"]
    return {**said, "groups": _group_lines(facts.groups)}


def _group_lines(groups: Sequence[tuple[str, str]]) -> str:
    return "\n".join(" | ".join(group) for group in groups)


def _shown(facts: CampaignFacts) -> Typed:
    return shown_entries(ENTRIES, _values(facts))


def read_groups(text: str, known: Mapping[str, str] = NO_GROUPS) -> tuple[tuple[str, str], ...]:
    """Return the code and the name of each group, one a line.

    Where none is, the code is that of the `known` group of this name (code -> name), or is made.
    """
    codes = {fold(name): code for code, name in known.items()}
    return tuple(_group(line, codes) for line in text.split("\n") if line.strip())


def _group(line: str, codes: Mapping[str, str]) -> tuple[str, str]:
    code, bar, name = line.partition("|")
    if bar:
        return code.strip(), name.strip()
    if fold(line) in codes:
        return codes[fold(line)], line.strip()
    made = re.sub(r"[^a-z0-9]+", "_", fold(line)).strip("_")
    return made[:LONGEST_CODE].strip("_"), line.strip()


def groups_fault(text: str) -> str:
    """Return what is wrong with the lines of groups, and with which of them."""
    found = read_groups(text)
    for number, (code, name) in enumerate(found, start=1):
        if not GROUP_CODE.fullmatch(code) or not name:
            return gettext("Line %(number)s: a group has a code and a name.", number=number)
        if code in {earlier for earlier, _name in found[: number - 1]}:
            return gettext("Line %(number)s: the code stands there twice.", number=number)
    return ""
