"""Signing in and out as it is noted, and the list of devices on which a person is signed in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import (
    Blueprint,
    Flask,
    after_this_request,
    flash,
    has_request_context,
    redirect,
    render_template,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import user_logged_out
from flask_security import (
    logout_user,
    password_changed,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.account import Account
from models.database import database, reading, transaction
from services import audit
from services import sign_ins as acts
from views.access import account_name, signed_in
from views.devices import device_summary, remember_device
from views.filling import current_moment

devices = Blueprint("devices", __name__, url_prefix="/phien-lam-viec")

# Where the cookie of the session holds the secret of a sign-in.
SECRET = "sign_in"  # noqa: S105 - the name of a place
SECRET_BYTES = 24
# How Flask-Security calls a sign-in that follows a change of password.
CHANGE = "change"


def secret_here() -> str:
    """Return the secret of the sign-in of this request, "" when there is none.

    There is none on the command line, where passwords can be changed, too.
    """
    return str(session.get(SECRET, "")) if has_request_context() else ""


@contextmanager
def with_the_account() -> Iterator[Session]:
    """Store what happens to an account together with what Flask-Security has changed in it.

    That is in a session of its own, which may hold the turn to write already.
    """
    opened = database.session()
    try:
        yield opened
        opened.commit()
    except BaseException:
        opened.rollback()
        raise


# --- what is noted --------------------------------------------------------------------------------


def note_sign_in(
    _sender: Any, user: Account, authn_via: Sequence[str] | None, **_more: Any
) -> None:
    """Begin the session of somebody who has signed in, and know the device from now on."""
    secret, before = secrets.token_urlsafe(SECRET_BYTES), secret_here()
    changing = CHANGE in (authn_via or ())
    with with_the_account() as opened:
        now = current_moment()
        if before and not changing:
            acts.end(opened, before, now)
        replaced = before if changing else ""
        acts.begin(opened, user.id, secret, device_summary(), now, replaced)
    session[SECRET] = secret
    email = user.email

    @after_this_request
    def remember(response: Response) -> Response:
        remember_device(response, email)
        return response


def note_sign_out(_sender: Any, **_more: Any) -> None:
    """End the session of somebody who signs out."""
    secret = str(session.pop(SECRET, ""))
    if secret:
        with transaction() as opened:
            acts.end(opened, secret, current_moment())


def note_password(_sender: Any, user: Account, **_more: Any) -> None:
    """Note that a password was changed, and end the sessions on other devices."""
    now, subject = current_moment(), f"account:{user.email}"
    with with_the_account() as opened:
        acts.revoke_others(opened, user.id, secret_here(), user.email, now)
        audit.note(opened, now, user.email, "account.password_changed", subject)


def note_second_factor(_sender: Any, user: Account, **_more: Any) -> None:
    """Note that somebody has set up a second factor."""
    _note_own(user, "account.second_factor_set")


def note_no_second_factor(_sender: Any, user: Account, **_more: Any) -> None:
    """Note that somebody does without a second factor now; recovery codes are of no use then."""
    user.mf_recovery_codes, user.tf_last_counter = None, None
    _note_own(user, "account.second_factor_dropped")


def _note_own(user: Account, act: str) -> None:
    with with_the_account() as opened:
        audit.note(opened, current_moment(), user.email, act, f"account:{user.email}")


NOTES = (
    (user_authenticated, note_sign_in),
    (user_logged_out, note_sign_out),
    (password_changed, note_password),
    (tf_profile_changed, note_second_factor),
    (tf_disabled, note_no_second_factor),
)


def init_sign_ins(app: Flask) -> None:
    """Note in `app` who signs in and out, and let nobody in by a session that has ended."""
    for signal, note in NOTES:
        signal.connect(note, app)
    app.before_request(end_revoked_session)


def end_revoked_session() -> None:
    """Sign out whose session was ended elsewhere; note the hour in which the others were seen."""
    account = signed_in()
    if account is None:
        return
    secret, now = secret_here(), current_moment()
    with reading() as opened:
        seen_at = acts.is_open(opened, account.id, secret)
    if seen_at is None:
        logout_user()
    elif seen_at != acts.hour(now):
        with transaction() as opened:
            acts.seen(opened, secret, now)


# --- the list -------------------------------------------------------------------------------------


@devices.get("")
def list_devices() -> str:
    """Show on which devices a person is signed in."""
    account = _own()
    with reading() as opened:
        listed = acts.list_open(opened, account.id, secret_here())
    return render_template("people/list_devices.html", devices=listed)


@devices.post("/<int:sign_in_id>/ket-thuc")
def end_device(sign_in_id: int) -> Response:
    """End one session; it is over with the next click on that device."""
    account = _own()
    with transaction() as opened:
        acts.revoke(opened, account.id, sign_in_id, account_name(), current_moment())
    flash(_("The session has ended."), "success")
    return redirect(url_for("devices.list_devices"), 303)


@devices.post("/ket-thuc-het")
def end_other_devices() -> Response:
    """End every session but this one."""
    account = _own()
    with transaction() as opened:
        acts.revoke_others(opened, account.id, secret_here(), account.email, current_moment())
    flash(_("All other sessions have ended."), "success")
    return redirect(url_for("devices.list_devices"), 303)


def _own() -> Account:
    account = signed_in()
    if account is None:
        raise RuntimeError("a page of somebody who is signed in")
    return account
