"""What the board does with a campaign as a whole: begin it, change it, copy it, put it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from language.codes import PUBLIC_FIRST, new_code
from language.dates import local
from models.campaign import Assignment, Campaign, Link, Round
from models.database import hold_table
from models.letter import LetterTemplate
from models.problems import Problem
from models.unit import Unit
from services import accounts, audit
from services.campaigns import add_groups, ask_unit, find_campaign
from services.seen import refuse_unseen

Groups = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What the board says of a campaign; see models.campaign.Campaign.

    `groups` are the code and the name of each group of units, in official order.
    """

    code: str
    title: str
    subject: str
    plan_number: str
    plan_date: date | None
    plan_issuer: str
    board_name: str
    parent_body: str
    place: str
    signer_title: str
    signer_name: str
    report_symbol: str
    document_style: str
    answer_days: int
    groups: Groups


@dataclass(frozen=True, slots=True)
class ListedCampaign:
    """A campaign in the list of all, those put away included."""

    code: str
    title: str
    board_name: str
    plan_number: str
    plan_date: date | None
    rounds: int
    archived_at: datetime | None


def list_campaigns(session: Session) -> tuple[ListedCampaign, ...]:
    """Return every campaign in order, those put away last."""
    rounds = (
        select(func.count())
        .where(Round.campaign_id == Campaign.id)
        .correlate(Campaign)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Campaign.code,
            Campaign.title,
            Campaign.board_name,
            Campaign.plan_number,
            Campaign.plan_date,
            rounds,
            Campaign.archived_at,
        ).order_by(Campaign.archived_at.is_not(None), Campaign.position, Campaign.id)
    )
    return tuple(ListedCampaign(*row) for row in rows)


def facts_of(campaign: Campaign) -> CampaignFacts:
    """Return what is said of a campaign."""
    said = {part.name: getattr(campaign, part.name) for part in fields(CampaignFacts)}
    groups = tuple((group["code"], group["name"]) for group in campaign.groups)
    return CampaignFacts(**{**said, "groups": groups})


def create(session: Session, facts: CampaignFacts, actor: str, now: datetime) -> Campaign:
    """Begin a campaign, after all others; whoever begins it may enter it.

    Raises Problem `campaign_code_taken`.
    """
    campaign = _add(session, facts)
    accounts.give_campaign(session, actor, facts.code)
    _note(session, campaign, "campaign.created", actor, now, after=audit.plain(facts))
    return campaign


def change(
    session: Session, facts: CampaignFacts, actor: str, now: datetime, seen: str = ""
) -> None:
    """Change what is said of the campaign that `facts` names; its code stays.

    `seen` marks what was said when the page was opened (services.seen). Raises Problem
    `campaign_unknown`, `changed_meanwhile`, or `group_in_use` when units asked in its rounds would
    lose their group.
    """
    campaign = find_campaign(session, facts.code)
    session.refresh(campaign, with_for_update=True)
    before = facts_of(campaign)
    if before == facts:
        return
    refuse_unseen(before, seen)
    _refuse_lost_groups(session, campaign, before, facts)
    for name, value in _columns(facts).items():
        setattr(campaign, name, value)
    session.flush()
    _note(session, campaign, "campaign.changed", actor, now, **audit.changed(before, facts))


def archive(session: Session, code: str, actor: str, now: datetime) -> None:
    """Put a campaign away: it leaves the progress board, and its links take nothing more."""
    _put(session, code, now, "campaign.archived", actor, now)


def unarchive(session: Session, code: str, actor: str, now: datetime) -> None:
    """Take a campaign out again, as it was."""
    _put(session, code, None, "campaign.unarchived", actor, now)


def _put(
    session: Session, code: str, archived_at: datetime | None, act: str, actor: str, now: datetime
) -> None:
    campaign = find_campaign(session, code)
    if (campaign.archived_at is None) == (archived_at is None):
        return
    campaign.archived_at = archived_at
    session.flush()
    _note(session, campaign, act, actor, now)


# --- copying --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy takes along besides what is said of the campaign."""

    rounds: bool
    units: bool


