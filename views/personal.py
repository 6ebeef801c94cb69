"""Personal data: the register of what is kept, until when, and taking contacts along."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as HttpResponse

from exports.plain import PlainColumn, plain_workbook
from language.dates import local, short_date
from language.files import content_disposition
from language.text import clean
from models.database import reading, transaction
from models.problems import Problem
from services import contacts, retention
from views.access import account_name, may_enter
from views.errors import sentence
from views.filling import current_moment
from views.language import interface_language
from views.log import day_of
from views.workbook import MEDIA_TYPE

personal = Blueprint("personal", __name__)

Page = str | HttpResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data: what it is, where, what for, who sees it, until when it is kept."""

    what: LazyString
    where: LazyString
    purpose: LazyString
    seen_by: LazyString
    until: LazyString


DATABASE = _("Database")
CAMPAIGN_DAY = _("Until the day of the campaign below; then erased by itself.")
REGISTER: tuple[Kind, ...] = (
    Kind(
        _("Accounts of the board: e-mail address, name, role, a hash of the password"),
        DATABASE,
        _("Signing in, and saying who has done what"),
        _("Administrators; the address also stands in the log"),
        _("As long as the account is there; the address stays in the log."),
    ),
    Kind(
        _("Sessions: browser and system, since when, the hour in which they were last used"),
        DATABASE,
        _("So that people can end what is not theirs"),
        _("Only the person; the device stands in the log, too"),
        _("30 days after the end; no address of the network is kept."),
    ),
    Kind(
        _("Letters to members of the board, with links to set a password"),
        _("Nowhere; without a mail server as files in letters/accounts of the home folder"),
        _("Inviting, and help with a forgotten password"),
        _("Whoever runs the server"),
        _("The files for 7 days; the links open no longer than that."),
    ),
    Kind(
        _("E-mail addresses of units themselves"),
        DATABASE,
        _("Inviting, reminding, asking back"),
        _("Officers, administrators"),
        _("As long as the directory of units says so."),
    ),
    Kind(
        _("Contacts of units: name, position, e-mail address, telephone"),
        DATABASE,
        _("Inviting, reminding, asking back"),
        _("Officers of the campaign, administrators"),
        CAMPAIGN_DAY,
    ),
    Kind(
        _("Contact questions in reports: who has filled it in, telephone, e-mail address"),
        DATABASE,
        _("Asking back about figures"),
        _("The unit; officers of the campaign, administrators; not in workbooks"),
        CAMPAIGN_DAY,
    ),
    Kind(
        _("Letters: to which address, what was written, whether it arrived"),
        _("Database; without a mail server also as files in letters of the home folder"),
        _("Proving that a unit was told"),
        _("Officers of the campaign, administrators"),
        _(
            "The address and the file until the day of the campaign below, or until the contact is "
            "erased; of a letter under way until it is settled. The text stays, with the name of "
            "the contact where the wording has it."
        ),
    ),
    Kind(
        _("Addresses that letters do not reach, and what the mail server said"),
        DATABASE,
        _("Not writing there again, and telephoning instead"),
        _("Officers, administrators"),
        _("Until the address is erased from the contacts and the letters, or used again."),
    ),
    Kind(
        _("Files of data with phone numbers and e-mail addresses, when an officer asks for them"),
        _("The folder exports of the home folder"),
        _("Asking back about figures"),
        _("Officers of the campaign, administrators, after giving the password; it is noted"),
        _("24 hours after they were asked for."),
    ),
    Kind(
        _("Files that units attach to reports"),
        _("The folder files of the home folder"),
        _("Proving what a report says"),
        _("The unit; the board"),
        _("As long as the report; nobody looks into them for contacts."),
    ),
    Kind(
        _("Feedback of participants: answers and the day"),
        DATABASE,
        _("Consolidation"),
        _("The board, in groups that are not small"),
        _("Nothing in it tells who answered; there is nothing to erase."),
    ),
)


@personal.get("/du-lieu-ca-nhan")
def show_register() -> str:
    """Show what personal data is kept, what for, who sees it and until when."""
    with reading() as session:
        kept = [one for one in retention.kept_contacts(session) if may_enter(one.code)]
    return render_template("people/show_register.html", register=REGISTER, kept=kept)


@personal.route("/<campaign_code>/luu-giu", methods=["GET", "POST"])
def edit_retention(campaign_code: str) -> Page:
    """Say until when the contacts of a campaign are kept."""
    with reading() as session:
        kept = _found(retention.kept_contacts(session), campaign_code)
    if request.method != "POST":
        typed = short_date(kept.until) if kept.until else ""
        return render_template("people/edit_retention.html", kept=kept, typed=typed, fault="")
    typed = clean(request.form.get("until", ""))
    fault = _keep(campaign_code, typed)
    if fault:
        page = render_template("people/edit_retention.html", kept=kept, typed=typed, fault=fault)
        return page, 422
    flash(gettext("The changes are stored."), "success")
    return redirect(url_for("personal.show_register"), 303)


def _keep(campaign_code: str, typed: str) -> str:
    """Store the day; return what is wrong with it, blank when nothing is."""
    until = day_of(typed)
    if typed and until is None:
        return gettext("Please write a date like 31/12/2026, or nothing.")
    try:
        with transaction() as session:
            retention.keep_until(session, campaign_code, until, account_name(), current_moment())
    except Problem as problem:
        if problem.code != "retention_past":
            raise
        return sentence(problem)
    return ""


def _found(kept: tuple[retention.Kept, ...], campaign_code: str) -> retention.Kept:
    for one in kept:
        if one.code == campaign_code:
            return one
    raise Problem("campaign_unknown", campaign=campaign_code)


@personal.post("/<campaign_code>/dau-moi.xlsx")
def download_contacts(campaign_code: str) -> Response:
    """Send the contacts of a campaign as a workbook, and note that.

    No other export has them.
    """
    now = current_moment()
    with reading() as session:
        found = contacts.find_contacts(session, campaign_code, interface_language())
    title = gettext("Contacts")
    columns = (
        PlainColumn(gettext("Code"), 14),
        PlainColumn(gettext("Unit"), 44),
        PlainColumn(gettext("From"), 34),
        PlainColumn(gettext("Kind of contact"), 34),
        PlainColumn(gettext("Contact"), 40),
    )
    directory = gettext("Directory of units")
    rows = [
        (one.unit_code, one.unit_name, one.source or directory, one.label, one.value)
        for one in found
    ]
    note = gettext(
        "Personal data: for the work of this campaign only. Please delete it afterwards."
    )
    workbook = plain_workbook(title, [note], columns, rows, now)
    with transaction() as session:
        contacts.note_export(session, campaign_code, len(rows), account_name(), now)
    response = Response(workbook, mimetype=MEDIA_TYPE)
    name = f"{title} {campaign_code} {local(now):%d-%m-%Y}.xlsx"
    response.headers["Content-Disposition"] = content_disposition(name)
    return response
