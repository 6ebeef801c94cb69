"""The demonstration: plausible, consistent, the same every time, and only where nothing is yet."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Assignment, Draft, Feedback, Response, Revision, Round
from models.database import reading, transaction
from models.problems import Problem
from services import consolidation, demonstration, feedback_counts
from tests.conftest import CAMPAIGN
from tests.factories import send_report, unit_link

SCRIPT = CAMPAIGN / "demo.toml"
AFTERWARDS = datetime(2021, 12, 31, tzinfo=UTC)


@pytest.fixture
def filled(app: Flask) -> Session:
    with app.app_context():
        with transaction() as session:
            for act in demonstration.plan(session, "kh46", SCRIPT):
                act.perform(session, act.at)
            while feedback_counts.count_up(session, AFTERWARDS):
                pass
        with reading() as session:
            yield session


def answers(session: Session, code: str) -> list[dict]:
    rows = session.execute(
        select(Revision.answers)
        .join(Revision.response)
        .join(Response.assignment)
        .join(Assignment.round)
        .where(Round.code == code)
    )
    return [json.loads(row.answers) for row in rows]


def test_the_campaign_is_filled_as_units_and_participants_do(filled: Session) -> None:
    collected = consolidation.collect(filled, "kh46", AFTERWARDS)
    dot1, dot2, feedback, difficulties = collected.rounds
    for reports in (dot1, dot2):
        states = Counter(response.state for response in reports.responses)
        assert states["on_time"] >= 70
        assert states["late"] >= 10
        assert states["missing"] >= 5
    assert 4950 < sum(group.count for group in feedback.feedback) <= 5000
    assert len(difficulties.responses) == 40
    assert len(filled.scalars(select(Draft)).all()) >= 10
    assert filled.scalar(select(Revision.number).order_by(Revision.number.desc())) == 2

    for first in answers(filled, "dot1"):
        assert first["tong_dv"] >= first["qt_dv"]
        assert first["tong_nguoi"] == first["tong_dv"] + first["tong_cb"]
        assert first["dien_thoai"].startswith("02970000")
    sizes = {first["ma_don_vi"]: first["tong_dv"] for first in answers(filled, "dot1")}
    assert sizes["HU-KH"] * 5 < sizes["TU-RG"]
    assert any("tong_ho" in second for second in answers(filled, "dot2"))

    told = [
        kept
        for revision in filled.scalars(select(Revision))
        for name, kept in json.loads(revision.explanations).items()
        if name in ("cuoc_tang_vot", "luot_giam_manh")
    ]
    assert all("Đợt 1" in kept["message"] for kept in told)
    assert sum(bool(kept["text"]) for kept in told) >= 3
    assert any(not kept["text"] for kept in told)

    groups = Counter(
        json.loads(text)["doi_tuong"] for text in filled.scalars(select(Feedback.answers))
    )
    assert min(groups.values()) > 2000
    areas = Counter(
        json.loads(text).get("dia_ban") for text in filled.scalars(select(Feedback.answers))
    )
    assert len(areas) == 17
    assert areas["rach_gia"] > 10 * areas["kien_hai"] > 0

    with pytest.raises(Problem, match="campaign_not_empty"):
        demonstration.plan(filled, "kh46", SCRIPT)


def test_the_same_script_always_makes_the_same_plan(session: Session) -> None:
    first, second = (demonstration.plan(session, "kh46", SCRIPT) for _ in range(2))
    assert [act.at for act in first] == [act.at for act in second]
    assert len(first) > 5200
    assert all(datetime(2021, 6, 8, tzinfo=UTC) < act.at < AFTERWARDS for act in first)


def test_units_are_asked_before_anybody_sends(session: Session) -> None:
    """The campaign is installed today, and its answers are of years ago."""
    session.execute(update(Assignment).values(added_at=datetime(2026, 1, 1, tzinfo=UTC)))
    first, second, *_ = demonstration.plan(session, "kh46", SCRIPT)
    first.perform(session, first.at)
    added = set(session.scalars(select(Assignment.added_at)))
    assert added == {first.at}
    assert first.at < second.at


def test_a_campaign_with_one_real_report_is_left_alone(session: Session) -> None:
    send_report(session, unit_link(session))
    with pytest.raises(Problem, match="campaign_not_empty"):
        demonstration.plan(session, "kh46", SCRIPT)
