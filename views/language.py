"""The language of the interface: which one a request wants, and what templates need to speak it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale

from forms.markup import alone
from language.codes import show_code
from language.dates import TIME_ZONE, format_moment, short_date
from language.files import show_size
from language.numbers import format_number
from views.assets import asset

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
TRANSLATIONS = Path(__file__).parent.parent / "translations"
# Read once in a process, for both applications.
CATALOGUES = Domain(str(TRANSLATIONS))


def asked_language() -> str:
    """Return the language that `?lang=` asks for, else the default one."""
    asked = request.args.get("lang", DEFAULT_LANGUAGE)
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


def kept_language() -> str:
    """Return the language that `?lang=` asks for, and keep it in the session for later pages.

    On the command line, nobody asks.
    """
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if request.args.get("lang") in LANGUAGES:
        session["language"] = request.args["lang"]
    return str(session.get("language", DEFAULT_LANGUAGE))


def keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    """Let every link of a page lead to a page in its language; for `url_defaults`."""
    if asked_language() != DEFAULT_LANGUAGE:
        values.setdefault("lang", asked_language())


def interface_language() -> str:
    """Return the language of the page being made."""
    locale = get_locale()
    return locale.language if locale else DEFAULT_LANGUAGE


def address_in(language: str) -> str:
    """Return the address of the page being shown, in `language`."""
    arguments = {**request.args.to_dict(flat=False), "lang": [language]}
    return f"{quote(request.root_path + request.path)}?{urlencode(arguments, doseq=True)}"


def home_address() -> str:
    """Return the address of the home page in the language of the page being made."""
    language = interface_language()
    return "/" if language == DEFAULT_LANGUAGE else f"/?lang={language}"


def show_moment(moment: datetime) -> str:
    """Return a moment as people write it, in local time and the interface language."""
    return format_moment(moment, interface_language())


def show_date(day: date) -> str:
    """Return a date as people write it."""
    return short_date(day)


def show_number(value: int | Decimal, places: int = 0) -> str:
    """Return a number the way the interface language writes it."""
    return format_number(value, places, interface_language())


def show_plain_number(value: Decimal) -> str:
    """Return a number with the decimals that it has, the way the interface language writes it."""
    places = max(-int(value.normalize().as_tuple().exponent), 0)
    return format_number(value, places, interface_language())


def show_file_size(size_bytes: int) -> str:
    """Return the size of a file the way the interface language writes it."""
    return show_size(size_bytes, interface_language())


def init_language(app: Flask, *, keeps_choice: bool) -> None:
    """Give `app` translations and the filters of this room.

    `keeps_choice`: remember the language in the session; without it the address says it all.
    """
    babel = Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_timezone=str(TIME_ZONE),
        locale_selector=kept_language if keeps_choice else asked_language,
    )
    babel.domain_instance = CATALOGUES
    app.jinja_env.filters.update(
        moment=show_moment,
        day=show_date,
        number=show_number,
        plain_number=show_plain_number,
        code=show_code,
        alone=alone,
        size=show_file_size,
    )
    app.jinja_env.globals.update(
        interface_language=interface_language,
        address_in=address_in,
        home_address=home_address,
        languages=LANGUAGES,
        asset=asset,
    )
