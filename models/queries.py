"""Named reads of more than one table; each returns frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from language.codes import PUBLIC_FIRST
from models.campaign import STANDING, Assignment, Campaign, Link, Round
from models.form import FormVersion, FormVersionAct
from models.response import Decision, Extension, Response, Revision
from models.unit import Unit

OtherRound = aliased(Round)
OtherAssignment = aliased(Assignment)
OtherLink = aliased(Link)


@dataclass(frozen=True, slots=True)
class LinkedRound:
    """The round behind a link; `due_at` is the unit's own where it has one."""

    id: int
    code: str
    title: str
    kind: str
    due_at: datetime | None
    closes_at: datetime | None
    late_allowed: bool
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkedDecision:
    """What the board decided on the newest revision; see models.response.Decision."""

    kind: str
    note: str
    reasons: Mapping[str, str]
    deadline: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkedCampaign:
    """The campaign behind a link."""

    code: str
    title: str
    board_name: str
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkedUnit:
    """The unit behind a link, called as it was when it was asked, unless `withdrawn_at`."""

    code: str
    name: str
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link as it is stored, with what stands behind it; without a unit when it is public."""

    round: LinkedRound
    campaign: LinkedCampaign
    form_version_id: int
    digest: str
    revoked_at: datetime | None
    assignment_id: int | None = None
    unit: LinkedUnit | None = None
    standing_code: str | None = None
    first_sent_at: datetime | None = None
    has_draft: bool = False
    extended_to: datetime | None = None
    decision: LinkedDecision | None = None
    cards_only: bool = False


def find_link(session: Session, code: str) -> FoundLink | None:
    """Return the link `code` with the newest version of its form, in one query."""
    public = code.startswith(PUBLIC_FIRST)
    row = session.execute(PUBLIC_LINK if public else UNIT_LINK, {"code": code}).one_or_none()
    if row is None:
        return None
    return _public_link(row) if public else _unit_link(row)


def _public_link(row: Row[*tuple[Any, ...]]) -> FoundLink:
    return FoundLink(
        round=LinkedRound(*row[0:8]),
        campaign=LinkedCampaign(*row[8:12]),
        form_version_id=row[12],
        digest=row[13],
        revoked_at=row[14],
        cards_only=row[15],
    )


def _unit_link(row: Row[*tuple[Any, ...]]) -> FoundLink:
    return FoundLink(
        round=LinkedRound(*row[0:8]),
        campaign=LinkedCampaign(*row[8:12]),
        form_version_id=row[12],
        digest=row[13],
        revoked_at=row[14],
        assignment_id=row[15],
        unit=LinkedUnit(*row[16:19]),
        standing_code=row[19],
        first_sent_at=row[20],
        has_draft=row[21],
        extended_to=row[22],
        decision=LinkedDecision(*row[23:28]) if row[23] else None,
    )


def newest_version(form_definition_id: Any) -> ScalarSelect[int | None]:
    """Return the number of the newest version of a form, as a part of a larger query.

    A retired version counts only when all are: a round never loses its form.
    """
    versions = aliased(FormVersion)
    in_use = case((versions.id.not_in(retired_versions()), versions.number))
    return (
        select(func.coalesce(func.max(in_use), func.max(versions.number)))
        .where(versions.form_definition_id == form_definition_id)
        .scalar_subquery()
    )


def retired_versions() -> Select[Any]:
    """Return the query of the ids of retired versions."""
    last = select(func.max(FormVersionAct.id)).group_by(FormVersionAct.form_version_id)
    return select(FormVersionAct.form_version_id).where(
        FormVersionAct.id.in_(last), FormVersionAct.retired
    )


def first_sent_at() -> ScalarSelect[datetime]:
    """Return when an assignment was first sent, as a part of a query of assignments."""
    return (
        select(func.min(Revision.submitted_at))
        .join(Response, Revision.response_id == Response.id)
        .where(Response.assignment_id == Assignment.id)
        .correlate(Assignment)
        .scalar_subquery()
    )


def extended_to() -> ScalarSelect[datetime]:
    """Return the later due time of an assignment, as a part of a query of assignments."""
    return (
        select(Extension.due_at)
        .where(Extension.assignment_id == Assignment.id)
        .correlate(Assignment)
        .order_by(Extension.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def opening(session: Session, round_id: int) -> datetime | None:
    """Return since when the rates of a round are counted: when it opens, or its first report came.

    See services.states.asked_at_opening.
    """
    return session.scalar(OPENING, {"round_id": round_id})


OPENING = select(
    func.coalesce(
        Round.opens_at,
        select(func.min(Assignment.first_sent_at))
        .where(Assignment.round_id == Round.id, Assignment.first_sent_at.is_not(None))
        .correlate(Round)
        .scalar_subquery(),
    )
).where(Round.id == bindparam("round_id"))


def was_asked(opened: datetime | None) -> ColumnElement[bool]:
    """Return what holds of assignments of a round that are not withdrawn before its opening."""
    asked = Assignment.withdrawn_at.is_(None)
    return asked if opened is None else or_(asked, Assignment.withdrawn_at >= opened)


def added_later(opened: datetime | None) -> ColumnElement[bool]:
    """Return what holds of assignments that were added after the opening of their round.

    Among those that `was_asked` finds, the rates of a round are counted of all others.
    """
    return false() if opened is None else Assignment.added_at > opened


def due_at() -> ColumnElement[datetime | None]:
    """Return the deadline of an assignment: its own or the round's, extensions aside."""
    return func.coalesce(Assignment.due_at, Round.due_at)


