"""Who may do what on the board: one table, and a door that stays shut for what is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Flask, Response, abort, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as HttpResponse

from models.account import Account
from views.codes import public_address
from views.errors import show_expired_session
from views.keeping import can_keep, kept_page

# From the least to the most allowed; a role may do what the ones before it may.
RANKS: Mapping[str, int] = {"viewer": 1, "officer": 2, "admin": 3}
ANYONE = "anyone"

# Endpoint of the board -> the least role that may use it.
PAGES: Mapping[str, str] = {
    "security.login": ANYONE,
    "security.logout": ANYONE,
    "security.verify": "viewer",
    "security.change_password": "viewer",
    "account.create_first_account": ANYONE,
    "board.list_campaigns": "viewer",
    "board.show_round": "viewer",
    "board.show_report": "viewer",
    "board.download_attachment": "viewer",
    "board.show_picture": "viewer",
    "board.download_workbook": "viewer",
    "exporting.show_exports": "officer",
    "exporting.ask_export": "officer",
    "exporting.cancel_export": "officer",
    "exporting.download_export": "officer",
    "comments.list_comments": "viewer",
    "comments.review": "officer",
    "correcting.show_history": "viewer",
    "correcting.compare_revisions": "viewer",
    "correcting.accept_report": "officer",
    "correcting.return_report": "officer",
    "correcting.extend_report": "officer",
    "correcting.correct_report": "officer",
    "correcting.send_letter": "officer",
    "report_figures.compare_figures": "viewer",
    "report_figures.list_oddities": "viewer",
    "difficulties.show_difficulty": "viewer",
    "difficulties.handle_difficulty": "officer",
    "board_materials.list_materials": "viewer",
    "board_materials.add_material": "officer",
    "board_materials.edit_material": "officer",
    "board_materials.change_material": "officer",
    "board_materials.withdraw_material": "officer",
    "forms.list_forms": "viewer",
    "forms.show_form": "viewer",
    "forms.download_starter": "viewer",
    "forms.download_xlsform": "viewer",
    "forms.download_source": "viewer",
    "forms.compare_versions": "viewer",
    "forms.retire_version": "officer",
    "forms.reinstate_version": "officer",
    "previews.preview_version": "viewer",
    "previews.try_version": "viewer",
    "previews.preview_upload": "officer",
    "previews.try_upload": "officer",
    "uploads.upload_form": "officer",
    "uploads.show_upload": "officer",
    "uploads.download_upload": "officer",
    "uploads.compare_upload": "officer",
    "uploads.publish_upload": "officer",
    "uploads.discard_upload": "officer",
    "mailing.list_letters": "officer",
    "mailing.show_batch": "officer",
    "mailing.cancel_batch": "officer",
    "mailing.show_letter": "officer",
    "mailing.download_letter": "officer",
    "mailing.decide_letter": "officer",
    "mailing.list_calls": "officer",
    "mailing.use_again": "officer",
    "mailing.send_letters": "officer",
    "mailing.edit_reminders": "officer",
    "links.list_links": "officer",
    "links.add_link": "officer",
    "links.change_link": "officer",
    "links.ask_unit_link": "officer",
    "links.change_unit_link": "officer",
    "links.print_unit_links": "officer",
    "links.print_poster": "officer",
    "links.make_cards": "officer",
    "links.print_cards": "officer",
    "returned_mail.upload_returned": "officer",
    "wording.list_wordings": "officer",
    "wording.edit_wording": "officer",
    "editor.begin": "officer",
    "editor.show_outline": "officer",
    "editor.edit_question": "officer",
    "editor.add_question_page": "officer",
    "campaign_desk.list_all": "viewer",
    "campaign_desk.show": "viewer",
    "campaign_desk.create": "officer",
    "campaign_desk.change": "officer",
    "campaign_desk.copy": "officer",
    "campaign_desk.archive": "officer",
    "campaign_desk.unarchive": "officer",
    "assignments.show": "viewer",
    "assignments.change": "officer",
    "assignments.add_units": "officer",
    "unit_directory.list_units": "viewer",
    "unit_directory.show_unit": "viewer",
    "unit_directory.add_unit": "officer",
    "unit_directory.change_unit": "officer",
    "unit_directory.retire_unit": "officer",
    "unit_directory.add_contact": "officer",
    "unit_directory.change_contact": "officer",
    "unit_import.upload_units": "officer",
    "unit_import.import_units": "officer",
    "unit_import.download_units": "viewer",
    "round_desk.create": "officer",
    "round_desk.change": "officer",
    "round_desk.remove": "officer",
}

# What is on a page only for some.
SEE_CONTACTS = "officer"


def signed_in() -> Account | None:
    """Return the account that is signed in."""
    user = cast("Account", current_user)
    return user if user.is_authenticated else None


def account_name() -> str:
    """Return by which name the audit log knows whoever is signed in: the e-mail address."""
    account = signed_in()
    return account.email if account else ""


def rank() -> int:
    """Return the rank of the highest role of whoever is signed in; 0 for nobody."""
    account = signed_in()
    return max((RANKS[role.name] for role in account.roles), default=0) if account else 0


def may(least_role: str) -> bool:
    """Tell whether whoever is signed in has at least `least_role`."""
    return rank() >= RANKS[least_role]


def guard() -> HttpResponse | None:
    """Let a request pass whose page is in the table and whose account may use it."""
    if request.endpoint is None:
        return None  # no such page: the error page says so
    least_role = PAGES.get(request.endpoint)
    if least_role is None:
        abort(403)
    if least_role == ANYONE or may(least_role):
        return None
    if signed_in():
        abort(403)
    return kept_page(401, signed_in=False) if can_keep() else ask_to_sign_in()


def ask_to_sign_in() -> HttpResponse:
    """Go to the sign-in page, and afterwards back to the page that was asked for."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("security.login", next=request.root_path + here))


def show_ended_session(error: CSRFError) -> HttpResponse:
    """Answer a form whose session has ended, or been replaced by another, since it was opened."""
    if can_keep():
        return kept_page(400, signed_in=signed_in() is not None)
    return show_expired_session(error)


def keep_private(response: Response) -> Response:
    """Keep the pages of a signed-in person out of caches, also out of the browser's."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def init_access(app: Flask) -> None:
    """Guard every page of `app` and tell templates what they may show."""
    app.before_request(guard)
    app.after_request(keep_private)
    app.register_error_handler(CSRFError, show_ended_session)
    app.jinja_env.globals.update(may=may, public_address=public_address)
