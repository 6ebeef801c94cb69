"""What the board follows: its campaigns, how far each round is, and each report as it was sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.tree import Definition, Question
from language.text import clean, fold
from models import following
from models.campaign import Campaign
from models.following import AssignedUnit, FollowedRound, SentResponse
from models.problems import Problem
from models.unit import Unit
from services import campaigns, definitions
from services.states import (
    SENT_STATES,
    Facts,
    Stage,
    State,
    assignment_state,
    days_late,
    later,
    stage_of,
)


@dataclass(frozen=True, slots=True)
class FollowedCampaign:
    """A campaign with its groups of units (code -> name, in official order) and its rounds."""

    code: str
    title: str
    board_name: str
    groups: Mapping[str, str]
    rounds: tuple[FollowedRound, ...]


@dataclass(frozen=True, slots=True)
class FollowedUnit:
    """A unit asked in a round; `days_late` counts local days from the due to the first sending.

    One that was `added_later` is in no rate of the round; one that was withdrawn has a moment, a
    reason, and perhaps a successor in the directory.
    """

    assignment_id: int
    code: str
    name: str
    group_code: str
    required: bool
    state: State
    search: str
    link_code: str | None
    sent_at: datetime | None
    revisions: int
    days_late: int
    stage: Stage
    extended_to: datetime | None
    added_later: bool
    withdrawn_at: datetime | None
    withdrawn_reason: str
    successor_name: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many units were asked, and how many are in each state."""

    asked: int
    states: Mapping[State, int]

    @property
    def sent(self) -> int:
        """Return how many have sent, late or not."""
        return sum(self.states.get(state, 0) for state in SENT_STATES)


@dataclass(frozen=True, slots=True)
class Apart:
    """What is counted beside the rates of a round, which are of those asked when it opened.

    `added` were added after the opening, `added_sent` of them have sent; `withdrawn` were
    withdrawn after it, whether they had sent or not.
    """

    added: int
    added_sent: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class RoundCount:
    """A round and how far it is; `responses` counts everything that was ever sent to it.

    Of feedback it is how much is counted (services.feedback_counts); there is at least so much.
    """

    round: FollowedRound
    required: Tally
    invited: Tally
    responses: int
    apart: Apart


@dataclass(frozen=True, slots=True)
class Received:
    """A response to a standing round, with the definition of the version it was given to."""

    sent: SentResponse
    definition: Definition
    answers: Mapping[str, Any]


# --- campaigns ------------------------------------------------------------------------------------


def list_campaigns(session: Session) -> tuple[FollowedCampaign, ...]:
    """Return every campaign with its rounds, in order, but for those that were put away."""
    found = session.scalars(
        select(Campaign)
        .where(Campaign.archived_at.is_(None))
        .order_by(Campaign.position, Campaign.id)
    )
    return tuple(_campaign(session, campaign) for campaign in found)


def find_campaign(session: Session, code: str) -> FollowedCampaign:
    """Return the campaign called `code`. Raises Problem `campaign_unknown`."""
    return _campaign(session, campaigns.find_campaign(session, code))


def find_round(campaign: FollowedCampaign, code: str) -> FollowedRound:
    """Return a round of a campaign. Raises Problem `round_unknown`."""
    for asked in campaign.rounds:
        if asked.code == code:
            return asked
    raise Problem("round_unknown", round=code)


def _campaign(session: Session, campaign: Campaign) -> FollowedCampaign:
    return FollowedCampaign(
        campaign.code,
        campaign.title,
        campaign.board_name,
        {group["code"]: group["name"] for group in campaign.groups},
        following.followed_rounds(session, campaign.code),
    )


# --- units ----------------------------------------------------------------------------------------


def followed_units(
    session: Session, asked: FollowedRound, now: datetime
) -> tuple[FollowedUnit, ...]:
    """Return the units asked in a round in official order, each with its state."""
    return tuple(followed(unit, now) for unit in following.assigned_units(session, asked.id))


def find_unit(session: Session, asked: FollowedRound, code: str, now: datetime) -> FollowedUnit:
    """Return a unit asked in a round. Raises Problem `unit_unknown`."""
    for unit in following.assigned_units(session, asked.id, Unit.code == code):
        return followed(unit, now)
    raise Problem("unit_unknown", unit=code)


def followed(unit: AssignedUnit, now: datetime) -> FollowedUnit:
    """Return a unit with its state."""
    first = unit.first_sent_at
    due_at = later(unit.due_at, unit.extended_to)
    return FollowedUnit(
        assignment_id=unit.assignment_id,
        code=unit.code,
        name=unit.name,
        group_code=unit.group_code,
        required=unit.required,
        state=assignment_state(
            Facts(first, unit.has_draft, due_at, now, unit.withdrawn_at is not None)
        ),
        search=unit.search,
        link_code=unit.link_code,
        sent_at=unit.sent_at,
        revisions=unit.revisions,
        days_late=days_late(first, due_at) if first else 0,
        stage=stage_of(first is not None, unit.decided),
        extended_to=unit.extended_to,
        added_later=unit.added_later,
        withdrawn_at=unit.withdrawn_at,
        withdrawn_reason=unit.withdrawn_reason,
        successor_name=unit.successor_name or "",
    )


def tally(units: Iterable[FollowedUnit]) -> Tally:
    """Count units by their state."""
    states = Counter(unit.state for unit in units)
    return Tally(states.total(), states)


def search_units(
    units: Iterable[FollowedUnit], text: str, state: str = ""
) -> tuple[FollowedUnit, ...]:
    """Return the units that hold every word of `text`, accents and case aside, and are in `state`.

    Those that are called exactly so, accents included, come first. No text and no state find
    every unit.
    """
    words = fold(text).split()
    exact = clean(text).lower().split()
    found = [
        unit
        for unit in units
        if state in ("", unit.state) and all(word in unit.search for word in words)
    ]
    return tuple(sorted(found, key=lambda u: not all(word in u.name.lower() for word in exact)))


def by_group(
    units: Iterable[FollowedUnit], groups: Mapping[str, str]
) -> Iterator[tuple[str, Sequence[FollowedUnit]]]:
    """Yield the name and the units of every group that has any, in the order of `groups`."""
    found: dict[str, list[FollowedUnit]] = {code: [] for code in groups}
    for unit in units:
        found.setdefault(unit.group_code, []).append(unit)
    return ((groups.get(code, code), members) for code, members in found.items() if members)


# --- standing rounds ------------------------------------------------------------------------------


def received(session: Session, asked: FollowedRound) -> tuple[Received, ...]:
    """Return what was sent to a standing round, the newest first."""
    return tuple(
        Received(
            sent,
            definitions.definition(session, sent.form_version_id),
            json.loads(sent.answers),
        )
        for sent in following.sent_responses(session, asked.id)
    )


def shown_questions(definition: Definition) -> tuple[Question, ...]:
    """Return the questions that a list of responses shows: those its first list table counts."""
    named = next((table.foot for table in definition.tables if table.kind == "list"), ())
    return tuple(question for question in definition.questions if question.name in named)
