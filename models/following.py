"""Named reads for the board: how far its rounds are; each returns frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from language.collation import sort_key
from models.campaign import Assignment, Campaign, Link, Round
from models.form import FormVersion
from models.queries import (
    due_at,
    newest_link,
    newest_version,
    opening,
    successor_name,
    was_asked,
)
from models.response import Response, Revision
from models.unit import Unit


@dataclass(frozen=True, slots=True)
class FollowedRound:
    """A round as the board follows it, with the newest version of its form."""

    id: int
    code: str
    title: str
    kind: str
    due_at: datetime | None
    closes_at: datetime | None
    late_allowed: bool
    form_version_id: int
    threshold: int


@dataclass(frozen=True, slots=True)
class AssignedUnit:
    """A unit asked in a round, called as it was then, and what it has sent.

    `search` is folded text; `link_code` its newest link that opens; `sent_at` its last sending,
    `due_at` its deadline, `extended_to` a later one, `decided` what was decided on its newest
    revision. Of one that was withdrawn, `successor_name` is that of the directory.
    """

    assignment_id: int
    code: str
    name: str
    group_code: str
    required: bool
    search: str
    has_draft: bool
    link_code: str | None
    first_sent_at: datetime | None
    sent_at: datetime | None
    revisions: int
    due_at: datetime | None
    extended_to: datetime | None
    decided: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    successor_name: str | None
    added_later: bool


@dataclass(frozen=True, slots=True)
class SentResponse:
    """The newest revision of a response; `answers` is its canonical JSON."""

    unit_code: str
    unit_name: str
    receipt_code: str
    form_version_id: int
    answers: str
    sent_at: datetime


def followed_rounds(session: Session, campaign_code: str) -> tuple[FollowedRound, ...]:
    """Return the rounds of a campaign in their order."""
    rows = session.execute(ROUNDS, {"campaign_code": campaign_code})
    return tuple(FollowedRound(*row) for row in rows)


ROUNDS = (
    select(
        Round.id,
        Round.code,
        Round.title,
        Round.kind,
        Round.due_at,
        Round.closes_at,
        Round.late_allowed,
        FormVersion.id,
        Round.threshold,
    )
    .join(Round.campaign)
    .join(
        FormVersion,
        and_(
            FormVersion.form_definition_id == Round.form_definition_id,
            FormVersion.number == newest_version(Round.form_definition_id),
        ),
    )
    .where(Campaign.code == bindparam("campaign_code"))
    .order_by(Round.position)
)


def assigned_units(
    session: Session, round_id: int, *conditions: ColumnElement[bool]
) -> tuple[AssignedUnit, ...]:
    """Return the units asked in a round in official order, those that meet the conditions.

    Those withdrawn after the opening are among them.
    """
    opened = opening(session, round_id)
    asked = (Assignment.round_id == round_id, was_asked(opened))
    return _assigned_units(session, opened, *asked, *conditions)


def chosen_units(
    session: Session, opened: datetime | None, assignment_ids: Sequence[int]
) -> tuple[AssignedUnit, ...]:
    """Return the same of some assignments of a round that `opened` then."""
    return _assigned_units(session, opened, Assignment.id.in_(assignment_ids))


def _assigned_units(
    session: Session, opened: datetime | None, *conditions: ColumnElement[bool]
) -> tuple[AssignedUnit, ...]:
    rows = session.execute(ASSIGNED.where(*conditions))
    stored: Iterable[tuple[Any, ...]] = (
        (*values, opened is not None and added_at > opened) for *values, added_at in rows
    )
    return tuple(AssignedUnit(*values) for values in stored)


# Made once, as it takes longer than many a query.
ASSIGNED: Select[*tuple[Any, ...]] = (
    select(
        Assignment.id,
        Unit.code,
        Assignment.unit_name,
        Assignment.group_code,
        Assignment.required,
        Unit.search + " " + Assignment.search,
        Assignment.has_draft,
        newest_link(),
        Assignment.first_sent_at,
        Assignment.sent_at,
        Assignment.revisions,
        due_at(),
        Assignment.extended_to,
        Assignment.decided,
        Assignment.withdrawn_at,
        Assignment.withdrawn_reason,
        successor_name(),
        Assignment.added_at,
    )
    .join(Assignment.unit)
    .join(Assignment.round)
    .order_by(Unit.position)
)


def sent_responses(session: Session, round_id: int) -> tuple[SentResponse, ...]:
    """Return the newest revision of every response to a round, the newest response first."""
    newer = aliased(Revision)
    newest = (
        select(func.max(newer.number))
        .where(newer.response_id == Response.id)
        .correlate(Response)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Unit.code,
            Assignment.unit_name,
            Revision.receipt_code,
            Revision.form_version_id,
            Revision.answers,
            Revision.submitted_at,
        )
        .join(Revision.response)
        .join(Response.assignment)
        .join(Assignment.unit)
        .where(Assignment.round_id == round_id, Revision.number == newest)
        .order_by(Revision.submitted_at.desc(), Revision.id.desc())
    )
    return tuple(SentResponse(*row) for row in rows)


def public_links(session: Session, round_id: int) -> Mapping[str, str]:
    """Return the labels of the public links of a round that open, by code, in Vietnamese order."""
    rows = session.execute(
        select(Link.code, Link.label).where(
            Link.round_id == round_id,
            Link.assignment_id.is_(None),
            Link.revoked_at.is_(None),
        )
    )
    return dict(sorted(rows.all(), key=lambda row: (sort_key(row[1]), row[0])))
