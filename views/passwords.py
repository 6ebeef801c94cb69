"""Setting a password by a link in a letter, and asking for such a link."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Thread
from typing import cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_security import Security, hash_password
from werkzeug.wrappers import Response
from wtforms import EmailField, Form, PasswordField
from wtforms.validators import EqualTo, InputRequired

from models.database import reading, transaction
from models.problems import Problem
from services import account_links
from views.account_mail import deliver_now
from views.devices import remember_device
from views.filling import current_moment
from views.people import link_address
from views.throttle import Throttle

# WTForms takes texts that are translated when they are shown, though its types say str.
_ = cast("Callable[[str], str]", lazy_gettext)

passwords = Blueprint("passwords", __name__)

Page = str | Response | tuple[str, int]


class NewPasswordForm(Form):
    """A password, twice."""

    password = PasswordField(_("New password"), [InputRequired(_("Please enter a password."))])
    password_again = PasswordField(
        _("Password again"), [EqualTo("password", _("The two passwords differ."))]
    )


class ForgottenForm(Form):
    """Whose password is forgotten."""

    email = EmailField(_("E-mail address"), [InputRequired(_("Please enter an e-mail address."))])


@passwords.route("/dat-mat-khau/<token>", methods=["GET", "POST"])
def set_password(token: str) -> Page:
    """Set a password by the link of an invitation, or of a letter that was asked for.

    Opening it changes nothing: mail scanners open links, too.
    """
    with reading() as session:
        link = account_links.open_link(session, token, current_moment())
    form = NewPasswordForm(request.form)
    if request.method == "POST" and form.validate():
        faults, password = checked(str(form.password.data), link.email)
        if not faults:
            with transaction() as session:
                hashed = hash_password(password)
                account_links.use_link(session, token, hashed, current_moment())
            flash(gettext("The password is set. Please sign in with it."), "success")
            response = redirect(url_for("security.login"), 303)
            remember_device(response, link.email)
            return response
        form.password.errors = faults
    status = 422 if request.method == "POST" else 200
    return render_template("people/set_password.html", form=form, link=link), status


def checked(password: str, email: str) -> tuple[list[str], str]:
    """Return what is wrong with a new password of somebody, and the password as it is hashed."""
    security: Security = current_app.extensions["security"]
    faults, normalised = security.password_util.validate(password, True, email=email)
    return list(faults or ()), normalised


@passwords.route("/quen-mat-khau", methods=["GET", "POST"])
def ask_for_link() -> Page:
    """Send a link to whoever has forgotten a password.

    The answer is the same whether or not there is such an account, and takes as long.
    """
    form = ForgottenForm(request.form)
    if request.method != "POST":
        return render_template("people/ask_for_link.html", form=form)
    now = current_moment()
    asked: Throttle = current_app.extensions["letters_asked"]
    if not asked.allows(request.remote_addr or "", now.date()):
        abort(429)
    if not form.validate():
        return render_template("people/ask_for_link.html", form=form), 422
    _write_unwatched(str(form.email.data), link_address(""), now)
    return render_template("people/link_asked.html")


def _write_unwatched(email: str, begin: str, now: datetime) -> None:
    """Write a letter, if there is an account to write to, in a thread that nobody waits for.

    So no answer takes longer because there is one. `begin` is how the address of a link begins.
    What fails is not told to anybody; a letter can be asked for again.
    """
    context = current_app.app_context()

    def write() -> None:
        with context, suppress(Problem):
            with transaction() as session:
                link = account_links.forgotten(session, email, now)
            if link:
                deliver_now(account_links.letter(link, begin + link.secret))

    Thread(target=write, daemon=True).start()
