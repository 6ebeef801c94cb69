"""Messages that came back: handed in by an officer as .eml files."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from language.files import shown_name
from models.database import transaction
from services import bounces
from views.access import account_name, only_campaigns
from views.filling import current_moment

returned_mail = Blueprint("returned_mail", __name__, url_prefix="/thu-tra-ve")

MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class Told:
    """What a file said: the addresses that were marked, or why none was."""

    name: str
    addresses: tuple[str, ...]
    reason: str


@returned_mail.route("", methods=["GET", "POST"])
def upload_returned() -> str | tuple[str, int]:
    """Read messages that came back, and mark their letters."""
    if request.method == "GET":
        return render_template("mailing/upload_returned.html", told=[], fault="")
    files = [file for file in request.files.getlist("messages") if file.filename][:MOST_FILES]
    if not files:
        fault = _("Please choose at least one file.")
        return render_template("mailing/upload_returned.html", told=[], fault=fault), 422
    told = [_read(file.filename or "", file.read()) for file in files]
    return render_template("mailing/upload_returned.html", told=told, fault="")


def _read(name: str, content: bytes) -> Told:
    now = current_moment()
    returned = bounces.read(content)
    with transaction() as session:
        noted = bounces.note(session, returned, now, only_campaigns())
        bounces.record(session, noted, account_name(), now)
    return Told(
        shown_name(name),
        tuple(letter.to for letter in noted),
        "" if noted else _reason(returned),
    )


def _reason(returned: bounces.Returned) -> str:
    if returned.permanent:
        return _("It speaks of an address that no letter was sent to.")
    if returned.temporary:
        return _("It only speaks of a delay: the other server goes on trying.")
    return _("It is no message about a letter that came back, or one that cannot be read.")
