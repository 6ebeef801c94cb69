"""Files of units on the board: looked at first, then imported as they were seen; and written."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from language.files import content_disposition, shown_name
from models.database import reading, transaction
from services import directory, unit_files, units
from services.unit_files import WRITTEN, UnitErrors
from services.units import ImportPlan
from views.access import account_name
from views.filling import current_moment
from views.language import interface_language, show_date
from views.unit_directory import DUTIES, level_name
from views.workbook import MEDIA_TYPE

unit_import = Blueprint("unit_import", __name__, url_prefix="/don-vi")

Page = str | Response | tuple[str, int]
MEGABYTE = 1024 * 1024
LARGEST_MEGABYTES = 5
PLAN_NAME = "plan.csv"
# What a plan may take in the page that shows it; some ten thousand units.
LARGEST_PACKED, LARGEST_UNPACKED = 700_000, 20 * MEGABYTE
WORDS = {
    "name": _("Name of the unit"),
    "short_name": _("Short name"),
    "group_code": _("Unit group"),
    "level": _("Level"),
    "parent_code": _("Parent unit"),
    "email": _("E-mail address of the unit"),
    "admin_code": _("Administrative code"),
    "report_duty": _("Duty to report"),
    "count_in_total": _("Its figures are added to totals"),
    "note": _("Note"),
    "position": _("Place in the official order"),
    "valid_from": _("Exists since"),
    "valid_to": _("Last day"),
    "successor_code": _("Successor"),
    "contact_name": _("Contact"),
    "contact_title": _("Title of the contact"),
    "contact_email": _("E-mail address of the contact"),
    "contact_phone": _("Telephone of the contact"),
}


COLUMN_HINTS = {
    "code": _("needed; letters, digits, “-”, “_” and “.”"),
    "name": _("needed"),
    "group_code": _("needed; the code of a group of a campaign"),
    "level": _("for example tỉnh, huyện or xã"),
    "parent_code": _("the code of the unit above it; blank: at the top"),
    "email": _("blank: as it was; an address is erased on the page of the unit"),
    "report_duty": _(
        "“bắt buộc” (required) or “được mời” (invited); blank: as it was, a new unit is invited"
    ),
    "count_in_total": _("“có” (yes) or “không” (no); blank: as it was, of a new unit no"),
    "position": _("a whole number; blank: as it was, a new unit after all others"),
    "valid_from": _("a day like 01/7/2025; blank: always"),
    "valid_to": _("a day like 30/6/2025; blank: the unit goes on existing"),
    "successor_code": _("the code of the unit that follows it"),
    "contact_name": _("blank: the contacts stay as they are"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan as the page carries it: the file that makes it again, and what it was."""

    packed: str
    digest: str


@unit_import.route("/nhap", methods=["GET", "POST"])
def upload_units() -> Page:
    """Ask for a file of units, and show what importing it would do, without doing it."""
    if request.method == "GET":
        return _upload_page()
    given, group = request.files.get("file"), request.form.get("group", "")
    if given is None or not given.filename:
        return _upload_page(fault=gettext("Please choose a file.")), 422
    source, name = given.read(), shown_name(given.filename)
    if len(source) > LARGEST_MEGABYTES * MEGABYTE:
        return _upload_page(fault=_too_large()), 422
    try:
        with reading() as session:
            plan = units.plan_import(session, source, name, group)
    except UnitErrors as errors:
        return _upload_page(errors=errors, file_name=name), 422
    return _plan_page(plan)


@unit_import.post("/nhap/thuc-hien")
def import_units() -> Page:
    """Import what was seen; when the directory has changed since, show what would be done now."""
    source = _unpack(request.form.get("plan", ""))
    with transaction() as session:
        units.hold(session)
        try:
            plan = units.plan_import(session, source, PLAN_NAME)
        except UnitErrors as errors:
            return _upload_page(errors=errors, file_name=PLAN_NAME), 409
        if plan.digest() != request.form.get("seen", ""):
            return _plan_page(plan, changed=True), 409
        units.apply_import(session, plan, current_moment(), account_name())
    flash(gettext("The units were imported."), "success")
    return redirect(url_for("unit_directory.list_units"), 303)


@unit_import.get("/tai-ve.<any(csv, xlsx):ending>")
def download_units(ending: str) -> Response:
    """Send the directory as a file that can be imported again, without a word of how to reach."""
    with reading() as session:
        return _file(units.export_rows(session), ending, contacts=False)


@unit_import.post("/tai-ve-lien-he.<any(csv, xlsx):ending>")
def download_contacts(ending: str) -> Response:
    """Send the directory with addresses and a contact of each unit, and note that."""
    with transaction() as session:
        rows = units.export_rows(session)
        units.note_export(session, ending, len(rows), account_name(), current_moment())
    return _file(rows, ending, contacts=True)


def _file(rows: list[dict[str, Any]], ending: str, *, contacts: bool) -> Response:
    names = units.columns(contacts=contacts)
    if ending == "csv":
        response = Response(unit_files.write_csv(rows, names), mimetype="text/csv")
    else:
        workbook = unit_files.write_xlsx(rows, names, current_moment())
        response = Response(workbook, mimetype=MEDIA_TYPE)
    response.headers["Content-Disposition"] = content_disposition(f"don-vi.{ending}")
    return response


# --- pages ----------------------------------------------------------------------------------------


def _upload_page(*, fault: str = "", errors: UnitErrors | None = None, file_name: str = "") -> str:
    with reading() as session:
        groups = directory.groups(session)
    return render_template(
        "units/upload_units.html",
        groups=groups,
        group=request.form.get("group", ""),
        fault=fault,
        errors=errors.errors if errors else (),
        file_name=file_name,
        language=interface_language(),
        largest=LARGEST_MEGABYTES,
        columns=[(WRITTEN[name], COLUMN_HINTS.get(name, "")) for name in WRITTEN],
    )


def _plan_page(plan: ImportPlan, *, changed: bool = False) -> str:
    packed = _pack(units.packed(plan))
    if len(packed) > LARGEST_PACKED:
        return _upload_page(fault=_too_large())
    with reading() as session:
        groups = directory.groups(session)
    return render_template(
        "units/show_plan.html",
        plan=plan,
        seen=Seen(packed, plan.digest()),
        changed=changed,
        words=WORDS,
        groups=groups,
        show=lambda name, value: _show(name, value, groups),
    )


def _show(name: str, value: Any, groups: Any) -> Any:
    """Return a value of a unit as people read it."""
    if name == "group_code":
        return groups.get(value, value)
    if name == "report_duty":
        return DUTIES.get(value, value)
    if name == "level":
        return level_name(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name in ("valid_from", "valid_to") and value:
        return show_date(value)
    return "" if value is None else value


def _too_large() -> str:
    return gettext(
        "The file is too large: at most %(size)s MB. Please split it.", size=LARGEST_MEGABYTES
    )


def _pack(source: bytes) -> str:
    return base64.b64encode(zlib.compress(source, 9)).decode("ascii")


def _unpack(packed: str) -> bytes:
    """Return the file that a page carried. Raises UnitErrors when no page of ours wrote it."""
    try:
        reader = zlib.decompressobj()
        return reader.decompress(base64.b64decode(packed, validate=True), LARGEST_UNPACKED)
    except (binascii.Error, zlib.error, ValueError):
        return b""
