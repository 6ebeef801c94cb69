"""Where a person of the board can go from a page: tables, shown as far as the role allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from models.campaign import CLOSED, PUBLIC, STANDING
from views.access import PAGES, may

UNITS = frozenset({CLOSED, STANDING})
EVERY_KIND = frozenset({CLOSED, PUBLIC, STANDING})


@dataclass(frozen=True, slots=True)
class Place:
    """A page to go to: its endpoint and its name; `kinds` of rounds that have it."""

    endpoint: str
    name: LazyString
    kinds: frozenset[str] = EVERY_KIND


@dataclass(frozen=True, slots=True)
class Way:
    """A link to a page; `here` when it is the page that is shown."""

    address: str
    name: LazyString
    here: bool


# The head of every page.
BOARD_PLACES: Sequence[Place] = (
    Place("board.list_campaigns", _("Progress board")),
    Place("campaign_desk.list_all", _("Campaigns")),
    Place("unit_directory.list_units", _("Units")),
    Place("forms.list_forms", _("Forms")),
)
# Behind the last word of the head: what is not needed every day.
MORE_PLACES: Sequence[Place] = (
    Place("people.list_accounts", _("Accounts")),
    Place("personal.show_register", _("Personal data")),
    Place("log.show_log", _("Log")),
    Place("configuration.show_settings", _("Server settings")),
    Place("security.change_password", _("Change password")),
)
# A campaign: its code is given.
CAMPAIGN_PLACES: Sequence[Place] = (
    Place("campaign_desk.show", _("Plan and rounds")),
    Place("wording.list_wordings", _("Wording of letters")),
    Place("board_materials.list_materials", _("Study documents")),
    Place("workbooks.choose", _("Consolidated workbook")),
    Place("report_template.show_template", _("Template of the report")),
)
# A round of a campaign: both codes are given.
ROUND_PLACES: Sequence[Place] = (
    Place("board.show_round", _("Progress")),
    Place("assignments.show", _("Who is asked"), UNITS),
    Place("mailing.list_letters", _("Letters"), UNITS),
    Place("links.list_links", _("Links")),
    Place("report_figures.list_oddities", _("Warnings"), frozenset({CLOSED})),
    Place("ticks.show_rows", _("Exemplary rows"), frozenset({CLOSED})),
    Place("comments.list_comments", _("Comments"), frozenset({PUBLIC})),
    Place("word_report.show_reports", _("Word report"), frozenset({CLOSED})),
    Place("exporting.show_exports", _("Data")),
)


def board_ways() -> Iterator[Way]:
    """Yield the links in the head of every page."""
    return _ways(BOARD_PLACES)


def more_ways() -> Iterator[Way]:
    """Yield the links in the menu of the head."""
    return _ways(MORE_PLACES)


def campaign_ways(campaign_code: str) -> Iterator[Way]:
    """Yield the links to the pages of a campaign."""
    return _ways(CAMPAIGN_PLACES, campaign_code=campaign_code)


def round_ways(campaign_code: str, round_code: str, kind: str) -> Iterator[Way]:
    """Yield the links to the pages of a round of this kind."""
    places = [place for place in ROUND_PLACES if kind in place.kinds]
    return _ways(places, campaign_code=campaign_code, round_code=round_code)


def _ways(places: Sequence[Place], **codes: Any) -> Iterator[Way]:
    for place in places:
        if may(PAGES[place.endpoint]):
            here = request.endpoint == place.endpoint
            yield Way(url_for(place.endpoint, **codes), place.name, here)


def init_navigation(app: Flask) -> None:
    """Tell the templates of `app` where one can go."""
    app.jinja_env.globals.update(
        board_ways=board_ways,
        more_ways=more_ways,
        campaign_ways=campaign_ways,
        round_ways=round_ways,
    )
