"""What the board follows, on every database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from models.following import FollowedRound
from models.problems import Problem
from services import completeness, following
from tests.factories import WORKING_DAY, revoke, send_report, unit_link

AFTER_DUE = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)


def round_of(session: Session, code: str) -> FollowedRound:
    return following.find_round(following.find_campaign(session, "kh46"), code)


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
