"""The accounts of the board, for administrators: who there is, inviting, changing, shutting out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, Form, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from models.database import reading, transaction
from models.problems import Problem
from services import account_links, accounts, following, sign_ins
from services.account_links import NewLink
from services.accounts import BoardAccount, Rights
from views.access import account_name
from views.account_mail import deliver_now, has_server
from views.errors import sentence
from views.filling import current_moment

# WTForms takes texts that are translated when they are shown, though its types say str.
_ = cast("Callable[[str], str]", lazy_gettext)

people = Blueprint("people", __name__, url_prefix="/tai-khoan")

Page = str | Response | tuple[str, int]
LONGEST_NAME = 100
EVERYWHERE, CHOSEN = "everywhere", "chosen"

ROLE_NAMES: Mapping[str, LazyString] = {
    "admin": lazy_gettext("Administrator"),
    "officer": lazy_gettext("Officer"),
    "viewer": lazy_gettext("Viewer"),
}
ROLE_HINTS: Mapping[str, LazyString] = {
    "admin": lazy_gettext("Does everything, also accounts, settings and the log."),
    "officer": lazy_gettext("Works on campaigns: units, letters, decisions, forms."),
    "viewer": lazy_gettext("Reads rounds, reports and workbooks; sees no contacts and no links."),
}
REACHES: Mapping[str, LazyString] = {
    EVERYWHERE: lazy_gettext("All campaigns, also those to come"),
    CHOSEN: lazy_gettext(
        "Only the campaigns chosen below; not the units and forms that all campaigns share"
    ),
}
# What is wrong with one field.
FIELD_FAULTS: Mapping[str, tuple[str, LazyString]] = {
    "email_invalid": ("email", lazy_gettext("This is not an e-mail address.")),
    "email_taken": ("email", lazy_gettext("There is an account with this address already.")),
    "account_last_admin": (
        "role",
        lazy_gettext("This is the last administrator. Please make somebody else one first."),
    ),
}


def plain(names: Mapping[str, object]) -> Any:
    """Return choices without names; WTForms takes them so, though its types do not know it."""
    return list(names)


class RightsForm(Form):
    """What an account may do and in which campaigns."""

    name = StringField(
        _("Name"), [Length(max=LONGEST_NAME, message=_("At most %(max)d characters."))]
    )
    role = RadioField(
        _("Role"),
        [InputRequired(_("Please choose a role."))],
        choices=plain(ROLE_NAMES),
    )
    reach = RadioField(
        _("Campaigns"),
        choices=plain(REACHES),
        default=CHOSEN,
    )
    campaigns = SelectMultipleField(
        _("Chosen campaigns"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    def validate_campaigns(self, field: SelectMultipleField) -> None:
        """Refuse an account that would be for nothing."""
        if self.rights.role and not self.rights.everywhere and not field.data:
            raise ValidationError(gettext("Please choose at least one campaign."))

    @property
    def rights(self) -> Rights:
        """What was chosen."""
        role = str(self.role.data or "")
        everywhere = role == accounts.ADMIN or self.reach.data == EVERYWHERE
        return Rights(role, everywhere, () if everywhere else tuple(self.campaigns.data or ()))


class InvitationForm(RightsForm):
    """Whom to invite."""

    email = EmailField(_("E-mail address"), [InputRequired(_("Please enter an e-mail address."))])


@people.get("")
def list_accounts() -> str:
    """Show every account."""
    with reading() as session:
        listed = accounts.list_accounts(session)
        titles = _titles(session)
    return render_template(
        "people/list_accounts.html", accounts=listed, titles=titles, roles=ROLE_NAMES
    )


# --- inviting -------------------------------------------------------------------------------------


@people.route("/moi", methods=["GET", "POST"])
def invite_account() -> Page:
    """Invite somebody: create an account without a password, and send a link to set one."""
    form = InvitationForm(request.form)
    titles = _offer_campaigns(form)
    words = _words(titles)
    if request.method != "POST":
        return render_template("people/invite_account.html", form=form, words=words)
    if form.validate():
        link = _invited(form)
        if link:
            return _show_link(link)
    return render_template("people/invite_account.html", form=form, words=words), 422


def _invited(form: InvitationForm) -> NewLink | None:
    """Create the account; None when a field is wrong, which is said there."""
    now, actor = current_moment(), account_name()
    email, name = str(form.email.data), str(form.name.data or "")
    try:
        with transaction() as session:
            created = accounts.invite(session, email, name, form.rights, actor, now)
            return account_links.invite(session, created.id, actor, now)
    except Problem as problem:
        _say_at_field(form, problem)
        return None


@people.post("/<int:account_id>/moi-lai")
def resend_invitation(account_id: int) -> Page:
    """Send another link to somebody who has not set a password yet; earlier ones end."""
    with transaction() as session:
        link = account_links.invite(session, account_id, account_name(), current_moment())
    return _show_link(link)


def _show_link(link: NewLink) -> str:
    """Send the link, and show it where no mail server took it: now, and never again."""
    address = link_address(link.secret)
    fault = deliver_now(account_links.letter(link, address))
    shown = address if fault or not has_server() else ""
    return render_template("people/show_link.html", link=link, address=shown, fault=fault)


def link_address(secret: str) -> str:
    """Return what a link in a letter opens; with "", how all of them begin."""
    address = url_for("passwords.set_password", token=secret or "-")
    public_url: str = current_app.config["SETTINGS"].public_url
    return public_url + (address if secret else address[:-1])


# --- changing -------------------------------------------------------------------------------------


@people.route("/<int:account_id>", methods=["GET", "POST"])
def edit_account(account_id: int) -> Page:
    """Show an account; change its name, role and campaigns."""
    with reading() as session:
        account = accounts.find_account(session, account_id)
    form = RightsForm(request.form, data=_typed(account))
    titles = _offer_campaigns(form)
    if request.method != "POST":
        return _edit_page(account, form, titles)
    if form.validate() and _changed(account, form):
        flash(gettext("The changes are stored."), "success")
        return redirect(url_for("people.list_accounts"), 303)
    return _edit_page(account, form, titles), 422


def _edit_page(account: BoardAccount, form: RightsForm, titles: Mapping[str, str]) -> str:
    return render_template(
        "people/edit_account.html",
        account=account,
        form=form,
        words=_words(titles),
        own=account.email == account_name(),
    )


def _typed(account: BoardAccount) -> Mapping[str, object]:
    return {
        "name": account.name,
        "role": account.rights.role,
        "reach": EVERYWHERE if account.rights.everywhere else CHOSEN,
        "campaigns": list(account.rights.campaigns),
    }


def _changed(account: BoardAccount, form: RightsForm) -> bool:
    now, actor = current_moment(), account_name()
    try:
        with transaction() as session:
            accounts.change_rights(session, account.id, form.rights, actor, now)
            accounts.change_name(session, account.id, str(form.name.data or ""), actor, now)
    except Problem as problem:
        _say_at_field(form, problem)
        return False
    return True


@people.post("/<int:account_id>/ngung")
def deactivate_account(account_id: int) -> Response:
    """Shut an account out; wherever it is signed in, that ends at once."""
    now, actor = current_moment(), account_name()
    try:
        with transaction() as session:
            accounts.set_active(session, account_id, False, actor, now)
            sign_ins.revoke_others(session, account_id, "", actor, now)
    except Problem as problem:
        if problem.code == "account_unknown":
            raise
        flash(sentence(problem), "warning")
        return redirect(url_for("people.edit_account", account_id=account_id), 303)
    return _stored(gettext("The account can no longer sign in."))


@people.post("/<int:account_id>/mo-lai")
def reactivate_account(account_id: int) -> Response:
    """Let an account sign in again."""
    with transaction() as session:
        accounts.set_active(session, account_id, True, account_name(), current_moment())
    return _stored(gettext("The account can sign in again."))


@people.post("/<int:account_id>/bo-xac-thuc")
def reset_second_factor(account_id: int) -> Response:
    """Forget the second factor of somebody who has lost the device."""
    with transaction() as session:
        accounts.reset_second_factor(session, account_id, account_name(), current_moment())
    return _stored(
        gettext("The account signs in with its password alone until it sets up another.")
    )


def _stored(said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("people.list_accounts"), 303)


def _say_at_field(form: RightsForm, problem: Problem) -> None:
    """Say what is wrong at its field; raise the Problem again when it is about none."""
    if problem.code not in FIELD_FAULTS:
        raise problem
    name, fault = FIELD_FAULTS[problem.code]
    form[name].errors = [*form[name].errors, str(fault)]


def _offer_campaigns(form: RightsForm) -> Mapping[str, str]:
    """Let campaigns be chosen, and return their titles."""
    with reading() as session:
        titles = _titles(session)
    form.campaigns.choices = plain(titles)
    return titles


def _words(titles: Mapping[str, str]) -> Mapping[str, object]:
    """Return what the choices of a form are called."""
    return {"roles": ROLE_NAMES, "hints": ROLE_HINTS, "reaches": REACHES, "titles": titles}


def _titles(session: Session) -> Mapping[str, str]:
    return {campaign.code: campaign.title for campaign in following.list_campaigns(session)}
