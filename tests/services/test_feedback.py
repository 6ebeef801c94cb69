"""Storing anonymous feedback."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models import AuditEntry, Feedback
from models.problems import Problem
from services import feedback
from tests.factories import WORKING_DAY, change_round, public_link, revoke


def send(session: Session, instance: str | None = None, now: datetime = WORKING_DAY) -> bool:
    link = public_link(session)
    stored = feedback.send(session, link, link.form_version_id, '{"a":1}', instance, now)
    if not stored:
        feedback.explain(session, link, instance, now)
    return stored


def test_answers_version_link_and_local_date_are_kept_and_nothing_else(session: Session) -> None:
    late_evening_in_utc = datetime(2021, 8, 20, 18, 30, tzinfo=UTC)
    assert send(session, "opened", late_evening_in_utc) is True
    link = public_link(session)
    row = session.scalars(select(Feedback)).one()
    assert (row.link_code, row.form_version_id) == (link.code, link.form_version_id)
    assert (row.answers, row.sent_on) == ('{"a":1}', date(2021, 8, 21))
    columns = {column.key for column in inspect(Feedback).columns}
    assert columns == {"id", "form_version_id", "link_code", "answers", "sent_on", "cell"}
    # Where it is counted: with at least so many others that are alike, and by nobody yet.
    assert row.cell is None
    assert "opened" not in row.id


def test_a_repeated_sending_is_stored_once(session: Session) -> None:
    assert [send(session, "opened"), send(session, "opened"), send(session, "other")] == [
        True,
        False,
        True,
    ]
    assert len(session.scalars(select(Feedback)).all()) == 2


def test_without_an_instance_every_sending_counts(session: Session) -> None:
    assert [send(session), send(session)] == [True, True]


def test_feedback_leaves_no_trace_in_the_audit_log(session: Session) -> None:
    before = session.scalars(select(AuditEntry.id)).all()
    send(session)
    assert session.scalars(select(AuditEntry.id)).all() == before


def test_a_revoked_link_and_a_closed_round_store_nothing(session: Session) -> None:
    change_round(session, "phan_hoi", closes_at=WORKING_DAY)
    assert send(session, now=WORKING_DAY) is True
    with pytest.raises(Problem, match="round_closed"):
        send(session, now=WORKING_DAY + timedelta(seconds=1))
    link = public_link(session)
    revoke(session, link)
    with pytest.raises(Problem, match="link_revoked"):
        feedback.explain(session, link, None, WORKING_DAY)
    assert len(session.scalars(select(Feedback)).all()) == 1
