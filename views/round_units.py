"""The page of a closed round: how complete and timely it is, who is missing, and its units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from language.dates import format_moment, local
from language.text import clean
from models.completeness import EXTENDED, NOT_SENT
from models.following import FollowedRound
from services import assignments, completeness
from services.completeness import GroupProgress, RoundProgress
from services.following import FollowedCampaign
from services.states import Stage, State, is_after
from views.access import PAGES, may
from views.filling import current_moment
from views.language import interface_language

# In the order in which they are counted and offered as a filter.
STATES: Mapping[State, LazyString] = {
    "on_time": _("Sent on time"),
    "late": _("Sent late"),
    "drafting": _("Being written"),
    "not_opened": _("Not opened"),
    "missing": _("Not sent"),
    "withdrawn": _("Withdrawn"),
}
# What the board has decided, once anything has been sent.
STAGES: Mapping[Stage, LazyString] = {
    "sent": _("Waiting for the board"),
    "returned": _("Returned for correction"),
    "accepted": _("Accepted"),
}
SOUGHT_STATES: Mapping[str, LazyString] = {
    **dict(STATES.items()),
    NOT_SENT: _("Nothing sent so far"),
}
SOUGHT_STAGES: Mapping[str, LazyString] = {**dict(STAGES.items()), EXTENDED: _("Given more time")}
ORDERS: Mapping[str, LazyString] = {
    "": _("Official order"),
    "name": _("Name"),
    "sent": _("Newest first"),
}
# The parts of a bar, which together are all units of a group.
PARTS: Mapping[str, LazyString] = {
    "on_time": _("Sent on time"),
    "late": _("Sent late"),
    "drafting": _("Being written"),
    "not_begun": _("Not begun"),
    "withdrawn": _("Withdrawn"),
}
# So many changes are explained here; the page of who is asked explains all.
MOST_CHANGES = 20
# Where reminders are written.
SEND = "mailing.send_letters"


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar, in percent of its width."""

    name: str
    begins: float
    width: float


def show_units(session: Session, campaign: FollowedCampaign, asked: FollowedRound) -> str:
    """Show a round and those of its units that `?q=`, `?state=`, `?stage=`, `?group=` look for.

    `?sort=` orders them and `?page=` turns the pages.
    """
    now = current_moment()
    given = {name: clean(request.args.get(name, "")) for name in FILTERS}
    sought = completeness.sought_units(*given.values())
    progress = completeness.progress(session, asked, campaign.groups, now)
    page = completeness.find_units(
        session,
        asked,
        campaign.groups,
        sought,
        given["q"],
        page_number(),
        now,
        known=progress,
    )
    changes = assignments.explained_since(
        session, asked.id, progress.opened, local(now).date(), MOST_CHANGES
    )
    return render_template(
        "board/show_units.html",
        campaign=campaign,
        round=asked,
        progress=progress,
        curve=completeness.curve(progress.days, asked, progress.whole.asked),
        changes=changes,
        most_changes=MOST_CHANGES,
        parts=said(_parts(progress)),
        moment=partial(format_moment, language=interface_language()),
        bar=bar,
        remind=remind_address(campaign, asked, progress, now),
        page=page,
        given=given,
        states=said(STATES),
        sought_states=SOUGHT_STATES,
        stages=said(STAGES),
        sought_stages=SOUGHT_STAGES,
        orders=ORDERS,
        filtered=any(given[name] for name in NARROWING),
        missing_only=[given[name] for name in NARROWING if given[name]] == [NOT_SENT],
        page_address=page_address,
        group_names=_groups(campaign, progress),
    )


def _parts(progress: RoundProgress) -> Mapping[str, LazyString]:
    """Return the parts of a bar; what was withdrawn is a part only where anything was."""
    withdrawn = bool(progress.whole.withdrawn)
    return {name: word for name, word in PARTS.items() if withdrawn or name != "withdrawn"}


def said(words: Mapping[Any, LazyString]) -> Mapping[Any, str]:
    """Return words in the language of the page, once for many rows."""
    return {name: str(word) for name, word in words.items()}


# Those that leave out units, and the order.
NARROWING = ("q", "state", "stage", "group")
FILTERS = (*NARROWING, "sort")


def _groups(campaign: FollowedCampaign, progress: RoundProgress) -> Mapping[str, str]:
    return {group.code: campaign.groups.get(group.code, group.code) for group in progress.groups}


def page_number() -> int:
    """Return the page of a list that `?page=` asks for, from 1."""
    typed = request.args.get("page", "1")
    return int(typed) if typed.isdecimal() and len(typed) < len("1000000") else 1


def page_address(anchor: str = "", **changes: object) -> str:
    """Return the address of this page with some of what it looks for changed."""
    arguments = {**request.args.to_dict(), **{n: str(value) for n, value in changes.items()}}
    query = urlencode({name: value for name, value in arguments.items() if value})
    return f"{request.script_root}{request.path}?{query}{anchor}"


def bar(group: GroupProgress) -> Iterator[BarPart]:
    """Yield the parts of the bar of a group that are not empty."""
    begins = 0.0
    for name in PARTS:
        count = getattr(group, name)
        if count:
            width = count * 100 / group.asked
            yield BarPart(name, round(begins, 2), round(width, 2))
            begins += width


def remind_address(
    campaign: FollowedCampaign, asked: FollowedRound, progress: RoundProgress, now: datetime
) -> str:
    """Return where those who are missing are reminded, by the clock.

    Blank when nobody who is missing can still send, or when reminding is not for this person.
    """
    if not progress.may_send or not may(PAGES[SEND]):
        return ""
    kind, audience = _reminder(asked, progress, now)
    return url_for(
        SEND, campaign_code=campaign.code, round_code=asked.code, kind=kind, audience=audience
    )


def _reminder(asked: FollowedRound, progress: RoundProgress, now: datetime) -> tuple[str, str]:
    """Return the kind of letter and the audience, as services.sending knows them."""
    if is_after(now, asked.due_at) and progress.missing:
        return "reminder_after", "late"
    is_due_day = asked.due_at is not None and local(asked.due_at).date() == local(now).date()
    return "reminder_due" if is_due_day else "reminder_before", "not_sent"
