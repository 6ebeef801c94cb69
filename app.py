"""Makes the two applications and puts them behind one door: wiring only; imported by nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from models.database import database
from services.mailbox import mailbox_place
from services.mailing import mail_server
from settings import Settings
from tasks import init_tasks
from views.access import init_access
from views.account import account, init_accounts
from views.applications import Application, LinksApplication, with_security_headers
from views.assignments import assignments
from views.board import board
from views.campaign_desk import campaign_desk
from views.codes import CONVERTERS
from views.collecting import collecting
from views.comments import comments
from views.correcting import correcting, init_correcting
from views.difficulties import difficulties
from views.drafts import drafts, init_drafts
from views.erased import init_erased
from views.errors import init_errors
from views.exporting import exporting
from views.fill_in import fill_in
from views.form_editor import editor
from views.form_versions import forms
from views.home import home
from views.images import images
from views.language import init_language
from views.letter_words import init_letter_words
from views.links import links
from views.log import log
from views.mailing import mailing
from views.materials import board_materials, init_materials, material_address, material_links
from views.navigation import init_navigation
from views.offline import offline
from views.operator import operator
from views.participant import init_participant, participant
from views.passwords import passwords
from views.people import people
from views.personal import personal
from views.previews import previews
from views.receipts import receipts
from views.report_figures import report_figures
from views.report_template import report_template
from views.returned_mail import returned_mail
from views.round_desk import round_desk
from views.settings_page import configuration
from views.sign_ins import devices
from views.single_sign_on import init_single_sign_on, single_sign_on
from views.ticks import ticks
from views.turns import in_turns
from views.unit import unit
from views.unit_directory import init_levels, unit_directory
from views.unit_history import unit_history
from views.unit_import import unit_import
from views.uploads import uploads
from views.verification import init_verification
from views.word_report import word_report
from views.wording import wording
from views.workbooks import one_press, workbooks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BOARD_PATH = "/ban"
BOARD_BLUEPRINTS = (
    account,
    assignments,
    board,
    board_materials,
    campaign_desk,
    comments,
    ticks,
    configuration,
    correcting,
    devices,
    difficulties,
    editor,
    exporting,
    forms,
    links,
    log,
    mailing,
    operator,
    passwords,
    people,
    personal,
    previews,
    report_figures,
    report_template,
    returned_mail,
    round_desk,
    single_sign_on,
    unit_directory,
    unit_import,
    uploads,
    word_report,
    wording,
    one_press,
    workbooks,
)
MIGRATIONS = Path(__file__).parent / "migrations"
MEGABYTE = 1024 * 1024
YEAR_SECONDS = 365 * 24 * 3600


def create_app(settings: Settings | None = None) -> Flask:
    """Return the board's application, which is also the door to the one of links.

    It answers every request: under /ban itself, elsewhere through the application of units and
    participants. That one has no accounts and no session, so it cannot tell who is asking.
    """
    settings = settings or Settings.from_environment()
    board_application = create_board(settings)
    links_application = create_links(settings)
    board_application.front = door(settings, links_application.wsgi_app, board_application.wsgi_app)
    return board_application


def create_board(settings: Settings) -> Application:
    """Return the application of board members: accounts, session, command line."""
    app = Application(__name__, static_folder=None)
    configure(app, settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="phieu",
        SESSION_COOKIE_PATH=BOARD_PATH,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        # A form with the files beside it has 5 MB; the rest is what a request says around it.
        MAX_CONTENT_LENGTH=6 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        WTF_CSRF_TIME_LIMIT=None,
        # Pages send no referrer, which the strict check would ask for.
        WTF_CSRF_SSL_STRICT=False,
    )
    init_language(app, keeps_choice=True)
    Migrate(app, database, directory=str(MIGRATIONS))
    # Before the next one, which reads what was sent.
    init_correcting(app)
    init_materials(app)
    CSRFProtect(app)
    init_accounts(app)
    init_access(app)
    init_single_sign_on(app)
    init_navigation(app)
    init_tasks(app)
    init_letter_words(app)
    init_levels(app)
    for blueprint in BOARD_BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def create_links(settings: Settings) -> Flask:
    """Return the application of units and participants: links, no session, no account."""
    app = LinksApplication(__name__)
    configure(app, settings)
    app.config.update(
        # A form without files stays far below; files are let in by `allow_files`.
        MAX_CONTENT_LENGTH=16 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEGABYTE,
        MAX_FORM_PARTS=4000,
        # Every address of a static file carries a digest of its content.
        SEND_FILE_MAX_AGE_DEFAULT=YEAR_SECONDS,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.url_map.converters.update(CONVERTERS)
    init_language(app, keeps_choice=False)
    Bootstrap5(app)
    init_participant(app)
    init_drafts(app)
    init_verification(app)
    app.jinja_env.globals.update(material_address=material_address)
    of_units = (unit, unit_history, collecting, drafts, receipts, fill_in)
    for blueprint in (home, images, material_links, offline, participant, *of_units):
        app.register_blueprint(blueprint)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Give `app` what both applications share."""
    app.config.update(
        TESTING=settings.testing,
        SETTINGS=settings,
        FILES=settings.home / "files",
        MAIL=mail_server(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        MAILBOX=mailbox_place(settings.imap_url) if settings.imap_url else None,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # Answers never reach a log, not even in the message of an error.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
    )
    database.init_app(app)
    init_erased(app)
    init_errors(app)
    Compress(app)


def door(settings: Settings, links: WSGIApplication, board: WSGIApplication) -> WSGIApplication:
    """Return the one WSGI application in front of both."""
    both = DispatcherMiddleware(links, {BOARD_PATH: board})
    inner = with_security_headers(in_turns(both))
    if not settings.trusted_proxies:
        return inner
    hops = settings.trusted_proxies
    return ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops)
