"""Who is asked in a round: added, withdrawn, frozen at the opening, explained afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Link, Round
from models.problems import Problem
from services import (
    assignments,
    campaign_desk,
    campaigns,
    directory,
    following,
    reporting,
    rounds,
)
from services.assignments import AskedUnit, Asking
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

OFFICER = "officer@ban.example"
NOW = WORKING_DAY
OPENS = NOW + timedelta(days=1)
OPENED = OPENS + timedelta(days=1)
TODAY = date(2021, 8, 22)


@pytest.fixture
def asked(session: Session) -> Round:
    """Return a round that opens tomorrow and asks the 112 units."""
    change_round(session, "dot1", opens_at=OPENS, closes_at=OPENS + timedelta(days=60))
    return campaigns.find_round(session, "dot1")


def unit(session: Session, asked: Round, code: str = "TU-HT") -> AskedUnit:
    return next(u for u in assignments.asked_units(session, asked.id) if u.code == code)


def withdraw(session: Session, asked: Round, now: datetime, reason: str = "") -> None:
    assignments.withdraw(session, asked, ["TU-HT"], reason, OFFICER, now)


def add(session: Session, asked: Round, now: datetime, **said: object) -> int:
    return assignments.add(session, asked, ["TU-HT"], Asking(**said), OFFICER, now)


def last_entry(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


# --- before the opening ---------------------------------------------------------------------------


def test_before_the_opening_units_come_and_go_without_a_trace_in_the_rates(
    session: Session, asked: Round
) -> None:
    assert assignments.figures(session, asked.id).required.asked == 20
    withdraw(session, asked, NOW)
    assert assignments.figures(session, asked.id).required.asked == 19
    assert assignments.explained(session, asked.id, TODAY) == ()
    followed = following.find_round(following.find_campaign(session, "kh46"), "dot1")
    assert len(following.followed_units(session, followed, NOW)) == 111
    assert add(session, asked, NOW) == 1
    assert add(session, asked, NOW) == 0
    assert assignments.figures(session, asked.id).required.asked == 20


def test_a_unit_that_is_asked_again_keeps_its_link(session: Session, asked: Round) -> None:
    link = unit(session, asked).link_code
    withdraw(session, asked, NOW)
    add(session, asked, NOW)
    assert unit(session, asked).link_code == link
    session.execute(Link.__table__.update().where(Link.code == link).values(revoked_at=NOW))
    withdraw(session, asked, NOW)
    add(session, asked, NOW)
    assert unit(session, asked).link_code not in (None, link)


def test_units_of_a_new_round_are_called_as_they_are_now_and_get_links(session: Session) -> None:
    renamed = replace(directory.find_unit(session, "TU-HT"), name="Thành ủy Hà Tiên mới")
    directory.change(session, renamed, OFFICER, NOW)
    old = campaigns.find_round(session, "dot1")
    assert unit(session, old).name == "Thành ủy Hà Tiên"
    new = Round(
        campaign=old.campaign,
        code="dot3",
        title="Đợt 3",
        kind="closed",
        form_definition_id=old.form_definition_id,
        position=9,
    )
    session.add(new)
    session.flush()
    everybody = assignments.addable_units(session, new.id, TODAY)
    codes = [found.code for found in everybody]
    due_at = NOW + timedelta(days=9)
    asking = Asking(required=False, counted=None, due_at=due_at)
    assert assignments.add(session, new, codes, asking, OFFICER, NOW) == 112
    found = unit(session, new)
    assert (found.name, found.required, found.counted, found.due_at) == (
        "Thành ủy Hà Tiên mới",
        False,
        True,
        due_at,
    )
    links = {u.link_code for u in assignments.asked_units(session, new.id)}
    assert len(links) == 112
    assert None not in links
    assert assignments.addable_units(session, new.id, TODAY) == ()


def test_duty_and_deadline_are_changed_and_logged(session: Session, asked: Round) -> None:
    codes = ["TU-HT", "TU-RG"]
    asking = Asking(required=False)
    assert assignments.change_duty(session, asked, codes, asking, OFFICER, NOW) == 2
    assert not unit(session, asked).required
    assert last_entry(session).details["before"]["TU-HT"] == {"required": True}
    due_at = OPENS + timedelta(days=5)
    assert assignments.change_due(session, asked, codes, due_at, OFFICER, NOW) == 2
    link = unit_link(session, unit_code="TU-HT", now=OPENED)
    assert link.timing(OPENED).due_at == due_at
    with pytest.raises(Problem, match="due_after_closing"):
        assignments.change_due(session, asked, codes, OPENS + timedelta(days=61), OFFICER, NOW)


# --- after the opening ----------------------------------------------------------------------------


def test_after_the_opening_duty_stays_and_changes_need_a_reason(
    session: Session, asked: Round
) -> None:
    with pytest.raises(Problem, match="duty_fixed"):
        assignments.change_duty(session, asked, ["TU-HT"], Asking(False), OFFICER, OPENED)
    with pytest.raises(Problem, match="reason_needed"):
        withdraw(session, asked, OPENED)
    withdraw(session, asked, OPENED, "Sáp nhập")
    with pytest.raises(Problem, match="reason_needed"):
        add(session, asked, OPENED + timedelta(hours=1))


def test_the_denominator_is_that_of_the_opening(session: Session, asked: Round) -> None:
    withdraw(session, asked, NOW)
    before = assignments.figures(session, asked.id)
    add(session, asked, OPENED, reason="Bổ sung theo công văn")
    assignments.withdraw(session, asked, ["TU-RG"], "Sáp nhập", OFFICER, OPENED)
    link = unit_link(session, unit_code="TU-HT", now=OPENED)
    send_report(session, link, now=OPENED)
    figures = assignments.figures(session, asked.id)
    assert figures.required.asked == before.required.asked == 19
    assert (figures.required.sent, figures.required.withdrawn) == (0, 1)
    assert (figures.added, figures.added_sent, figures.withdrawn) == (1, 1, 1)


def test_what_happened_later_is_explained_with_reasons_and_successors(
    session: Session, asked: Round
) -> None:
    ended = replace(
        directory.find_unit(session, "TU-RG"), valid_to=date(2021, 8, 21), successor_code="TU-HT"
    )
    directory.change(session, ended, OFFICER, OPENED)
    (change,) = assignments.explained(session, asked.id, TODAY)
    assert (change.kind, change.unit_name, change.day, change.successor_name) == (
        "ended",
        "Thành ủy Rạch Giá",
        date(2021, 8, 21),
        "Thành ủy Hà Tiên",
    )
    assignments.withdraw(session, asked, ["TU-RG"], "Sáp nhập", OFFICER, OPENED)
    (change,) = assignments.explained(session, asked.id, TODAY)
    assert (change.kind, change.at, change.reason) == ("withdrawn", OPENED, "Sáp nhập")


def test_asking_again_makes_the_withdrawal_undone(session: Session, asked: Round) -> None:
    withdraw(session, asked, OPENED, "Nhầm")
    add(session, asked, OPENED + timedelta(hours=1), reason="Rút nhầm")
    assert assignments.explained(session, asked.id, TODAY) == ()
    assert assignments.figures(session, asked.id).required.asked == 20
    assert last_entry(session).details["reason"] == "Rút nhầm"


def test_a_withdrawn_unit_sends_nothing_more(session: Session, asked: Round) -> None:
    link = unit_link(session, unit_code="TU-HT", now=OPENED)
    withdraw(session, asked, OPENED, "Sáp nhập")
    with pytest.raises(Problem, match="unit_withdrawn"):
        send_report(session, link, now=OPENED)
    assert "TU-HT" not in {found.unit_code for found in campaigns.links(session, "dot1")}
    assert reporting.open_link(session, link.code, OPENED).unit is not None


def test_a_deadline_of_a_unit_that_has_sent_stays(session: Session, asked: Round) -> None:
    send_report(session, unit_link(session, unit_code="TU-HT", now=OPENED), now=OPENED)
    with pytest.raises(Problem, match="due_of_sent"):
        assignments.change_due(session, asked, ["TU-HT"], OPENED, OFFICER, OPENED)


def test_a_late_report_is_told_from_one_on_time_by_the_own_deadline(
    session: Session, asked: Round
) -> None:
    assignments.change_due(session, asked, ["TU-HT"], OPENS, OFFICER, NOW)
    for code in ("TU-HT", "TU-RG"):
        send_report(session, unit_link(session, unit_code=code, now=OPENED), now=OPENED)
    rates = assignments.figures(session, asked.id).required
    assert (rates.on_time, rates.late, rates.missing) == (1, 1, 18)


def test_a_public_round_asks_nobody(session: Session) -> None:
    with pytest.raises(Problem, match="round_unknown"):
        add(session, campaigns.find_round(session, "phan_hoi"), NOW)


def test_units_bring_along_the_group_that_a_campaign_lacks(session: Session) -> None:
    shipped = campaigns.find_campaign(session, "kh46")
    facts = replace(campaign_desk.facts_of(shipped), code="kh50", groups=(("khac", "Khác"),))
    campaign_desk.create(session, facts, OFFICER, NOW)
    form = shipped_form(session)
    said = rounds.RoundFacts("d1", "Đợt 1", "closed", form, None, None, None, True, 10)
    added = rounds.add(session, "kh50", said, OFFICER, NOW)
    assignments.add(session, added, ["TU-RG", "TU-HT"], Asking(), OFFICER, NOW)
    assert campaign_desk.facts_of(campaigns.find_campaign(session, "kh50")).groups == (
        ("khac", "Khác"),
        ("huyen_thanh_uy", "Huyện ủy, thành ủy"),
    )
    noted = select(AuditEntry).where(AuditEntry.act == "units.asked").order_by(AuditEntry.id)
    entry = session.scalars(noted).all()[-1]
    assert entry.details["groups"] == ["huyen_thanh_uy"]


def shipped_form(session: Session) -> int:
    return campaigns.find_round(session, "dot1", "kh46").form_definition_id
