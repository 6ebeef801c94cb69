"""Campaigns and their rounds: begun, changed, copied, put away; what time forbids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Assignment, AuditEntry, Campaign, Link, Round, Unit
from models.campaign import CLOSED, PUBLIC
from models.letter import LetterTemplate
from models.problems import Problem
from services import campaign_desk as desk
from services import campaigns, definitions, feedback, following, reporting, rounds
from services.campaign_desk import CampaignFacts, Copied
from services.rounds import RoundFacts
from tests.factories import WORKING_DAY, change_round, public_link, send_report, unit_link

OFFICER = "officer@ban.example"
NOW = WORKING_DAY
LATER = NOW + timedelta(days=30)


def facts(session: Session, **changes: object) -> CampaignFacts:
    return replace(desk.facts_of(campaigns.find_campaign(session, "kh46")), **changes)


def planned(session: Session, code: str = "dot1", **changes: object) -> RoundFacts:
    return replace(rounds.planned_round(session, "kh46", code).facts, **changes)


def last_entry(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def new_round(session: Session, **changes: object) -> RoundFacts:
    form = definitions.form_definition_id(session, "bao_cao_dot_1")
    assert form is not None
    said = RoundFacts("dot3", "Đợt 3", CLOSED, form, LATER, None, None, True, 10)
    return replace(said, **changes)


# --- campaigns ------------------------------------------------------------------------------------


def test_a_new_campaign_comes_last_and_is_in_the_log(session: Session) -> None:
    desk.create(session, facts(session, code="kh47", plan_date=date(2022, 1, 5)), OFFICER, NOW)
    assert [found.code for found in desk.list_campaigns(session)] == ["kh46", "kh47"]
    entry = last_entry(session)
    assert (entry.act, entry.actor, entry.subject) == (
        "campaign.created",
        OFFICER,
        "campaign:kh47",
    )
    assert entry.details["after"]["plan_date"] == "2022-01-05"


def test_the_installed_campaign_says_which_plan_it_carries_out(session: Session) -> None:
    said = facts(session)
    assert (said.plan_number, said.plan_date) == ("46-KH/BTGTU", date(2021, 6, 8))


def test_a_copy_leaves_out_units_that_have_ended(session: Session) -> None:
    ended = {"TU-RG": NOW.date() - timedelta(days=1), "TU-HT": NOW.date() + timedelta(days=1)}
    for code, day in ended.items():
        session.execute(update(Unit).where(Unit.code == code).values(valid_to=day))
    desk.copy(session, "kh46", facts(session, code="kh47"), Copied(True, True), OFFICER, NOW)
    assert rounds.planned_round(session, "kh47", "dot1").units == 111


def test_a_code_stands_for_one_campaign(session: Session) -> None:
    with pytest.raises(Problem, match="campaign_code_taken"):
        desk.create(session, facts(session), OFFICER, NOW)


def test_a_change_is_logged_with_what_there_was_before(session: Session) -> None:
    old = facts(session)
    desk.change(session, replace(old, signer_name="Trần Văn Bình"), OFFICER, NOW)
    entry = last_entry(session)
    assert entry.details == {
        "before": {"signer_name": old.signer_name},
        "after": {"signer_name": "Trần Văn Bình"},
    }
    assert facts(session).signer_name == "Trần Văn Bình"


def test_a_change_that_says_nothing_new_is_none(session: Session) -> None:
    before = last_entry(session).id
    desk.change(session, facts(session), OFFICER, NOW)
    assert last_entry(session).id == before


def test_a_group_of_asked_units_stays(session: Session) -> None:
    old = facts(session)
    with pytest.raises(Problem, match="group_in_use"):
        desk.change(session, replace(old, groups=old.groups[1:]), OFFICER, NOW)


def test_an_archived_campaign_leaves_the_board_and_can_come_back(session: Session) -> None:
    desk.archive(session, "kh46", OFFICER, NOW)
    assert following.list_campaigns(session) == ()
    assert [found.archived_at for found in desk.list_campaigns(session)] == [NOW]
    desk.unarchive(session, "kh46", OFFICER, LATER)
    assert [found.code for found in following.list_campaigns(session)] == ["kh46"]
    assert last_entry(session).act == "campaign.unarchived"


def test_the_links_of_an_archived_campaign_take_nothing(session: Session) -> None:
    link, public = unit_link(session), public_link(session)
    desk.archive(session, "kh46", OFFICER, NOW)
    with pytest.raises(Problem, match="campaign_archived"):
        send_report(session, link)
    assert not feedback.send(session, public, public.form_version_id, "{}", "x", NOW)
    with pytest.raises(Problem, match="campaign_archived"):
        feedback.explain(session, public, "x", NOW)


# --- copying --------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [True, False])
def test_a_copy_has_the_rounds_and_new_links_but_no_dates(session: Session, units: bool) -> None:
    desk.copy(session, "kh46", facts(session, code="kh47"), Copied(True, units), OFFICER, NOW)
    found = rounds.planned_rounds(session, "kh47")
    assert [asked.facts.code for asked in found] == ["dot1", "dot2", "phan_hoi", "kho_khan"]
    assert {asked.facts.due_at for asked in found} == {None}
    assert [asked.units for asked in found] == ([112, 112, 0, 112] if units else [0] * 4)
    links = select(Link).join(Link.round).join(Round.campaign).where(Campaign.code == "kh47")
    codes = [link.code for link in session.scalars(links)]
    assert len(codes) == len(set(codes)) == (3 * 112 + 2 if units else 0)
    duties = (
        select(Assignment.required, Assignment.counted)
        .join(Assignment.round)
        .join(Round.campaign)
        .where(Round.code == "dot1")
    )
    old = session.execute(duties.where(Campaign.code == "kh46").order_by(Assignment.id)).all()
    new = session.execute(duties.where(Campaign.code == "kh47").order_by(Assignment.id)).all()
    assert new == (old if units else [])


def test_a_copy_has_the_wording_of_letters_and_the_groups_of_its_units(session: Session) -> None:
    source = campaigns.find_campaign(session, "kh46")
    said = {"subject": "Về báo cáo {dot}", "body": "Kính gửi {don_vi}.\n\n{duong_dan}"}
    session.add(
        LetterTemplate(
            campaign_id=source.id, kind="invitation", changed_at=NOW, changed_by="x", **said
        )
    )
    groups = (("huyen_thanh_uy", "Huyện ủy"),)
    copied = facts(session, code="kh47", groups=groups)
    campaign = desk.copy(session, "kh46", copied, Copied(True, True), OFFICER, NOW)
    wording = session.scalars(
        select(LetterTemplate).where(LetterTemplate.campaign_id == campaign.id)
    ).one()
    assert (wording.kind, wording.subject, wording.body) == ("invitation", *said.values())
    after = dict(desk.facts_of(campaign).groups)
    assert after["huyen_thanh_uy"] == "Huyện ủy"
    assert after["so_ban_nganh"] == dict(facts(session).groups)["so_ban_nganh"]


def test_a_copy_can_be_of_the_campaign_alone(session: Session) -> None:
    desk.copy(session, "kh46", facts(session, code="kh47"), Copied(False, True), OFFICER, NOW)
    assert rounds.planned_rounds(session, "kh47") == ()


# --- rounds ---------------------------------------------------------------------------------------


def test_a_round_is_added_after_the_others(session: Session) -> None:
    rounds.add(session, "kh46", new_round(session), OFFICER, NOW)
    assert rounds.planned_rounds(session, "kh46")[-1].facts == new_round(session)
    assert last_entry(session).details["after"]["opens_at"] == LATER.isoformat()
    with pytest.raises(Problem, match="round_code_taken"):
        rounds.add(session, "kh46", new_round(session), OFFICER, NOW)


def test_a_public_round_asks_nothing_that_tells_who_answers(session: Session) -> None:
    with pytest.raises(Problem, match="form_not_anonymous"):
        rounds.add(session, "kh46", new_round(session, kind=PUBLIC), OFFICER, NOW)


@pytest.mark.parametrize(
    ("days", "faults"),
    [
        ((1, 2, 3), {}),
        ((1, 1, 1), {}),
        ((2, 1, 3), {"due_at": "before_opening"}),
        ((1, 3, 2), {"closes_at": "before_due"}),
        ((-1, 2, 3), {"opens_at": "past"}),
        ((None, 2, 1), {"closes_at": "before_due"}),
        ((2, None, 1), {"closes_at": "before_due"}),
        ((None, None, None), {}),
    ],
)
def test_the_dates_of_a_round_follow_each_other(
    session: Session, days: tuple[int | None, ...], faults: dict[str, str]
) -> None:
    opens, due, closes = (None if d is None else NOW + timedelta(days=d) for d in days)
    said = new_round(session, opens_at=opens, due_at=due, closes_at=closes)
    assert rounds.date_faults(said, None, NOW) == faults
    if faults:
        with pytest.raises(ValueError, match="out of order"):
            rounds.add(session, "kh46", said, OFFICER, NOW)


def test_an_opening_cannot_be_moved_once_it_has_passed(session: Session) -> None:
    opens = NOW + timedelta(days=1)
    rounds.change(session, "kh46", planned(session, opens_at=opens), OFFICER, NOW)
    moved = planned(session, opens_at=opens + timedelta(days=1))
    rounds.change(session, "kh46", moved, OFFICER, NOW)
    with pytest.raises(Problem, match="round_opened"):
        rounds.change(session, "kh46", planned(session, opens_at=None), OFFICER, LATER)
    rounds.change(session, "kh46", planned(session, title="Đợt một"), OFFICER, LATER)


def test_a_round_without_opening_has_opened_with_its_first_report(session: Session) -> None:
    send_report(session, unit_link(session))
    assert rounds.planned_round(session, "kh46", "dot1").opened == WORKING_DAY
    moved = planned(session, opens_at=NOW + timedelta(days=1))
    with pytest.raises(Problem, match="round_opened"):
        rounds.change(session, "kh46", moved, OFFICER, NOW)


def test_after_a_report_the_form_stays_and_the_deadline_is_not_brought_forward(
    session: Session,
) -> None:
    send_report(session, unit_link(session))
    due = planned(session).due_at
    assert due is not None
    other = definitions.form_definition_id(session, "bao_cao_dot_2")
    for changes, problem in (
        ({"form_definition_id": other}, "round_form_fixed"),
        ({"due_at": due - timedelta(days=1)}, "round_due_earlier"),
    ):
        with pytest.raises(Problem, match=problem):
            rounds.change(session, "kh46", planned(session, **changes), OFFICER, NOW)
    rounds.change(session, "kh46", planned(session, due_at=due + timedelta(days=1)), OFFICER, NOW)


def test_the_smallest_group_stays_once_feedback_was_sent(session: Session) -> None:
    facts = rounds.planned_round(session, "kh46", "phan_hoi").facts
    rounds.change(session, "kh46", replace(facts, threshold=20), OFFICER, NOW)
    public = public_link(session)
    feedback.send(session, public, public.form_version_id, "{}", "x", NOW)
    for threshold in (10, 30):
        changed = replace(facts, threshold=threshold)
        with pytest.raises(Problem, match="round_threshold_fixed"):
            rounds.change(session, "kh46", changed, OFFICER, NOW)
    rounds.change(session, "kh46", replace(facts, threshold=20, title="Góp ý"), OFFICER, NOW)


def test_a_round_is_removed_with_its_links_while_it_has_left_no_trace(session: Session) -> None:
    assert rounds.planned_round(session, "kh46", "dot2").removable
    rounds.remove(session, "kh46", "dot2", OFFICER, NOW)
    with pytest.raises(Problem, match="round_unknown"):
        campaigns.find_round(session, "dot2")
    assert last_entry(session).details["before"]["title"] == "Đợt 2"


def test_a_round_stays_once_something_was_sent(session: Session) -> None:
    send_report(session, unit_link(session))
    public = public_link(session)
    feedback.send(session, public, public.form_version_id, "{}", "x", NOW)
    for code in ("dot1", "phan_hoi"):
        with pytest.raises(Problem, match="round_not_empty"):
            rounds.remove(session, "kh46", code, OFFICER, NOW)


# --- before the opening ---------------------------------------------------------------------------


def test_nothing_is_taken_before_a_round_opens(session: Session) -> None:
    for code in ("dot1", "phan_hoi"):
        change_round(session, code, opens_at=NOW + timedelta(hours=1))
    with pytest.raises(Problem, match="round_not_open") as caught:
        send_report(session, unit_link(session))
    assert caught.value.details["opens_at"] == NOW + timedelta(hours=1)
    public = public_link(session)
    assert not feedback.send(session, public, public.form_version_id, "{}", "x", NOW)
    with pytest.raises(Problem, match="round_not_open"):
        feedback.explain(session, public, "x", NOW)
    opened = NOW + timedelta(hours=1)
    assert send_report(session, unit_link(session, now=opened), now=opened).number == 1
    assert feedback.send(session, public, public.form_version_id, "{}", "x", opened)
    assert reporting.open_link(session, public.code, opened).is_open(opened)


def test_dates_are_moments_of_the_board(session: Session) -> None:
    assert planned(session).due_at == datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC)
