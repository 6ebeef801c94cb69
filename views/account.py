"""Board accounts: signing in and out, and the account that an installation begins with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import lazy_gettext
from flask_security import Security, SQLAlchemyUserDatastore, hash_password, login_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as HttpResponse
from wtforms import EmailField, Form, PasswordField
from wtforms.validators import EqualTo, InputRequired

from models.account import Account, Role
from models.database import database, reading, transaction
from models.problems import Problem
from services import accounts
from views import first_account
from views.account_forms import (
    CodeForm,
    ConfirmForm,
    FactorForm,
    HelpForm,
    NewPasswordForm,
    RecoveryForm,
    SignInForm,
)
from views.factor_setup import init_factor_setup
from views.filling import current_moment
from views.guessing import Guesses
from views.language import TRANSLATIONS
from views.password_rules import SHORTEST_SIGNS, PasswordRules
from views.second_factor import BoardSecurity, OneTimeCodes, second_factor_settings
from views.sign_ins import init_sign_ins
from views.throttle import LETTERS_ASKED, Throttle

# WTForms takes texts that are translated when they are shown, though its types say str.
_ = cast("Callable[[str], str]", lazy_gettext)
# Weak on purpose: tests hash hundreds of passwords.
TEST_HASH = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}

account = Blueprint("account", __name__)


def security_settings(app: Flask) -> dict[str, Any]:
    """Return the settings of Flask-Security: accounts by invitation, passwords with argon2."""
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # argon2 salts each password itself.
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_SIGNS,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": TEST_HASH if app.testing else {},
        "SECURITY_LOGIN_URL": "/dang-nhap",
        "SECURITY_LOGOUT_URL": "/dang-xuat",
        "SECURITY_CHANGE_URL": "/doi-mat-khau",
        "SECURITY_VERIFY_URL": "/xac-nhan",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "board.list_campaigns",
        "SECURITY_POST_LOGOUT_VIEW": "security.login",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        # Which pages need a password that was given lately, views.access says for all of them.
        "SECURITY_FRESHNESS": timedelta(days=3650),
        "SECURITY_I18N_DIRNAME": [str(TRANSLATIONS)],
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        **second_factor_settings(app.config["SETTINGS"].secret_key),
    }


def init_accounts(app: Flask) -> None:
    """Give `app` accounts, note what happens to them, and slow down guessing."""
    app.config.update(security_settings(app))
    app.extensions.update(guesses=Guesses(), letters_asked=Throttle(LETTERS_ASKED))
    BoardSecurity(
        app,
        SQLAlchemyUserDatastore(database, Account, Role),
        login_form=SignInForm,
        verify_form=ConfirmForm,
        change_password_form=NewPasswordForm,
        two_factor_setup_form=FactorForm,
        two_factor_verify_code_form=CodeForm,
        two_factor_rescue_form=HelpForm,
        mf_recovery_form=RecoveryForm,
        password_util_cls=PasswordRules,
        totp_cls=OneTimeCodes,
    )
    init_factor_setup(app)
    init_sign_ins(app)


# --- the first account ----------------------------------------------------------------------------


class FirstAccountForm(Form):
    """Whose account it is, and a password, twice."""

    email = EmailField(
        _("E-mail address"),
        [InputRequired(_("Please enter an e-mail address."))],
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Please enter a password."))],
    )
    password_again = PasswordField(
        _("Password again"), [EqualTo("password", _("The two passwords differ."))]
    )


@account.route("/tai-khoan-dau-tien/<token>", methods=["GET", "POST"])
def create_first_account(token: str) -> str | HttpResponse | tuple[str, int]:
    """Create the administrator that an installation begins with, and sign in.

    The link comes from the command line; it is worth nothing once there is any account.
    """
    with reading() as session:
        refuse_first_account(session, token)
    form = FirstAccountForm(request.form)
    if request.method != "POST":
        return render_template("account/create_first_account.html", form=form)
    if form.validate() and store_first_account(form, token):
        return redirect(url_for("board.list_campaigns"), 303)
    return render_template("account/create_first_account.html", form=form), 422


def refuse_first_account(session: Session, token: str) -> None:
    """Raise Problem `first_account_exists` or `first_link_invalid` when the link is of no use."""
    if accounts.any_account(session):
        raise Problem("first_account_exists")
    secret_key = current_app.config["SETTINGS"].secret_key
    if not first_account.is_valid(secret_key, token, current_moment()):
        raise Problem("first_link_invalid")


def store_first_account(form: FirstAccountForm, token: str) -> bool:
    """Store the account and sign in; what is wrong with it is said at its field."""
    security: Security = current_app.extensions["security"]
    faults, password = security.password_util.validate(
        str(form.password.data), True, email=str(form.email.data)
    )
    if faults:
        form.password.errors = faults
        return False
    password_hash = hash_password(password)
    try:
        with transaction() as session:
            refuse_first_account(session, token)
            created = accounts.create_account(
                session, str(form.email.data), password_hash, "admin", current_moment()
            )
    except Problem as problem:
        if problem.code != "email_invalid":
            raise
        form.email.errors = [_("This is not an e-mail address.")]
        return False
    return sign_in(security, created.email)


def sign_in(security: Security, email: str) -> bool:
    """Sign in whoever has just shown who they are."""
    found = security.datastore.find_user(email=email)
    return found is not None and login_user(found)
