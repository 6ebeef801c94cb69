"""The form of a unit as an Excel workbook: downloaded, filled in without a network, uploaded.

An upload stores nothing: it shows what was read, and carries it in a form that is sent like any
other, as the draft or as the report.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from exports.template import Cover, write_template
from exports.template_values import Contents
from exports.workbook import Document
from forms.formats.limits import LARGEST_FILE
from forms.markup import alone
from forms.workbook_cells import as_written
from forms.workbook_sheets import Note, UnreadableWorkbook, identity_of, read_workbook
from language.files import content_disposition, shown_name
from models.database import reading
from models.problems import Problem
from services.reporting import refusal_details
from views.errors import sentence
from views.filling import current_moment
from views.language import DEFAULT_LANGUAGE, asked_language
from views.opening import Opened, open_form
from views.previous import previous_texts
from views.unit import keep_private
from views.unit_pages import shut_page
from views.uploaded_workbook import WrongWorkbook, check_workbook, told_place
from views.workbook import MEDIA_TYPE
from views.workbook_identity import Identity, prints_of, sign

fill_in = Blueprint("fill_in", __name__)
fill_in.after_request(keep_private)

Page = str | Response | tuple[str, int]
MEGABYTE = 1024 * 1024


@fill_in.url_defaults
def keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    """Let every link of a page lead to a page in its language."""
    if asked_language() != DEFAULT_LANGUAGE:
        values.setdefault("lang", asked_language())


@fill_in.get("/<unit_code:code>/excel")
def download(code: str) -> Page | Response:
    """Give out the form of a unit as a workbook, with what it has typed so far."""
    with reading() as session:
        opened = open_form(session, code)
    if not opened.link.is_open(current_moment()):
        return shut_page(opened)
    response = Response(make_template(opened), mimetype=MEDIA_TYPE)
    response.headers["Content-Disposition"] = content_disposition(_file_name(opened))
    return response


@fill_in.route("/<unit_code:code>/excel/nop", methods=["GET", "POST"])
def upload(code: str) -> Page:
    """Ask for a workbook that was filled in; show what was read of it, and store nothing."""
    with reading() as session:
        opened = open_form(session, code)
        if request.method == "GET":
            return _opened_page(opened)
        try:
            return _checked_page(session, opened)
        except UnreadableWorkbook as error:
            return _upload_page(opened, _told(error.note)), 422
        except WrongWorkbook as error:
            return _upload_page(opened, error.sentence), 422


def make_template(opened: Opened) -> bytes:
    """Return the workbook of an opened form."""
    language, link = asked_language(), opened.link
    unit = link.unit.name if link.unit else ""
    contents = Contents(
        opened.definition,
        language,
        opened.typed,
        opened.read,
        {name: ", ".join(file.name for file in kept) for name, kept in opened.files.items()},
        _previous(opened),
    )
    due_at = link.timing(current_moment()).due_at
    cover = Cover(
        unit,
        link.round.title,
        due_at,
        sign(_secret_key(), _identity(opened)),
        prints_of(_secret_key(), as_written(opened.definition, opened.typed, language)),
    )
    title = alone(opened.definition.title.text(language))
    document = Document(title, link.campaign.board_name, opened.saved_at or current_moment())
    return write_template(contents, cover, document)


def _previous(opened: Opened) -> dict[str, str]:
    """Return what the unit answered in the round before, as it stands beside each question."""
    texts = previous_texts(opened.definition, opened.previous, asked_language())
    return {name: texts.said(name) for name in texts.texts}


def _identity(opened: Opened) -> Identity:
    link = opened.link
    return Identity(
        campaign=link.campaign.code,
        round=link.round.code,
        round_title=link.round.title,
        unit=link.unit.code if link.unit else "",
        unit_name=link.unit.name if link.unit else "",
        form=opened.definition.digest,
        base=opened.base_revision,
        draft=opened.seen,
    )


def _secret_key() -> str:
    return str(current_app.config["SETTINGS"].secret_key)


def _file_name(opened: Opened) -> str:
    unit = opened.link.unit.name if opened.link.unit else ""
    return f"{opened.link.round.title} - {unit}.xlsx"


# --- uploading ------------------------------------------------------------------------------------


def _opened_page(opened: Opened) -> Page:
    if not opened.link.is_open(current_moment()):
        return shut_page(opened)
    return _upload_page(opened)


def _checked_page(session: Session, opened: Opened) -> Page:
    """Show what was read. Raises UnreadableWorkbook or WrongWorkbook."""
    source, name = _sent()
    book = read_workbook(source, name)
    checked = check_workbook(session, opened, book, identity_of(book), _secret_key())
    refused = opened.link.timing(current_moment()).problem
    page = render_template(
        "unit/filled.html",
        opened=opened,
        checked=checked,
        file_name=name,
        place=told_place,
        refused=sentence(Problem(refused, **refusal_details(opened.link))) if refused else "",
    )
    if refused:
        return page, 410
    return (page, 422) if checked.wrong else page


def _sent() -> tuple[bytes, str]:
    """Return the file of this request and its name. Raises WrongWorkbook when there is none."""
    sent = request.files.get("workbook")
    if sent is None or not sent.filename:
        raise WrongWorkbook(_("Please choose the Excel file that you filled in."))
    return sent.stream.read(LARGEST_FILE + 1), shown_name(sent.filename)


def _told(note: Note) -> str:
    place = told_place((note.sheet, note.cell))
    said = note.sentence(asked_language())
    return f"{place}: {said}" if place else said


def _upload_page(opened: Opened, fault: str = "") -> str:
    return render_template(
        "unit/fill_in.html", opened=opened, fault=fault, largest=LARGEST_FILE // MEGABYTE
    )
