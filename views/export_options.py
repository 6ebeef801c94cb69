"""The options of `flask export`: those of the page of workbooks, from the same table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields
from typing import Any

import click
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from exports.options import WorkbookOptions
from services import following
from views.language import LANGUAGES
from views.workbook_choices import Chosen, Given, Offered, offered, read_choices

Command = Callable[..., None]
# Part of exports.options.WorkbookOptions -> how it is written, and what is told of it.
OPTIONS: Mapping[str, tuple[str, str]] = {
    "language": ("--language", "Language of the workbook."),
    "rounds": ("--round", "Code of a round; may be given several times. Without it: all rounds."),
    "groups": (
        "--group",
        "Code of a group of units; may be given several times. Without it: all groups.",
    ),
    "required_only": ("--required-only", "Only units that are required to report."),
    "returned": ("--returned", "Count returned reports all the same."),
    "communes": (
        "--communes/--no-communes",
        "Show units that were asked by the unit above them, such as communes.",
    ),
    "least": (
        "--least",
        "Smallest group of feedback that is shown; 0: as each round says. Never fewer than that.",
    ),
    "labelled": ("--labelled", "Show choices among the raw answers by labels, not by codes."),
    "contacts": (
        "--contacts",
        "Include phone numbers and e-mail addresses; the log notes that they were taken.",
    ),
    "letterhead": (
        "--letterhead",
        "Give each table a letterhead, instead of an annex number.",
    ),
    "predecessor": ("--predecessor", "Code of an earlier campaign to compare with."),
}
# What a part is by itself -> how it is given.
KINDS: Mapping[type, Mapping[str, Any]] = {
    bool: {"is_flag": True},
    tuple: {"multiple": True, "metavar": "CODE"},
    int: {"type": click.IntRange(0), "metavar": "NUMBER"},
    str: {"metavar": "CODE"},
}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "language": {"type": click.Choice(list(LANGUAGES)), "metavar": None, "show_default": True},
}


def workbook_options(command: Command) -> Command:
    """Give a command every option of a workbook, as arguments of the names that parts have."""
    for part in reversed(fields(WorkbookOptions)):
        command = _option(part)(command)
    return command


def _option(part: Field[Any]) -> Callable[[Command], Command]:
    declared, told = OPTIONS[part.name]
    how = {**KINDS[type(part.default)], **CHOICES.get(part.name, {})}
    return click.option(declared, part.name, default=part.default, help=told, **how)


def read_options(
    session: Session, campaign_code: str, given: Mapping[str, Any]
) -> tuple[WorkbookOptions, list[str]]:
    """Return what is chosen of a campaign, and a sentence for each option that is wrong.

    Checked as on the page, but that whoever has the command line may compare with any campaign.
    Raises Problem `campaign_unknown`.
    """
    campaign = following.find_campaign(session, campaign_code)
    offers = offered(session, campaign, admits=lambda _code: True)
    chosen = read_choices(_as_form(given), offers)
    return chosen.options, list(_faults(chosen, offers))


def _as_form(given: Mapping[str, Any]) -> Given:
    """Return the options as the page would send them."""
    return MultiDict({name: list(_texts(value)) for name, value in given.items()})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        yield from value
    else:
        # What is 0 is left to each round, as what is blank on the page.
        yield str(int(value)) if isinstance(value, bool) else str(value or "")


def _faults(chosen: Chosen, offers: Offered) -> Iterator[str]:
    known = {"rounds": offers.rounds, "groups": offers.groups, "predecessor": offers.earlier}
    for name, sentence in chosen.faults.items():
        codes = ", ".join(known.get(name, ()))
        yield f"{OPTIONS[name][0]}: {sentence}" + (f" ({codes})" if codes else "")
