"""Board accounts: signing in and out, and the account that an installation begins with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, request
from flask_security import Security, SQLAlchemyUserDatastore

from models.account import Account, Role
from models.database import database
from views.filling import current_moment
from views.language import TRANSLATIONS
from views.throttle import SIGN_INS, Throttle

PASSWORD_SIGNS_MIN = 12
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
        "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_SIGNS_MIN,
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
        "SECURITY_I18N_DIRNAME": [str(TRANSLATIONS)],
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    }


def init_accounts(app: Flask) -> None:
    """Give `app` accounts, and limit how often one address may try to sign in."""
    app.config.update(security_settings(app))
    Security(app, SQLAlchemyUserDatastore(database, Account, Role))
    sign_ins = Throttle(SIGN_INS)

    @app.before_request
    def limit_sign_ins() -> None:
        if request.endpoint == "security.login" and request.method == "POST":
            today = current_moment().date()
            if not sign_ins.allows(request.remote_addr or "", today):
                abort(429)
