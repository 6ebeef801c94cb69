"""Forms on the board: their versions, what differs between them, giving them out, retiring them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms.compare import compare
from forms.tree import Definition
from language.files import content_disposition
from models.database import reading, transaction
from models.problems import Problem
from services import definitions, uploads, versions
from services.versions import ListedForm
from views.access import account_name, may
from views.comparison import describe
from views.errors import sentence
from views.filling import current_moment
from views.language import interface_language
from views.workbook import MEDIA_TYPE

forms = Blueprint("forms", __name__, url_prefix="/bieu-mau")

STARTER = Path(__file__).parent.parent / "forms" / "starter.md"
# When the starter form was written: the same bytes every time it is downloaded.
STARTED = datetime(2021, 6, 4, tzinfo=UTC)
ZIP = "application/zip"
# The first moment that a ZIP file can name.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@forms.get("/")
def list_forms() -> str:
    """Show every form, the version in use and the rounds that ask it; and what is on its way."""
    with reading() as session:
        listed = versions.list_forms(session, current_moment())
        waiting = uploads.waiting(session) if may("officer") else ()
    return render_template("forms/list_forms.html", forms=listed, waiting=waiting)


@forms.get("/<int:form_id>")
def show_form(form_id: int) -> str:
    """Show a form with all its versions."""
    with reading() as session:
        form = versions.find_form(session, form_id, current_moment())
        definition = definitions.definition(session, form.in_use.digest)
    return render_template("forms/show_form.html", form=form, definition=definition)


# --- giving out -----------------------------------------------------------------------------------


@forms.get("/mau-bat-dau.xlsx")
def download_starter() -> Response:
    """Send a small form that shows the common question types, to begin with."""
    workbook = uploads.xlsx(uploads.starter(STARTER), STARTED, interface_language())
    name = _("Sample form")
    return _download(f"{name}.xlsx", workbook)


@forms.get("/<int:form_id>/<int:number>/bieu-mau")
def download_xlsform(form_id: int, number: int) -> Response:
    """Send a version as an Excel file; with the files beside it as a ZIP file when it has any."""
    with reading() as session:
        form, definition = _version(session, form_id, number)
        version = form.version(number)
        files = versions.files(session, version.id)
    name = f"{form.form_id} {number}"
    workbook = uploads.xlsx(definition, version.published_at, interface_language())
    if not files:
        return _download(f"{name}.xlsx", workbook)
    return _download(f"{name}.zip", _zipped({f"{name}.xlsx": workbook, **files}), ZIP)


@forms.get("/<int:form_id>/<int:number>/tep-goc")
def download_source(form_id: int, number: int) -> Response:
    """Send the file that a version was published from, byte for byte."""
    with reading() as session:
        form = versions.find_form(session, form_id, current_moment())
        name, content = versions.source(session, form.version(number).id)
    return _download(name, content, "application/octet-stream")


def _version(session: Session, form_id: int, number: int) -> tuple[ListedForm, Definition]:
    form = versions.find_form(session, form_id, current_moment())
    return form, definitions.definition(session, form.version(number).digest)


def _download(name: str, content: bytes, media_type: str = MEDIA_TYPE) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def _zipped(files: Mapping[str, bytes]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), content)
    return output.getvalue()


# --- comparing ------------------------------------------------------------------------------------


@forms.get("/<int:form_id>/<int:number>/so-sanh")
def compare_versions(form_id: int, number: int) -> str:
    """Show what differs between a version and the one before, or the one that `?with=` names."""
    with reading() as session:
        form, new = _version(session, form_id, number)
        before = form.before(number)
        asked = request.args.get("with", type=int) or (before.number if before else number)
        old = definitions.definition(session, form.version(asked).digest)
        comparison = compare(old, new)
        counts = versions.count_answers(session, form.id, versions.concerned(comparison))
    return render_template(
        "forms/compare_versions.html",
        form=form,
        number=number,
        other=asked,
        described=describe(comparison, counts, interface_language()),
    )


# --- retiring -------------------------------------------------------------------------------------


@forms.route("/<int:form_id>/<int:number>/ngung-dung", methods=["GET", "POST"])
def retire_version(form_id: int, number: int) -> str | Response | tuple[str, int]:
    """Say what retiring a version would do, and do it."""
    now = current_moment()
    if request.method == "POST":
        try:
            # What compiles the other version does so before the database is locked.
            _refusal(versions.refusal, form_id, number)
            with transaction() as session:
                form = versions.find_form(session, form_id, now)
                versions.retire(session, form, number, now, account_name())
        except Problem as problem:
            return _retire_page(form_id, number, problem), problem.status
        flash(_("Version %(number)s is no longer in use.", number=number), "success")
        return redirect(url_for("forms.show_form", form_id=form_id), 303)
    return _retire_page(form_id, number)


Refusal = Callable[[Session, ListedForm, int], Problem | None]


def _refusal(asked: Refusal, form_id: int, number: int) -> Problem | None:
    with reading() as session:
        return asked(session, versions.find_form(session, form_id, current_moment()), number)


def _retire_page(form_id: int, number: int, problem: Problem | None = None) -> str:
    with reading() as session:
        form = versions.find_form(session, form_id, current_moment())
        refusal = versions.refusal(session, form, number)
    return render_template(
        "forms/retire_version.html",
        form=form,
        version=form.version(number),
        other=versions.next_in_use(form, number),
        refusal=refusal,
        reason=sentence(refusal) if refusal else "",
        problem=sentence(problem) if problem else "",
    )


@forms.route("/<int:form_id>/<int:number>/dung-lai", methods=["GET", "POST"])
def reinstate_version(form_id: int, number: int) -> str | Response | tuple[str, int]:
    """Say what using a retired version again would do, and do it."""
    now = current_moment()
    if request.method == "POST":
        try:
            _refusal(versions.refusal_to_reinstate, form_id, number)
            with transaction() as session:
                form = versions.find_form(session, form_id, now)
                versions.reinstate(session, form, number, now, account_name())
        except Problem as problem:
            return _reinstate_page(form_id, number), problem.status
        flash(_("Version %(number)s may be used again.", number=number), "success")
        return redirect(url_for("forms.show_form", form_id=form_id), 303)
    return _reinstate_page(form_id, number)


def _reinstate_page(form_id: int, number: int) -> str:
    with reading() as session:
        form = versions.find_form(session, form_id, current_moment())
        refusal = versions.refusal_to_reinstate(session, form, number)
    return render_template(
        "forms/reinstate_version.html",
        form=form,
        version=form.version(number),
        refusal=sentence(refusal) if refusal else "",
    )
