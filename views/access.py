"""Who may do what on the board: one table, and a door that stays shut for what is not in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    request,
    session,
    url_for,
)
from flask_babel import gettext
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
NOBODY = "nobody"

# Endpoint of the board -> the least role that may use it.
PAGES: Mapping[str, str] = {
    "security.login": ANYONE,
    "security.logout": ANYONE,
    "security.verify": "viewer",
    "security.change_password": "viewer",
    "security.two_factor_setup": "viewer",
    "security.two_factor_setup_validate": "viewer",
    "security.two_factor_token_validation": ANYONE,
    "security.two_factor_rescue": NOBODY,
    "security.tf_select": NOBODY,
    "security.mf_recovery": ANYONE,
    "security.mf_recovery_codes": "viewer",
    "devices.list_devices": "viewer",
    "devices.end_device": "viewer",
    "devices.end_other_devices": "viewer",
    "account.create_first_account": ANYONE,
    "single_sign_on.begin": ANYONE,
    "single_sign_on.come_back": ANYONE,
    "passwords.set_password": ANYONE,
    "passwords.ask_for_link": ANYONE,
    "configuration.show_settings": "admin",
    "configuration.send_test_letter": "admin",
    "personal.show_register": "viewer",
    "personal.edit_retention": "officer",
    "personal.download_contacts": "officer",
    "log.show_log": "admin",
    "log.export_log": "admin",
    "people.list_accounts": "admin",
    "people.invite_account": "admin",
    "people.resend_invitation": "admin",
    "people.edit_account": "admin",
    "people.deactivate_account": "admin",
    "people.reactivate_account": "admin",
    "people.reset_second_factor": "admin",
    "board.list_campaigns": "viewer",
    "board.show_round": "viewer",
    "board.show_report": "viewer",
    "board.download_attachment": "viewer",
    "board.show_picture": "viewer",
    "one_press.ask_usual": "viewer",
    "workbooks.choose": "viewer",
    "workbooks.ask": "viewer",
    "workbooks.confirm_contacts": "officer",
    "workbooks.ask_with_contacts": "officer",
    "workbooks.show_file": "viewer",
    "workbooks.download_file": "viewer",
    "workbooks.download_contacts": "officer",
    "workbooks.cancel_file": "viewer",
    "exporting.show_exports": "officer",
    "exporting.ask_export": "officer",
    "exporting.ask_export_with_contacts": "officer",
    "exporting.download_contacts": "officer",
    "exporting.cancel_export": "officer",
    "exporting.download_export": "officer",
    "word_report.show_reports": "viewer",
    "word_report.ask_report": "viewer",
    "word_report.cancel_report": "viewer",
    "word_report.download_report": "viewer",
    "report_template.show_template": "viewer",
    "report_template.download_template": "viewer",
    "report_template.upload_template": "officer",
    "report_template.revert_template": "officer",
    "comments.list_comments": "viewer",
    "comments.review": "officer",
    "ticks.show_rows": "viewer",
    "ticks.tick_rows": "officer",
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
    "unit_import.download_contacts": "officer",
    "round_desk.create": "officer",
    "round_desk.change": "officer",
    "round_desk.remove": "officer",
}

# Endpoint for which the password must have been given lately -> the page to go on from after it
# was given again: itself, or the one with the button.
FRESH: Mapping[str, str] = {
    "log.export_log": "log.show_log",
    "unit_import.download_contacts": "unit_directory.list_units",
    "exporting.ask_export_with_contacts": "exporting.show_exports",
    "exporting.download_contacts": "exporting.show_exports",
    "workbooks.confirm_contacts": "workbooks.confirm_contacts",
    "workbooks.ask_with_contacts": "workbooks.confirm_contacts",
    "workbooks.download_contacts": "workbooks.show_file",
    "personal.edit_retention": "personal.edit_retention",
    "personal.download_contacts": "personal.show_register",
    "people.invite_account": "people.invite_account",
    "people.edit_account": "people.edit_account",
    "people.resend_invitation": "people.edit_account",
    "people.deactivate_account": "people.edit_account",
    "people.reactivate_account": "people.edit_account",
    "people.reset_second_factor": "people.edit_account",
    "security.two_factor_setup": "security.two_factor_setup",
    "security.two_factor_setup_validate": "security.two_factor_setup",
    "security.mf_recovery_codes": "security.mf_recovery_codes",
}
FRESH_SECONDS = 15 * 60
# Longer for what was begun in time, on a page that asks for it: nobody should lose what is typed.
BEGUN_SECONDS = 60 * 60
# Where somebody can go who has to set up a second factor first.
BEFORE_SECOND_FACTOR = frozenset(
    {
        *("security.two_factor_setup", "security.two_factor_setup_validate"),
        *("security.verify", "security.logout"),
    }
)

# Pages of officers that are about no single campaign: forms are asked in all of them.
OF_ALL_CAMPAIGNS = frozenset(
    {
        *("forms.retire_version", "forms.reinstate_version"),
        *("previews.preview_upload", "previews.try_upload"),
        *("uploads.upload_form", "uploads.show_upload", "uploads.download_upload"),
        *("uploads.compare_upload", "uploads.publish_upload", "uploads.discard_upload"),
        *("editor.begin", "editor.show_outline", "editor.edit_question"),
        "editor.add_question_page",
        "campaign_desk.create",
        "returned_mail.upload_returned",
        # The directory of units is one for all campaigns.
        *("unit_directory.add_unit", "unit_directory.change_unit", "unit_directory.retire_unit"),
        *("unit_directory.add_contact", "unit_directory.change_contact"),
        *("unit_import.upload_units", "unit_import.import_units", "unit_import.download_contacts"),
    }
)
# Of these, what somebody may use who has single campaigns only: a new campaign is that person's
# own, and of letters that came back only those of the own campaigns are told and marked.
OWN_PART = frozenset({"campaign_desk.create", "returned_mail.upload_returned"})
# What all campaigns share is changed by those who have all of them.
SHARED = OF_ALL_CAMPAIGNS - OWN_PART

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
    return rank_of(account) if account else 0


def rank_of(account: Account) -> int:
    """Return the rank of the highest role of an account; 0 for one without."""
    return max((RANKS[role.name] for role in account.roles), default=0)


def may(least_role: str) -> bool:
    """Tell whether whoever is signed in has at least `least_role`."""
    return rank() >= RANKS[least_role]


def may_enter(campaign_code: str) -> bool:
    """Tell whether whoever is signed in may see, and as far as the role goes change, a campaign."""
    given = only_campaigns()
    return given is None or campaign_code in given


def has_all_campaigns() -> bool:
    """Tell whether whoever is signed in may enter every campaign, also those to come."""
    account = signed_in()
    return account is not None and (account.everywhere or may("admin"))


def only_campaigns() -> frozenset[str] | None:
    """Return the codes of the only campaigns that one may enter; None for all of them."""
    if has_all_campaigns():
        return None
    account = signed_in()
    return frozenset(campaign.code for campaign in account.campaigns) if account else frozenset()


def may_change_shared() -> bool:
    """Tell whether whoever is signed in may change what all campaigns share: units and forms."""
    return may("officer") and has_all_campaigns()


def is_let_in(least_role: str, campaign_code: str | None) -> bool:
    """Tell whether role and campaigns of whoever is signed in are enough for a page."""
    if not may(least_role) or (request.endpoint in SHARED and not has_all_campaigns()):
        return False
    return campaign_code is None or may_enter(campaign_code)


def guard() -> HttpResponse | None:
    """Let a request pass whose page is in the table and whose account may use it.

    A page of a campaign says so by `campaign_code` in its address, and is for those who have it.
    """
    if request.endpoint is None:
        return None  # no such page: the error page says so
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        abort(404)  # no code holds it, and PostgreSQL takes no text that does
    least_role = PAGES.get(request.endpoint, NOBODY)
    if least_role == NOBODY:
        abort(403)
    if least_role == ANYONE:
        return None
    if not signed_in():
        return kept_page(401, signed_in=False) if can_keep() else ask_to_sign_in()
    campaign_code = (request.view_args or {}).get("campaign_code")
    if not is_let_in(least_role, campaign_code):
        abort(403)
    return ask_for_second_factor() or ask_for_password()


def ask_for_second_factor() -> HttpResponse | None:
    """Send whoever needs a second factor and has none to set it up, before anything else."""
    account = signed_in()
    if account is None or account.tf_primary_method or request.endpoint in BEFORE_SECOND_FACTOR:
        return None
    if not needs_second_factor(account):
        return None
    flash(
        gettext("Please set up a second factor first; accounts like yours need one here."), "info"
    )
    return redirect(url_for("security.two_factor_setup"))


def needs_second_factor(account: Account) -> bool:
    """Tell whether the settings of the installation ask this account for a second factor."""
    required = current_app.config["SETTINGS"].require_two_factor
    return required == "all" or (required == "admin" and rank_of(account) == RANKS["admin"])


def ask_for_password() -> HttpResponse | None:
    """Send whoever has not given the password lately to do so, where the page needs that."""
    begin = FRESH.get(request.endpoint or "")
    was_begun = request.method != "GET" and begin in FRESH
    limit = BEGUN_SECONDS if was_begun else FRESH_SECONDS
    if begin is None or time.time() - session.get("fs_paa", 0) <= limit:
        return None
    if request.method != "GET":
        flash(gettext("Please give your password, and then press the button once more."), "info")
    wanted = current_app.url_map.iter_rules(begin)
    names = {name for rule in wanted for name in rule.arguments}
    given = {name: value for name, value in (request.view_args or {}).items() if name in names}
    # What was chosen on the page is in its address.
    chosen = request.args.to_dict(flat=False) if begin == request.endpoint else {}
    return redirect(url_for("security.verify", next=url_for(begin, **{**chosen, **given})))


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
    app.jinja_env.globals.update(
        may=may,
        may_change_shared=may_change_shared,
        may_enter=may_enter,
        needs_second_factor=needs_second_factor,
        public_address=public_address,
    )
