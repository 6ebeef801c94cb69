"""Study documents: short links for everybody, and the page on which the board gives them out."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from models.database import quick_transaction, reading, transaction
from models.problems import Problem
from services import attachments, following, materials
from services.attachments import LARGEST_BYTES, Upload
from services.materials import MOST_FILES, Given
from views.access import account_name, signed_in
from views.codes import public_address
from views.errors import sentence
from views.files import download, files_folder
from views.filling import current_moment
from views.language import keep_language

# Without session and account, as all pages behind links.
material_links = Blueprint("material_links", __name__)
material_links.url_defaults(keep_language)
board_materials = Blueprint("board_materials", __name__)

PATH = "tai-lieu"
LARGEST_REQUEST_BYTES = MOST_FILES * LARGEST_BYTES + 1024 * 1024
LARGE = frozenset({"board_materials.add_material", "board_materials.change_material"})
Page = str | tuple[str, int] | Response


def material_address(code: str) -> str:
    """Return the whole short link of a material, as it is given away."""
    return public_address(f"{PATH}/{code}")


# --- everybody ------------------------------------------------------------------------------------


@material_links.get(f"/{PATH}/<code>")
def show_material(code: str) -> str:
    """Show what a short link leads to; looking at it, as scanners of mail do, counts nothing."""
    with reading() as session:
        material = materials.open_material(session, code)
    return render_template("materials/show_material.html", material=material)


@material_links.get(f"/{PATH}/<code>/<int:number>")
def download_material(code: str, number: int) -> Response:
    """Send file `number`, from 1, and count that, whole: a part of it, or its head, is none."""
    with reading() as session:
        material = materials.open_material(session, code)
    if not 1 <= number <= len(material.files):
        raise Problem("material_unknown")
    response = download(material.files[number - 1])
    whole = request.method == "GET" and "Range" not in request.headers
    if whole and response.status_code == HTTPStatus.OK:
        # A count that is lost does no harm; a document that is not sent does.
        with suppress(Problem), quick_transaction() as connection:
            materials.count_download(connection, material.id, current_moment())
    return response


# --- the board ------------------------------------------------------------------------------------


def init_materials(app: Flask) -> None:
    """Let `app` take files where an officer gives them out."""
    app.jinja_env.globals.update(material_address=material_address)

    @app.before_request
    def allow_files() -> None:
        if request.endpoint in LARGE and signed_in():
            request.max_content_length = LARGEST_REQUEST_BYTES


@board_materials.get(f"/<campaign_code>/{PATH}")
def list_materials(campaign_code: str) -> str:
    """Show the materials of a campaign, their links, and how often they are downloaded."""
    return _list(campaign_code)


def _list(campaign_code: str, problem: str = "") -> str:
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        found = materials.list_materials(session, campaign_code)
    return render_template(
        "materials/list_materials.html",
        campaign=campaign,
        materials=found,
        problem=problem,
        typed=request.form,
        largest=LARGEST_BYTES,
        most=MOST_FILES,
    )


@board_materials.post(f"/<campaign_code>/{PATH}")
def add_material(campaign_code: str) -> Page:
    """Give out a new material."""
    try:
        given = _given()
        with transaction() as session:
            materials.add(session, campaign_code, given, account_name(), current_moment())
    except Problem as problem:
        _refuse_unknown(problem)
        return _list(campaign_code, sentence(problem)), problem.status
    return _done(campaign_code, _("The material is given out."))


@board_materials.get(f"/<campaign_code>/{PATH}/<int:material_id>")
def edit_material(campaign_code: str, material_id: int) -> str:
    """Show the form with which a material is changed."""
    return _edit(campaign_code, material_id)


def _edit(campaign_code: str, material_id: int, problem: str = "") -> str:
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        material = materials.find_material(session, campaign_code, material_id)
    return render_template(
        "materials/edit_material.html",
        campaign=campaign,
        material=material,
        problem=problem,
        typed=request.form or {"title": material.title, "audience": material.audience},
        largest=LARGEST_BYTES,
        most=MOST_FILES,
    )


@board_materials.post(f"/<campaign_code>/{PATH}/<int:material_id>")
def change_material(campaign_code: str, material_id: int) -> Page:
    """Call a material otherwise, or replace its files."""
    try:
        given, now = _given(), current_moment()
        with transaction() as session:
            materials.change(session, campaign_code, material_id, given, account_name(), now)
    except Problem as problem:
        _refuse_unknown(problem)
        return _edit(campaign_code, material_id, sentence(problem)), problem.status
    return _done(campaign_code, _("The material was changed."))


def _refuse_unknown(problem: Problem) -> None:
    """Raise a problem for which there is no page to go back to."""
    if problem.status == HTTPStatus.NOT_FOUND:
        raise problem


@board_materials.post(f"/<campaign_code>/{PATH}/<int:material_id>/rut")
def withdraw_material(campaign_code: str, material_id: int) -> Response:
    """Withdraw a material, or give it out again."""
    withdrawn = request.form.get("withdrawn") != "0"
    with transaction() as session:
        materials.withdraw(
            session,
            campaign_code,
            material_id,
            account_name(),
            current_moment(),
            withdrawn=withdrawn,
        )
    said = _("The material was withdrawn.") if withdrawn else _("The material is given out.")
    return _done(campaign_code, said)


def _given() -> Given:
    """Read what was typed, and put the files on the disk for good.

    Raises Problem as `attachments.store` does.
    """
    return Given(
        request.form.get("title", ""),
        request.form.get("audience", ""),
        [
            attachments.store(files_folder(), Upload("", sent.filename or "", (), sent.stream))
            for sent in request.files.getlist("files")
            if sent.filename
        ],
    )


def _done(campaign_code: str, said: object) -> Response:
    flash(str(said), "success")
    return redirect(url_for("board_materials.list_materials", campaign_code=campaign_code), 303)
