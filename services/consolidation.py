"""The consolidation of a campaign: everything that its workbook is made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from exports.narrowing import narrowed
from exports.options import WorkbookOptions
from exports.rounds import (
    Consolidation,
    Group,
    Handled,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
)
from forms.tree import Definition
from language.dates import local
from models import sent
from models.campaign import CLOSED, PUBLIC, STANDING, Campaign, Round
from models.proof import chain_head
from models.sent import SentReport
from models.tick import ticked_rows
from services import audit, definitions, difficulties
from services.campaigns import find_campaign
from services.feedback_counts import NO_COUNTS, reviewed_comments, round_counts
from services.states import Facts, assignment_state, days_late, later, stage_of


def collect(
    session: Session,
    campaign_code: str,
    now: datetime,
    language: str = "vi",
    actor: str = "",
    options: WorkbookOptions | None = None,
) -> Consolidation:
    """Return everything sent in a campaign so far, for the account that asks for it.

    `options` choose what of it, and in which language; without them it is what they are by
    themselves, in `language`. Raises Problem `campaign_unknown`, of the earlier one, too.
    """
    chosen = options or WorkbookOptions(language=language)
    found = narrowed(_whole(session, campaign_code, now, actor), chosen)
    if not chosen.predecessor:
        return found
    earlier = replace(chosen, rounds=(), predecessor="")
    return replace(
        found, previous=narrowed(_whole(session, chosen.predecessor, now, actor), earlier)
    )


def _whole(session: Session, campaign_code: str, now: datetime, actor: str) -> Consolidation:
    campaign = find_campaign(session, campaign_code)
    return Consolidation(
        campaign_code=campaign.code,
        title=campaign.title,
        subject=campaign.subject,
        board_name=campaign.board_name,
        parent_body=campaign.parent_body,
        place=campaign.place,
        signer_title=campaign.signer_title,
        signer_name=campaign.signer_name,
        report_symbol=campaign.report_symbol,
        groups=tuple(Group(group["code"], group["name"]) for group in campaign.groups),
        rounds=tuple(collect_round(session, opened, now) for opened in _rounds(session, campaign)),
        exported_at=now,
        log_head=chain_head(session),
        exported_by=actor,
        document_style=campaign.document_style,
    )


def note_export(
    session: Session, exported: Consolidation, workbook: bytes, actor: str, now: datetime
) -> None:
    """Note in the log who took which workbook of a campaign, and the digest of its bytes.

    That of contacts is an entry of its own.
    """
    subject, sha256 = f"campaign:{exported.campaign_code}", hashlib.sha256(workbook).hexdigest()
    if exported.options.contacts:
        audit.note(session, now, actor, "contacts.exported", subject, sha256=sha256)
    audit.note(
        session,
        now,
        actor,
        "workbook.exported",
        subject,
        **{**exported.options.as_details(), "rounds": [asked.code for asked in exported.rounds]},
        head=exported.log_head,
        sha256=sha256,
    )


def _rounds(session: Session, campaign: Campaign) -> list[Round]:
    return list(
        session.scalars(
            select(Round).where(Round.campaign_id == campaign.id).order_by(Round.position)
        )
    )


def collect_round(session: Session, opened: Round, now: datetime) -> RoundResponses:
    """Return everything sent to a round so far."""
    newest = definitions.newest(session, opened.form_definition_id)
    reports = sent.reports(session, opened.id)
    handled = _handled(session, opened, now)
    ticked = ticked_rows(session, opened.id)
    counts = round_counts(session, opened.id) if opened.kind == PUBLIC else NO_COUNTS
    groups = {report.code: report.group_code for report in reports}
    versions = {*(report.form_version_id for report in reports), *counts.versions}
    known = {version: definitions.definition(session, version) for version in versions if version}
    return RoundResponses(
        code=opened.code,
        title=opened.title,
        kind=opened.kind,
        definition=definitions.definition(session, newest.digest),
        due_at=opened.due_at,
        responses=tuple(
            replace(
                _response(report, opened, known, now, _above(report, groups)),
                handled=handled.get(report.response_id),
                response_id=report.response_id or 0,
                ticks=ticked.get(report.response_id or 0, frozenset()),
            )
            for report in reports
            if opened.kind == CLOSED or report.answers is not None
        ),
        feedback=counts.groups,
        feedback_definitions=tuple(known[version] for version in counts.versions),
        comments=reviewed_comments(session, opened.id),
    )


def _handled(session: Session, opened: Round, now: datetime) -> Mapping[int | None, Handled]:
    """Return what became of everything that was sent to a standing round, by response."""
    if opened.kind != STANDING:
        return {}
    return {
        one.response_id: Handled(
            one.handling.state,
            one.handling.answer,
            one.handling.days,
            local(one.handling.answered_at).date() if one.handling.answered_at else None,
        )
        for one in difficulties.reported(session, opened.id, now)
    }


def _above(report: SentReport, groups: Mapping[str, str]) -> str:
    """Return the code of the unit below which a report stands: one that collects, or of its group.

    Offices of one Party committee are in groups of their own, and stand there.
    """
    above = report.parent_code
    return above if report.asked_by or groups.get(above) == report.group_code else ""


def _response(
    report: SentReport,
    opened: Round,
    known: Mapping[int, Definition],
    now: datetime,
    above: str,
) -> UnitResponse:
    found = _sent(report, opened, known, now, above)
    if opened.kind != CLOSED:
        return found
    return replace(
        found,
        added_later=report.added_later,
        withdrawn_at=report.withdrawn_at,
        withdrawn_reason=report.withdrawn_reason,
        successor_name=report.successor_name or "",
        asked_by=report.asked_by,
    )


def _sent(
    report: SentReport,
    opened: Round,
    known: Mapping[int, Definition],
    now: datetime,
    above: str,
) -> UnitResponse:
    unit = ReportingUnit(
        code=report.code,
        name=report.name,
        short_name=report.short_name,
        group_code=report.group_code,
        level=report.level,
        required=report.required,
        counted=report.counted,
        above=above,
    )
    due_at = later(report.due_at, report.extended_to)
    withdrawn = report.withdrawn_at is not None
    facts = Facts(report.first_sent_at, report.has_draft, due_at, now, withdrawn)
    state = assignment_state(facts)
    if report.form_version_id is None or report.answers is None or report.first_sent_at is None:
        return UnitResponse(
            unit,
            definition=None,
            answers=None,
            sent_at=None,
            state=state,
            extended_to=report.extended_to,
        )
    return UnitResponse(
        unit,
        definition=known[report.form_version_id],
        answers=json.loads(report.answers),
        sent_at=report.first_sent_at,
        state=state,
        days_late=days_late(report.first_sent_at, due_at),
        returns=report.returns,
        corrected_at=_corrected_at(report),
        explanations=report.explanations or "{}",
        revisions=report.revision or 0,
        extended_to=report.extended_to,
        stage=stage_of(True, report.decided) if opened.kind == CLOSED else "",
    )


def _corrected_at(report: SentReport) -> datetime | None:
    return report.newest_sent_at if report.newest_sent_at != report.first_sent_at else None
