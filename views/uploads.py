"""Forms on their way to being published: uploaded, corrected, looked at, published, discarded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms.compare import compare
from forms.pictures import is_picture
from language.files import content_disposition, shown_name
from models.database import reading, transaction
from models.problems import Problem
from services import definitions, versions
from services import uploads as uploaded
from services.uploads import Content, Upload
from views.access import account_name
from views.comparison import describe
from views.errors import sentence
from views.filling import current_moment
from views.form_findings import draw
from views.language import interface_language

uploads = Blueprint("uploads", __name__, url_prefix="/bieu-mau/tai-len")

Page = str | Response | tuple[str, int]
MEGABYTE = 1024 * 1024
LARGEST_MEGABYTES = 5
# Form files as people have them; the checking says what is wrong with anything else.
FORM_ENDINGS = ".xlsx,.xls,.csv,.md"
BESIDE_ENDINGS = ".csv,.png,.jpg,.jpeg,.gif,.webp"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was uploaded: a form file, the files beside it, and what is wrong with any of it."""

    form: tuple[str, bytes] | None
    files: dict[str, bytes]
    faults: tuple[str, ...]


@uploads.route("", methods=["GET", "POST"])
def upload_form() -> Page:
    """Ask for a form file, and keep what is sent, right or wrong."""
    if request.method == "GET":
        return _upload_page()
    sent = _read_files()
    if sent.form is None:
        faults = sent.faults or (_("Please choose the file of the form."),)
        return _upload_page(faults), 422
    name, source = sent.form
    content = uploaded.prepare(source, name, sent.files)
    with transaction() as session:
        upload_id = uploaded.upload(session, content, current_moment(), account_name())
        found = uploaded.find(session, upload_id)
    return _after_sending(found, sent.faults)


@uploads.route("/<int:upload_id>", methods=["GET", "POST"])
def show_upload(upload_id: int) -> Page:
    """Show how a form was understood and what to do next; take a corrected file in its place."""
    if request.method == "POST":
        return _replace(upload_id)
    with reading() as session:
        found = uploaded.find(session, upload_id)
    return _show(found)


def _replace(upload_id: int) -> Page:
    sent = _read_files()
    gone = request.form.get("remove", "")
    try:
        found = _seen(upload_id)
        if gone:
            found = _put(found, uploaded.without_file(found, gone), "form.file_removed")
        elif sent.form or sent.files:
            found = _put(found, uploaded.with_files(found, sent.form, sent.files), "form.replaced")
    except Problem as problem:
        return _show(_still_there(upload_id, problem), (sentence(problem),)), problem.status
    nothing = not (gone or sent.form or sent.files or sent.faults)
    return _after_sending(found, (_("Please choose a file."),) if nothing else sent.faults)


def _seen(upload_id: int) -> Upload:
    """Return the upload that the page of this request was about. Raises Problem."""
    with reading() as session:
        return uploaded.find_seen(session, upload_id, request.form.get("seen", ""))


def _put(found: Upload, content: Content, act: str) -> Upload:
    with transaction() as session:
        uploaded.replace(session, found, content, act, current_moment(), account_name())
        return uploaded.find(session, found.id)


def _still_there(upload_id: int, problem: Problem) -> Upload:
    """Return the upload as it stands now, to tell a problem on its page; gone, it has no page."""
    if problem.code != "upload_changed":
        raise problem
    with reading() as session:
        return uploaded.find(session, upload_id)


def _after_sending(found: Upload, faults: tuple[str, ...]) -> Page:
    """Go on to the page of the upload; when something is wrong, it is told at once."""
    if faults or uploaded.check(found).errors:
        return _show(found, faults), 422
    return redirect(url_for("uploads.show_upload", upload_id=found.id), 303)


def _upload_page(faults: tuple[str, ...] = ()) -> str:
    return render_template(
        "forms/upload_form.html",
        faults=faults,
        form_endings=FORM_ENDINGS,
        beside_endings=BESIDE_ENDINGS,
        largest=LARGEST_MEGABYTES,
    )


def _show(found: Upload, faults: tuple[str, ...] = ()) -> str:
    checked = uploaded.check(found)
    definition, language = checked.definition, interface_language()
    with reading() as session:
        target = uploaded.destination(session, definition) if definition else None
    return render_template(
        "forms/show_upload.html",
        upload=found,
        definition=definition,
        target=target,
        faults=faults,
        errors=draw(found, checked.errors, language),
        error_count=len(checked.errors),
        warnings=draw(found, checked.warnings, language),
        identifying=draw(found, checked.identifying, language)
        if target and target.is_public
        else (),
        form_endings=FORM_ENDINGS,
        beside_endings=BESIDE_ENDINGS,
        largest=LARGEST_MEGABYTES,
    )


# --- what was sent --------------------------------------------------------------------------------