def copy(
    session: Session,
    source_code: str,
    facts: CampaignFacts,
    copied: Copied,
    actor: str,
    now: datetime,
) -> Campaign:
    """Begin a campaign like another one, with its rounds (without dates) and who is asked in them.

    Units are called and grouped as they are today; those withdrawn or no longer valid are left out.
    Every link is a new one; letters are worded as they were. Whoever copies may enter the
    copy. Raises Problem `campaign_code_taken`.
    """
    source = find_campaign(session, source_code)
    campaign = _add(session, facts)
    if copied.rounds:
        for asked in session.scalars(_rounds(source)):
            _copy_round(session, asked, campaign, copied.units, now)
    _copy_wordings(session, source, campaign, actor, now)
    session.flush()
    add_groups(session, campaign, session.scalars(_units(campaign)).all())
    accounts.give_campaign(session, actor, facts.code)
    _note(
        session,
        campaign,
        "campaign.copied",
        actor,
        now,
        source=source.code,
        rounds=copied.rounds,
        units=copied.units,
        after=audit.plain(facts),
    )
    return campaign


def _rounds(campaign: Campaign) -> Any:
    return select(Round).where(Round.campaign_id == campaign.id).order_by(Round.position)


def _units(campaign: Campaign) -> Any:
    of_campaign = (
        select(Assignment.unit_id).join(Assignment.round).where(Round.campaign_id == campaign.id)
    )
    return select(Unit).where(Unit.id.in_(of_campaign)).order_by(Unit.position)


def _copy_wordings(
    session: Session, source: Campaign, campaign: Campaign, actor: str, now: datetime
) -> None:
    for wording in session.scalars(
        select(LetterTemplate).where(LetterTemplate.campaign_id == source.id)
    ).all():
        session.add(
            LetterTemplate(
                campaign_id=campaign.id,
                kind=wording.kind,
                subject=wording.subject,
                body=wording.body,
                changed_at=now,
                changed_by=actor,
            )
        )


def _copy_round(
    session: Session, asked: Round, campaign: Campaign, units: bool, now: datetime
) -> None:
    copied = Round(
        campaign=campaign,
        code=asked.code,
        title=asked.title,
        kind=asked.kind,
        form_definition_id=asked.form_definition_id,
        position=asked.position,
        late_allowed=asked.late_allowed,
        threshold=asked.threshold,
        reminders=list(asked.reminders),
    )
    session.add(copied)
    if units:
        _copy_units(session, asked, copied, now)
        _copy_public_links(session, asked, copied, now)


def _copy_units(session: Session, asked: Round, copied: Round, now: datetime) -> None:
    rows = session.execute(
        select(Unit, Assignment.required, Assignment.counted)
        .join(Assignment.unit)
        .where(
            Assignment.round_id == asked.id,
            Assignment.withdrawn_at.is_(None),
            or_(Unit.valid_to.is_(None), Unit.valid_to >= local(now).date()),
        )
        .order_by(Unit.position)
    )
    for unit, required, counted in rows.all():
        ask_unit(session, copied, unit, now, required=required, counted=counted)


def _copy_public_links(session: Session, asked: Round, copied: Round, now: datetime) -> None:
    labels = session.scalars(
        select(Link.label).where(
            Link.round_id == asked.id, Link.assignment_id.is_(None), Link.revoked_at.is_(None)
        )
    )
    for label in labels.all():
        code = new_code(PUBLIC_FIRST)
        session.add(Link(code=code, round=copied, label=label, created_at=now))


# --- keeping --------------------------------------------------------------------------------------


def _add(session: Session, facts: CampaignFacts) -> Campaign:
    hold_table(session, Campaign)
    if session.scalar(select(Campaign.id).where(Campaign.code == facts.code)):
        raise Problem("campaign_code_taken", campaign=facts.code)
    last = session.scalar(select(func.max(Campaign.position))) or 0
    campaign = Campaign(**_columns(facts), position=last + 1)
    session.add(campaign)
    session.flush()
    return campaign


def _columns(facts: CampaignFacts) -> Mapping[str, Any]:
    said = {part.name: getattr(facts, part.name) for part in fields(CampaignFacts)}
    return {**said, "groups": [{"code": code, "name": name} for code, name in facts.groups]}


def _refuse_lost_groups(
    session: Session, campaign: Campaign, before: CampaignFacts, after: CampaignFacts
) -> None:
    names, kept = dict(before.groups), dict(after.groups)
    used = session.scalars(
        select(Assignment.group_code)
        .join(Assignment.round)
        .where(Round.campaign_id == campaign.id)
        .distinct()
    )
    lost = next((code for code in used if code in names and code not in kept), None)
    if lost is not None:
        raise Problem("group_in_use", group=names[lost])


def _note(
    session: Session, campaign: Campaign, act: str, actor: str, now: datetime, **details: object
) -> None:
    audit.note(session, now, actor, act, f"campaign:{campaign.code}", **details)