def successor_name() -> ScalarSelect[str]:
    """Return the name of what follows the unit of an assignment, as a part of a query of units."""
    successor = aliased(Unit)
    return (
        select(successor.name)
        .where(successor.code == Unit.successor_code, Unit.successor_code != "")
        .correlate(Unit)
        .limit(1)
        .scalar_subquery()
    )


def newest_link() -> ScalarSelect[str]:
    """Return the newest link that opens an assignment, as a part of a query of assignments."""
    return (
        select(Link.code)
        .where(Link.assignment_id == Assignment.id, Link.revoked_at.is_(None))
        .correlate(Assignment)
        .order_by(Link.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def newest_revision_id() -> ScalarSelect[int]:
    """Return the id of an assignment's newest revision, as a part of a query of assignments."""
    return (
        select(func.max(Revision.id))
        .join(Response, Revision.response_id == Response.id)
        .where(Response.assignment_id == Assignment.id)
        .correlate(Assignment)
        .scalar_subquery()
    )


def decision_id() -> ScalarSelect[int]:
    """Return the id of what was decided on an assignment's newest revision, to be joined."""
    return (
        select(func.max(Decision.id))
        .where(Decision.revision_id == newest_revision_id())
        .correlate(Assignment)
        .scalar_subquery()
    )


def _standing_code() -> ScalarSelect[str]:
    return (
        select(OtherLink.code)
        .join(OtherRound, OtherLink.round_id == OtherRound.id)
        .join(OtherAssignment, OtherLink.assignment_id == OtherAssignment.id)
        .where(
            OtherRound.campaign_id == Round.campaign_id,
            OtherRound.kind == STANDING,
            OtherAssignment.unit_id == Assignment.unit_id,
            OtherAssignment.withdrawn_at.is_(None),
            OtherLink.revoked_at.is_(None),
        )
        .correlate(Round, Assignment)
        .order_by(OtherLink.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _link(due: Any, *more: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Round.id,
            Round.code,
            Round.title,
            Round.kind,
            due,
            Round.closes_at,
            Round.late_allowed,
            Round.opens_at,
            Campaign.code,
            Campaign.title,
            Campaign.board_name,
            Campaign.archived_at,
            FormVersion.id,
            FormVersion.digest,
            Link.revoked_at,
            *more,
        )
        .select_from(Link)
        .join(Link.round)
        .join(Round.campaign)
        .join(
            FormVersion,
            and_(
                FormVersion.form_definition_id == Round.form_definition_id,
                FormVersion.number == newest_version(Round.form_definition_id),
            ),
        )
    )


PUBLIC_LINK = _link(Round.due_at, Link.cards_only).where(
    Link.code == bindparam("code"), Link.assignment_id.is_(None)
)
UNIT_LINK = (
    _link(
        due_at(),
        Assignment.id,
        Unit.code,
        Assignment.unit_name,
        Assignment.withdrawn_at,
        _standing_code(),
        Assignment.first_sent_at,
        Assignment.has_draft,
        Assignment.extended_to,
        Decision.kind,
        Decision.note,
        Decision.reasons,
        Decision.deadline,
        Decision.at,
    )
    .join(Link.assignment)
    .join(Assignment.unit)
    .outerjoin(Decision, Decision.id == decision_id())
    .where(Link.code == bindparam("code"))
)