def _read_files() -> Sent:
    """Read the files of this request; a file that cannot be taken is named."""
    given, given_files = request.files.get("form"), request.files.getlist("files")
    form = (shown_name(given.filename), given.read()) if given and given.filename else None
    sent = [(shown_name(f.filename), f.read()) for f in given_files if f.filename]
    size = len(form[1] if form else b"") + sum(len(content) for _name, content in sent)
    if size > LARGEST_MEGABYTES * MEGABYTE:
        text = _("The files are larger than %(size)s MB together.", size=LARGEST_MEGABYTES)
        return Sent(None, {}, (text,))
    times = Counter(name for name, _content in sent)
    faults = {name: _fault(name, content, times[name]) for name, content in sent}
    taken = {name: content for name, content in sent if not faults[name]}
    return Sent(form, taken, tuple(filter(None, faults.values())))


def _fault(name: str, content: bytes, times: int) -> str:
    """Return why a file cannot stand beside a form; what is wrong inside a CSV, checking tells."""
    if times > 1:
        # Nobody can tell which of them is meant.
        return _(
            "“%(name)s” was left out: %(times)s files of this name were chosen. Please choose one.",
            name=name,
            times=times,
        )
    if is_picture(content) or name.lower().endswith(".csv"):
        return ""
    return _(
        "“%(name)s” was left out: only CSV files and images (PNG, JPEG, GIF, WebP) are taken here.",
        name=name,
    )


# --- what becomes of it ---------------------------------------------------------------------------


@uploads.get("/<int:upload_id>/tep")
def download_upload(upload_id: int) -> Response:
    """Send the form file back as it was uploaded, or as the editor wrote it."""
    with reading() as session:
        found = uploaded.find(session, upload_id)
    response = Response(found.source, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition(found.source_name)
    return response


@uploads.get("/<int:upload_id>/so-sanh")
def compare_upload(upload_id: int) -> str:
    """Show what differs between an uploaded form and the version in use."""
    with reading() as session:
        found = uploaded.find(session, upload_id)
        definition = uploaded.compiled(found).definition
        target = uploaded.destination(session, definition)
        if target.form_definition_id is None:
            raise Problem("form_unknown")
        newest = definitions.newest(session, target.form_definition_id)
        comparison = compare(definitions.definition(session, newest.digest), definition)
        counts = versions.count_answers(
            session, target.form_definition_id, versions.concerned(comparison)
        )
    return render_template(
        "forms/compare_upload.html",
        upload=found,
        definition=definition,
        newest=newest,
        number=target.number,
        described=describe(comparison, counts, interface_language()),
    )


@uploads.route("/<int:upload_id>/phat-hanh", methods=["GET", "POST"])
def publish_upload(upload_id: int) -> Page:
    """Say which rounds will use a form from now on, and publish it."""
    if request.method == "GET":
        return _publish_page(upload_id)
    try:
        found = _seen(upload_id)
        compiled = uploaded.compiled(found)
        with transaction() as session:
            version = uploaded.publish(session, found, compiled, current_moment(), account_name())
    except Problem as problem:
        if problem.code == "upload_unknown":
            raise
        return _publish_page(upload_id, problem), problem.status
    flash(_("Published as version %(number)s.", number=version.number), "success")
    return redirect(url_for("forms.show_form", form_id=version.form_definition_id), 303)


def _publish_page(upload_id: int, problem: Problem | None = None) -> str:
    now = current_moment()
    with reading() as session:
        found = uploaded.find(session, upload_id)
        definition = uploaded.compiled(found).definition
        target = uploaded.destination(session, definition)
        rounds = versions.using_rounds(target.rounds, now)
    return render_template(
        "forms/publish_upload.html",
        upload=found,
        definition=definition,
        target=target,
        rounds=rounds,
        identifying=draw(found, uploaded.check(found).identifying, interface_language())
        if target.is_public
        else (),
        problem=sentence(problem) if problem else "",
    )


@uploads.route("/<int:upload_id>/bo", methods=["GET", "POST"])
def discard_upload(upload_id: int) -> Page:
    """Ask once more, and throw an uploaded form away."""
    if request.method == "GET":
        with reading() as session:
            found = uploaded.find(session, upload_id)
        return _discard_page(found)
    try:
        found = _seen(upload_id)
        with transaction() as session:
            uploaded.discard(session, found, current_moment(), account_name())
    except Problem as problem:
        return _discard_page(_still_there(upload_id, problem), problem), problem.status
    flash(_("The uploaded form was thrown away."), "success")
    return redirect(url_for("forms.list_forms"), 303)


def _discard_page(found: Upload, problem: Problem | None = None) -> str:
    told = sentence(problem) if problem else ""
    return render_template("forms/discard_upload.html", upload=found, problem=told)
