"""What the board follows, on every database."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from exports.tables import build_sheets
from models.following import FollowedRound
from models.problems import Problem
from services import campaigns, completeness, feedback, following
from services.consolidation import collect
from tests.factories import WORKING_DAY, public_link, revoke, send_report, unit_link

AFTER_DUE = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)


def round_of(session: Session, code: str) -> FollowedRound:
    return following.find_round(following.find_campaign(session, "kh46"), code)


def give(session: Session, count: int, **answers: str) -> None:
    link = public_link(session)
    for _ in range(count):
        text = json.dumps(answers)
        feedback.send(session, link, link.form_version_id, text, None, WORKING_DAY)


def test_rounds_stand_in_order_with_their_newest_form(session: Session) -> None:
    (campaign,) = following.list_campaigns(session)
    assert [asked.code for asked in campaign.rounds] == ["dot1", "dot2", "phan_hoi", "kho_khan"]
    assert next(iter(campaign.groups)) == "huyen_thanh_uy"


def test_states_are_counted_for_required_and_invited_units_apart(session: Session) -> None:
    send_report(session, unit_link(session, unit_code="TU-RG"))
    send_report(session, unit_link(session, unit_code="TU-HT"), now=AFTER_DUE)
    send_report(session, unit_link(session, unit_code="DD-PN"))
    count = completeness.count_round(session, round_of(session, "dot1"), AFTER_DUE)
    assert count.required.states == {"on_time": 1, "late": 1, "missing": 18}
    assert count.invited.states == {"on_time": 1, "missing": 91}
    assert (count.required.sent, count.required.asked, count.responses) == (2, 20, 3)


def test_a_corrected_report_counts_once_and_shows_its_last_sending(session: Session) -> None:
    link = unit_link(session)
    send_report(session, link)
    send_report(session, link, base_revision=1, now=AFTER_DUE)
    unit = following.find_unit(session, round_of(session, "dot1"), "TU-RG", AFTER_DUE)
    assert (unit.state, unit.revisions, unit.sent_at) == ("on_time", 2, AFTER_DUE)


def test_a_revoked_link_is_not_given_out(session: Session) -> None:
    revoke(session, unit_link(session))
    unit = following.find_unit(session, round_of(session, "dot1"), "TU-RG", WORKING_DAY)
    assert unit.link_code is None


def test_an_unknown_unit_is_refused(session: Session) -> None:
    with pytest.raises(Problem, match="unit_unknown"):
        following.find_unit(session, round_of(session, "dot1"), "KHONG-CO", WORKING_DAY)


def test_feedback_is_counted_by_the_answers_given(session: Session) -> None:
    give(session, 12, doi_tuong="dv_cbccvc", dia_ban="rach_gia")
    give(session, 15, doi_tuong="dv_hv_nd")
    give(session, 2, doi_tuong="dv_hv_nd", dia_ban="an_bien")
    give(session, 3, doi_tuong="dv_hv_nd", dia_ban="an_minh")
    count = following.count_feedback(session, round_of(session, "phan_hoi"))
    audience, district = count.breakdowns
    assert audience.counts == {"dv_cbccvc": 12, "dv_hv_nd": 20}
    assert (district.counts["rach_gia"], district.counts[""]) == (12, 15)
    assert district.counts["an_bien"] is None
    assert count.total == 32


def test_a_hidden_group_cannot_be_computed_from_the_board_and_the_workbook(
    session: Session,
) -> None:
    give(session, 29, doi_tuong="dv_cbccvc", dia_ban="rach_gia")
    give(session, 4, doi_tuong="dv_hv_nd", dia_ban="rach_gia")
    count = following.count_feedback(session, round_of(session, "phan_hoi"))
    audience, district = count.breakdowns
    assert audience.counts == {"dv_cbccvc": 29, "dv_hv_nd": None}
    assert (count.total, count.at_least) == (None, 29)
    assert set(district.counts.values()) == set(count.by_link.values()) == {None}
    listed = completeness.count_round(session, round_of(session, "phan_hoi"), WORKING_DAY)
    assert (listed.responses, listed.at_least) == (None, 29)
    book = collect(session, "kh46", WORKING_DAY)
    sheets = [sheet for sheet in build_sheets(book) if sheet.name.startswith(("12.", "13."))]
    said = " ".join(str(row.cells[0]) for sheet in sheets for row in sheet.rows if row.cells)
    assert re.findall(r"; (\S+) phiếu\)", said) == ["29", "<10"]


def test_public_links_stand_in_the_order_in_which_they_are_given_out(session: Session) -> None:
    count = following.count_feedback(session, round_of(session, "phan_hoi"))
    given_out = [(link.code, link.label) for link in campaigns.links(session, "phan_hoi")]
    assert list(count.links.items()) == given_out
    assert given_out[0][1].startswith("Đảng viên")


def test_feedback_through_a_revoked_link_still_counts(session: Session) -> None:
    give(session, 11, doi_tuong="dv_hv_nd")
    give(session, 12, doi_tuong="dv_cbccvc")
    revoke(session, public_link(session))
    count = following.count_feedback(session, round_of(session, "phan_hoi"))
    assert count.total == 23
    assert "" in count.by_link
    assert len(count.links) == 1


def test_what_came_to_a_standing_round_stands_newest_first(session: Session) -> None:
    link = unit_link(session, "kho_khan")
    for now in (WORKING_DAY, AFTER_DUE):
        send_report(session, link, answers='{"muc_do":"khan"}', now=now)
    received = following.received(session, round_of(session, "kho_khan"))
    assert [response.sent.sent_at for response in received] == [AFTER_DUE, WORKING_DAY]
    names = [question.name for question in following.shown_questions(received[0].definition)]
    assert names == ["linh_vuc", "muc_do"]


def test_units_of_no_known_group_come_last(session: Session) -> None:
    units = following.followed_units(session, round_of(session, "dot1"), WORKING_DAY)
    groups = dict(following.by_group(units, {"so_ban_nganh": "Sở, ban, ngành"}))
    assert next(iter(groups)) == "Sở, ban, ngành"
    assert Counter(u.group_code for u in groups["huyen_thanh_uy"]) == {"huyen_thanh_uy": 15}
