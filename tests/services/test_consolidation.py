"""Collecting what a campaign has, for its workbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from exports.options import WorkbookOptions
from models import Assignment
from models.problems import Problem
from services import campaign_desk as desk
from services import campaigns, consolidation, drafts, feedback, feedback_counts
from services.campaign_desk import Copied
from services.drafts import Saving
from tests.factories import WORKING_DAY, change_round, public_link, send_report, unit_link
from tests.services.test_correcting import OFFICER, give_back
from views.workbook import make_workbook, newest_sending

AFTERWARDS = datetime(2021, 9, 10, 3, 0, tzinfo=UTC)


def rounds(session: Session) -> dict:
    collected = consolidation.collect(session, "kh46", AFTERWARDS)
    return {opened.code: opened for opened in collected.rounds}


def responses(session: Session, code: str) -> dict:
    return {response.unit.code: response for response in rounds(session)[code].responses}


def test_a_campaign_says_what_its_documents_need(session: Session) -> None:
    collected = consolidation.collect(session, "kh46", AFTERWARDS)
    assert collected.board_name == "Ban Tuyên giáo Tỉnh ủy Kiên Giang"
    assert (collected.signer_title, collected.signer_name) == ("TRƯỞNG BAN", "Nguyễn Thanh Phong")
    assert (collected.place, collected.report_symbol) == ("Rạch Giá", "-BC/BTGTU")
    assert [group.code for group in collected.groups][:2] == [
        "huyen_thanh_uy",
        "dang_uy_truc_thuoc",
    ]
    assert [r.code for r in collected.rounds] == ["dot1", "dot2", "phan_hoi", "kho_khan"]
    assert collected.exported_at == AFTERWARDS


def test_every_unit_stands_once_in_official_order_sent_or_not(session: Session) -> None:
    send_report(session, unit_link(session, unit_code="HU-AB"))
    units = [r.unit.code for r in rounds(session)["dot1"].responses]
    assert len(units) == len(set(units)) == 112
    assert units[:4] == ["TU-RG", "TU-HT", "TU-PQ", "HU-AB"]


def test_the_newest_revision_counts_and_the_first_says_when(session: Session) -> None:
    link = unit_link(session)
    send_report(session, link, answers='{"tong_dv":1}')
    send_report(session, link, answers='{"tong_dv":2}', base_revision=1, now=AFTERWARDS)
    found = responses(session, "dot1")["TU-RG"]
    assert found.answers == {"tong_dv": 2}
    assert (found.state, found.sent_at, found.days_late) == ("on_time", WORKING_DAY, 0)
    assert found.definition.form_id == "bao_cao_dot_1"
    assert found.corrected_at == AFTERWARDS


def test_a_report_sent_once_is_not_corrected(session: Session) -> None:
    send_report(session, unit_link(session))
    assert responses(session, "dot1")["TU-RG"].corrected_at is None


def test_two_workbooks_of_the_same_answers_have_the_same_bytes(session: Session) -> None:
    link = unit_link(session)
    send_report(session, link, answers='{"tong_dv":1}')
    moment = AFTERWARDS.replace(minute=5)
    books = []
    for seconds in (0, 59):
        collected = consolidation.collect(session, "kh46", moment + timedelta(seconds=seconds))
        books.append(make_workbook(collected))
    assert books[0] == books[1]
    send_report(session, link, answers='{"tong_dv":1}', base_revision=1, now=AFTERWARDS)
    corrected = consolidation.collect(session, "kh46", moment)
    assert newest_sending(corrected) == AFTERWARDS
    assert make_workbook(corrected) != books[0]


def test_states_and_days_late(session: Session) -> None:
    late = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)
    send_report(session, unit_link(session, unit_code="HU-AB"), now=late)
    drafting = unit_link(session, unit_code="HU-AM")
    drafts.save_draft(session, drafting, Saving(drafting.form_version_id, {}, 0), WORKING_DAY)
    found = responses(session, "dot1")
    assert (found["HU-AB"].state, found["HU-AB"].days_late) == ("late", 3)
    assert (found["HU-AM"].state, found["HU-AM"].answers) == ("missing", None)
    change_round(session, "dot1", due_at=None)
    assert responses(session, "dot1")["HU-AM"].state == "drafting"
    assert responses(session, "dot1")["TU-RG"].state == "not_opened"


def test_required_and_counted_are_those_of_the_assignment(session: Session) -> None:
    found = responses(session, "dot1")
    assert (found["TU-RG"].unit.required, found["TU-RG"].unit.counted) == (True, True)
    assert (found["SN-SYT"].unit.required, found["SN-SYT"].unit.counted) == (False, False)


def test_a_standing_round_has_a_response_for_each_sending(session: Session) -> None:
    for unit in ("HU-AB", "TU-RG", "HU-AB"):
        send_report(session, unit_link(session, "kho_khan", unit))
    units = [r.unit.code for r in rounds(session)["kho_khan"].responses]
    assert units == ["TU-RG", "HU-AB", "HU-AB"]


def test_feedback_is_what_is_counted_of_it_and_nothing_else(session: Session) -> None:
    link = public_link(session)
    for _ in range(10):
        answers = '{"doi_tuong":"dv_hv_nd","de_hieu":"4","gop_y":"Hay"}'
        feedback.send(session.connection(), link, link.form_version_id, answers, None, WORKING_DAY)
    assert rounds(session)["phan_hoi"].feedback == ()
    feedback_counts.count_up(session, WORKING_DAY)
    asked = rounds(session)["phan_hoi"]
    [group] = asked.feedback
    assert group.labels == {"doi_tuong": "dv_hv_nd", "dia_ban": ""}
    assert (group.count, group.counts) == (10, {"de_hieu": {"": 10, "4": 10}})
    assert asked.comments == ()


def test_an_unknown_campaign_is_a_problem(session: Session) -> None:
    with pytest.raises(Problem, match="campaign_unknown"):
        consolidation.collect(session, "kh99", AFTERWARDS)


def test_what_is_chosen_narrows_the_campaign(session: Session) -> None:
    send_report(session, unit_link(session), answers='{"tong_dv":1}')
    options = WorkbookOptions("en", rounds=("dot1",), groups=("huyen_thanh_uy",))
    collected = consolidation.collect(session, "kh46", AFTERWARDS, options=options)
    [asked] = collected.rounds
    assert asked.code == "dot1"
    assert {r.unit.group_code for r in asked.responses} == {"huyen_thanh_uy"}
    assert [group.code for group in collected.groups] == ["huyen_thanh_uy"]
    assert (collected.language, collected.options) == ("en", options)
    required = replace(options, groups=(), required_only=True)
    [asked] = consolidation.collect(session, "kh46", AFTERWARDS, options=required).rounds
    assert {r.unit.required for r in asked.responses} == {True}
    assert len(asked.responses) == 20


def test_a_returned_report_is_sent_and_adds_nothing_unless_it_is_wanted(session: Session) -> None:
    send_report(session, unit_link(session), answers='{"tong_dv":1}')
    give_back(session)
    held = responses(session, "dot1")["TU-RG"]
    assert (held.answers, held.held_back, held.is_sent) == (None, True, True)
    assert (held.state, held.stage, held.sent_at) == ("on_time", "returned", WORKING_DAY)
    options = WorkbookOptions(returned=True)
    asked = consolidation.collect(session, "kh46", AFTERWARDS, options=options).rounds[0]
    wanted = next(r for r in asked.responses if r.unit.code == "TU-RG")
    assert (wanted.answers, wanted.held_back) == ({"tong_dv": 1}, False)


def test_units_that_districts_asked_can_be_left_out(session: Session) -> None:
    link = unit_link(session)
    assert link.assignment_id is not None
    session.get_one(Assignment, link.assignment_id).asked_by = "HU-AB"
    session.flush()
    assert responses(session, "dot1")["TU-RG"].asked_by == "HU-AB"
    options = WorkbookOptions(communes=False)
    asked = consolidation.collect(session, "kh46", AFTERWARDS, options=options).rounds[0]
    assert len(asked.responses) == 111
    assert "TU-RG" not in {r.unit.code for r in asked.responses}


def test_an_earlier_campaign_stands_beside(session: Session) -> None:
    send_report(session, unit_link(session), answers='{"tong_dv":1}')
    facts = desk.facts_of(campaigns.find_campaign(session, "kh46"))
    facts = replace(facts, code="kh45", title="Kế hoạch trước")
    desk.copy(session, "kh46", facts, Copied(True, True), OFFICER, WORKING_DAY)
    options = WorkbookOptions(predecessor="kh46", rounds=("dot1",))
    collected = consolidation.collect(session, "kh45", AFTERWARDS, options=options)
    assert collected.previous is not None
    assert (collected.campaign_code, collected.previous.campaign_code) == ("kh45", "kh46")
    earlier = {r.unit.code: r for r in collected.previous.rounds[0].responses}
    assert earlier["TU-RG"].answers == {"tong_dv": 1}
    lost = WorkbookOptions(predecessor="kh99")
    with pytest.raises(Problem, match="campaign_unknown"):
        consolidation.collect(session, "kh46", AFTERWARDS, options=lost)
