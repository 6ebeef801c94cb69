"""The Word report of a campaign: what it is made from, and the template that the board uploads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from exports.options import WorkbookOptions
from exports.report import CLOSED, Report
from language.files import shown_name
from models.campaign import Campaign
from models.problems import Problem
from models.report import ReportTemplate
from services import audit, consolidation
from services.campaigns import find_campaign


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template that the board has uploaded."""

    shown_name: str
    source: bytes
    sha256: str
    uploaded_at: datetime
    uploaded_by: str


def collect(
    session: Session,
    campaign_code: str,
    round_code: str,
    now: datetime,
    actor: str = "",
    *,
    returned: bool = False,
) -> Report:
    """Return what the report on a campaign up to a round is made from, in Vietnamese.

    What was sent back for correction counts only when `returned`.

    Raises Problem `campaign_unknown`, or `round_unknown` when there is no such closed round.
    """
    campaign = find_campaign(session, campaign_code)
    options = WorkbookOptions(returned=returned)
    whole = consolidation.collect(session, campaign_code, now, actor=actor, options=options)
    closed = [asked.code for asked in whole.rounds if asked.kind == CLOSED]
    if round_code not in closed:
        raise Problem("round_unknown", round=round_code)
    return Report(
        whole,
        round_code,
        campaign.document_style,
        campaign.plan_number,
        campaign.plan_date,
        campaign.plan_issuer,
    )


def own_template(session: Session, campaign_code: str) -> OwnTemplate | None:
    """Return the template in use that the board has uploaded; None for the shipped one."""
    row = _in_use(session, campaign_code)
    if row is None:
        return None
    return OwnTemplate(row.shown_name, row.source, row.sha256, row.uploaded_at, row.uploaded_by)


def upload(
    session: Session, campaign_code: str, name: str, source: bytes, actor: str, now: datetime
) -> None:
    """Use a template from now on; it must have been checked. Raises Problem `campaign_unknown`."""
    campaign = find_campaign(session, campaign_code)
    _lock(session, campaign)
    before = _retire(session, campaign_code, now)
    digest = hashlib.sha256(source).hexdigest()
    row = ReportTemplate(
        campaign_id=campaign.id,
        shown_name=shown_name(name),
        source=source,
        sha256=digest,
        uploaded_at=now,
        uploaded_by=actor,
    )
    session.add(row)
    session.flush()
    details = {"name": row.shown_name, "sha256": digest, "before": before}
    audit.note(session, now, actor, "word.template_uploaded", _subject(campaign), **details)


def revert(session: Session, campaign_code: str, actor: str, now: datetime) -> None:
    """Use the shipped template again. Raises Problem `campaign_unknown`."""
    campaign = find_campaign(session, campaign_code)
    _lock(session, campaign)
    before = _retire(session, campaign_code, now)
    if before:
        act = "word.template_reverted"
        audit.note(session, now, actor, act, _subject(campaign), before=before)


def _retire(session: Session, campaign_code: str, now: datetime) -> str:
    """Use the uploaded template no longer; return its digest, blank when there is none."""
    row = _in_use(session, campaign_code)
    if row is None:
        return ""
    row.retired_at = now
    session.flush()
    return row.sha256


def _lock(session: Session, campaign: Campaign) -> None:
    """Let uploads at once follow one another: one template is in use."""
    session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())


def _in_use(session: Session, campaign_code: str) -> ReportTemplate | None:
    return session.scalars(
        select(ReportTemplate)
        .join(Campaign, Campaign.id == ReportTemplate.campaign_id)
        .where(Campaign.code == campaign_code, ReportTemplate.retired_at.is_(None))
        .order_by(ReportTemplate.id.desc())
        .limit(1)
    ).first()


def _subject(campaign: Campaign) -> str:
    return f"campaign:{campaign.code}"
