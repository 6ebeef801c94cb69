"""The settings in force, without secrets, and a letter to try them with."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from markupsafe import escape
from wtforms import EmailField, Form
from wtforms.validators import InputRequired

from language.files import show_size
from models.database import database, transaction
from models.letter import SENDING
from services import audit
from services.letters import ReadyLetter
from services.mailbox import MailboxPlace
from services.mailing import MailServer
from settings import VERSION, Settings
from views.access import account_name
from views.account_mail import Fault, deliver_now, has_server
from views.filling import current_moment
from views.language import interface_language, show_moment

configuration = Blueprint("configuration", __name__, url_prefix="/cai-dat")

# A worker that says nothing for so long has ended, or is stuck.
LONGEST_SILENCE = timedelta(minutes=5)
KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# A name, what is set, and the variable that sets it.
Row = tuple[str, str, str]


class TestLetterForm(Form):
    """Whom to send a letter to."""

    to = EmailField()


@configuration.get("")
def show_settings() -> str:
    """Show the settings in force."""
    return _page()


@configuration.post("/thu")
def send_test_letter() -> str | tuple[str, int]:
    """Send a letter to try the settings, and say what the server answered."""
    form = TestLetterForm(request.form)
    form.to.validators = [InputRequired(_("Please enter an e-mail address."))]
    if not form.validate():
        return _page(form), 422
    now, to = current_moment(), str(form.to.data).strip()
    fault = deliver_now(_test_letter(to))
    with transaction() as session:
        outcome = {"taken": not fault}
        audit.note(session, now, account_name(), "settings.letter_tried", to, **outcome)
    return _page(form, to, fault)


def _page(form: TestLetterForm | None = None, to: str = "", fault: Fault | None = None) -> str:
    return render_template(
        "people/show_settings.html",
        rows=list(_rows()),
        form=form or TestLetterForm(),
        to=to,
        fault=fault,
        has_server=has_server(),
    )


def _rows() -> Iterator[Row]:
    settings: Settings = current_app.config["SETTINGS"]
    url = database.engine.url
    kind = KINDS.get(url.get_backend_name(), url.get_backend_name())
    free = show_size(shutil.disk_usage(settings.home).free, interface_language())
    yield _("Version"), f"Phiếu {VERSION}, Python {platform.python_version()}", ""
    yield _("Address"), settings.public_url, "PHIEU_URL"
    yield _("Database"), " · ".join(filter(None, (kind, url.host, url.database))), "DATABASE_URL"
    left = _("%(size)s free", size=free)
    yield _("Home folder"), f"{settings.home} · {left}", "PHIEU_HOME"
    yield _("Worker in the background"), _worker(current_app.extensions["last_done"]()), ""
    yield from _mail_rows(settings)
    proxies = str(settings.trusted_proxies) if settings.trusted_proxies else _("none")
    yield _("Reverse proxies"), proxies, "TRUSTED_PROXIES"
    second = {"": _("nobody"), "admin": _("administrators"), "all": _("everybody")}
    required = second[settings.require_two_factor]
    yield _("Who needs a second factor"), required, "REQUIRE_TWO_FACTOR"
    sign_in = (
        f"{settings.oidc_name} · {settings.oidc_issuer}" if settings.oidc_issuer else _("none")
    )
    yield _("Sign-in by OpenID Connect"), sign_in, "OIDC_ISSUER"


def _mail_rows(settings: Settings) -> Iterator[Row]:
    mailbox = _mailbox(current_app.config["MAILBOX"])
    yield _("Mail server"), _mail_server(current_app.config["MAIL"]), "SMTP_URL"
    yield _("Letters are from"), settings.mail_from, "MAIL_FROM"
    yield _("Letters a minute, at most"), str(settings.mail_per_minute), "MAIL_PER_MINUTE"
    yield _("Mailbox of letters that come back"), mailbox, "IMAP_URL"


def _mail_server(server: MailServer | None) -> str:
    if server is None:
        return _("none: letters are written into the home folder")
    encrypted = _("encrypted") if server.encrypted else _("encrypted when the server offers it")
    signs_in = _("with a password") if server.user else _("without a password")
    return f"{server.host}:{server.port} · {encrypted} · {signs_in}"


def _mailbox(place: MailboxPlace | None) -> str:
    if place is None:
        return _("none: officers hand in what came back")
    encrypted = _("encrypted") if place.encrypted else _("encrypted, unless it is on this machine")
    return f"{place.user} · {place.host}:{place.port}/{place.folder} · {encrypted}"


def _worker(last_done: datetime | None) -> str:
    """Tell whether the worker runs: it has something to do every minute."""
    if last_done is None:
        return _("has never done anything")
    when = show_moment(last_done)
    if current_moment() - last_done > LONGEST_SILENCE:
        return _("does not run; it last did something %(moment)s", moment=when)
    return _("runs; it last did something %(moment)s", moment=when)


def _test_letter(to: str) -> ReadyLetter:
    text = "Đây là thư thử của hệ thống Phiếu. Nhận được thư này nghĩa là cài đặt gửi thư đã đúng."
    now = current_moment()
    return ReadyLetter(
        id=0,
        kind="test",
        to=to,
        subject="Thư thử của hệ thống Phiếu",
        text=f"{text}\n",
        html=f'<!doctype html>\n<html lang="vi"><body><p>{escape(text)}</p></body></html>\n',
        created_at=now,
        state=SENDING,
        tries=1,
        sent_at=None,
        problem="",
    )
