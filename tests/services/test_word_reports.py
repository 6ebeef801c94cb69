"""Templates of Word reports: kept per campaign, one in use, every change in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, ReportTemplate
from models.problems import Problem
from services import word_reports
from tests.factories import WORKING_DAY, send_report, unit_link

OFFICER = "can.bo@ban.example"
LATER = WORKING_DAY + timedelta(hours=1)


def acts(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(AuditEntry.act, AuditEntry.subject)
        .where(AuditEntry.act.startswith("word."))
        .order_by(AuditEntry.id)
    )
    return [(act, subject) for act, subject in rows]


def test_the_newest_upload_is_in_use_until_it_is_given_up(session: Session) -> None:
    assert word_reports.own_template(session, "kh46") is None
    word_reports.upload(session, "kh46", "Mẫu: 1.docx", b"one", OFFICER, WORKING_DAY)
    word_reports.upload(session, "kh46", "Mẫu 2.docx", b"two", OFFICER, LATER)
    own = word_reports.own_template(session, "kh46")
    assert own is not None
    assert (own.shown_name, own.source, own.uploaded_by) == ("Mẫu 2.docx", b"two", OFFICER)
    word_reports.revert(session, "kh46", OFFICER, LATER)
    word_reports.revert(session, "kh46", OFFICER, LATER)
    assert word_reports.own_template(session, "kh46") is None
    assert acts(session) == [
        ("word.template_uploaded", "campaign:kh46"),
        ("word.template_uploaded", "campaign:kh46"),
        ("word.template_reverted", "campaign:kh46"),
    ]
    # What was in use before stays to be looked at.
    names = session.scalars(select(ReportTemplate.shown_name).order_by(ReportTemplate.id)).all()
    assert names == ["Mẫu- 1.docx", "Mẫu 2.docx"]


def test_a_report_is_on_a_closed_round_with_what_is_said_of_the_campaign(session: Session) -> None:
    send_report(session, unit_link(session), answers='{"tong_dv":5}')
    report = word_reports.collect(session, "kh46", "dot1", LATER)
    assert (report.style, report.plan_number) == ("party", "46-KH/BTGTU")
    assert [asked.code for asked in report.told.rounds] == ["dot1", "phan_hoi", "kho_khan"]
    assert sum(response.answers is not None for response in report.main.responses) == 1
    for code in ("phan_hoi", "nowhere"):
        with pytest.raises(Problem, match="round_unknown"):
            word_reports.collect(session, "kh46", code, LATER)
    with pytest.raises(Problem, match="campaign_unknown"):
        word_reports.collect(session, "nowhere", "dot1", LATER)
