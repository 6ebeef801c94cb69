"""How complete and timely a round is, on every database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from language.collation import sort_key
from models import Assignment, Extension, Unit, progress
from models.following import FollowedRound
from services import assignments, campaigns, completeness, correcting, drafts, following
from services.assignments import Asking
from services.completeness import UnitPage
from services.drafts import Saving
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

AFTER_DUE = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)
# After midnight in Viet Nam, on the day before in UTC.
AFTER_MIDNIGHT = datetime(2021, 8, 20, 17, 30, tzinfo=UTC)


def round_of(session: Session, code: str = "dot1") -> FollowedRound:
    return following.find_round(following.find_campaign(session, "kh46"), code)


def groups_of(session: Session) -> dict[str, str]:
    return dict(following.find_campaign(session, "kh46").groups)


@pytest.fixture
def mixed(session: Session) -> Session:
    """Return a session in which units of one group are in every state."""
    send_report(session, unit_link(session, unit_code="TU-RG"))
    send_report(session, unit_link(session, unit_code="TU-HT"), now=AFTER_MIDNIGHT)
    send_report(session, unit_link(session, unit_code="HU-AB"), now=AFTER_DUE)
    extend(session, "HU-AM", AFTER_DUE + timedelta(days=9))
    send_report(session, unit_link(session, unit_code="HU-AM"), now=AFTER_DUE)
    link = unit_link(session, unit_code="HU-CT")
    drafts.save_draft(session, link, Saving(link.form_version_id, {}, 0), WORKING_DAY)
    accept(session, "TU-RG")
    return session


def test_whether_anybody_can_still_send(session: Session) -> None:
    def may_send(now: datetime) -> bool:
        return completeness.progress(session, round_of(session), groups_of(session), now).may_send

    assert may_send(WORKING_DAY)
    assert may_send(AFTER_DUE), "late reports are taken"
    change_round(session, "dot1", late_allowed=False)
    assert may_send(WORKING_DAY)
    assert not may_send(AFTER_DUE)
    extend(session, "HU-AM", AFTER_DUE + timedelta(days=9))
    assert may_send(AFTER_DUE)
    send_report(session, unit_link(session, unit_code="HU-AM"), now=AFTER_DUE)
    assert not may_send(AFTER_DUE), "who has more time has sent"
    change_round(session, "dot1", late_allowed=True, closes_at=AFTER_DUE - timedelta(hours=1))
    assert not may_send(AFTER_DUE)
    change_round(session, "dot1", closes_at=None, opens_at=AFTER_DUE)
    assert not may_send(WORKING_DAY), "it is not open yet"


def extend(session: Session, unit: str, until: datetime) -> None:
    link = unit_link(session, unit_code=unit)
    session.add(
        Extension(
            assignment_id=link.assignment_id, due_at=until, reason="", actor="x", at=WORKING_DAY
        )
    )
    progress.keep(session, link.assignment_id)


def accept(session: Session, unit: str) -> None:
    assignment_id = unit_link(session, unit_code=unit).assignment_id
    assert assignment_id is not None
    correcting.accept(session, assignment_id, 1, "a@ban.example", WORKING_DAY)


def names(page: UnitPage) -> list[str]:
    return [unit.name for _, _, units in page.groups for unit in units]


def find(session: Session, text: str = "", now: datetime = AFTER_DUE, **sought: str) -> UnitPage:
    wanted = {"state": "", "stage": "", "group": "", "order": "", **sought}
    asked = completeness.sought_units(text, **wanted)
    return completeness.find_units(
        session, round_of(session), groups_of(session), asked, text, 1, now
    )


def test_the_parts_of_every_group_add_up(mixed: Session) -> None:
    found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    for group in (*found.groups, found.whole):
        parts = group.on_time + group.late + group.drafting + group.not_begun + group.withdrawn
        assert parts == group.asked
        assert 0 <= (group.timeliness or 0) <= (group.completeness or 0) <= 100
    assert sum(group.asked for group in found.groups) == found.whole.asked == 112
    first = found.groups[0]
    assert (first.name, first.asked) == ("Huyện ủy, thành ủy", 15)
    assert (first.on_time, first.late, first.drafting, first.not_begun) == (3, 1, 1, 10)
    assert (first.extended, first.returned, first.accepted) == (1, 0, 1)
    assert first.completeness == Decimal("26.7")


def test_states_in_a_query_are_those_of_the_table(mixed: Session) -> None:
    for now in (WORKING_DAY, AFTER_DUE):
        units = following.followed_units(mixed, round_of(mixed), now)
        expected = {
            duty: Counter(unit.state for unit in units if unit.required is duty)
            for duty in (True, False)
        }
        found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), now)
        assert {duty: tally.states for duty, tally in found.duties.items()} == expected


def test_days_are_those_of_viet_nam(mixed: Session) -> None:
    found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    days = [(day.day, day.sent, day.total) for day in found.days]
    assert days == [
        (date(2021, 8, 20), 1, 1),
        (date(2021, 8, 21), 1, 2),
        (date(2021, 9, 3), 2, 4),
    ]


def test_the_curve_rises_to_the_share_that_has_sent(mixed: Session) -> None:
    asked = round_of(mixed)
    found = completeness.progress(mixed, asked, groups_of(mixed), AFTER_DUE)
    curve = completeness.curve(found.days, asked, found.whole.asked)
    assert curve is not None
    assert (curve.first, curve.last) == (date(2021, 8, 20), date(2021, 9, 3))
    assert curve.points[0] == (0.0, 100.0)
    assert curve.points[-1] == (100.0, round(100 - 4 * 100 / 112, 2))
    assert curve.due == 80.0
    assert completeness.curve((), asked, 112) is None


def withdraw(session: Session, *units: str, at: datetime = AFTER_DUE) -> None:
    asked = campaigns.find_round(session, "dot1")
    assignments.withdraw(session, asked, units, "Sáp nhập", "a@ban.example", at)


def test_a_unit_that_was_withdrawn_before_the_opening_is_counted_nowhere(mixed: Session) -> None:
    withdraw(mixed, "TU-RG", at=WORKING_DAY - timedelta(days=1))
    found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    assert (found.whole.asked, found.whole.accepted) == (111, 0)
    assert "Thành ủy Rạch Giá" not in names(find(mixed))


def test_who_is_withdrawn_later_stays_in_the_rates_and_is_not_missing(mixed: Session) -> None:
    before = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    withdraw(mixed, "TU-RG", "HU-CT", "HU-GR")
    found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    assert found.whole.asked == before.whole.asked == 112
    assert (found.whole.sent, found.whole.withdrawn, found.whole.apart.withdrawn) == (4, 2, 3)
    assert (found.unsent, found.missing) == (before.unsent - 2, before.missing - 2)
    assert names(find(mixed, state="withdrawn")) == ["Huyện ủy Châu Thành", "Huyện ủy Giồng Riềng"]
    assert "Huyện ủy Châu Thành" not in names(find(mixed, state="unsent"))
    (unit,) = find(mixed, "HU-CT").groups[0][2]
    assert (unit.state, unit.withdrawn_reason) == ("withdrawn", "Sáp nhập")


def test_who_is_added_later_is_counted_apart(mixed: Session) -> None:
    withdraw(mixed, "HU-GR", "HU-GQ", at=WORKING_DAY - timedelta(days=1))
    asked = campaigns.find_round(mixed, "dot1")
    asking = Asking(reason="Bổ sung")
    assignments.add(mixed, asked, ["HU-GR", "HU-GQ"], asking, "a@ban.example", AFTER_MIDNIGHT)
    send_report(mixed, unit_link(mixed, unit_code="HU-GR"), now=AFTER_DUE)
    found = completeness.progress(mixed, round_of(mixed), groups_of(mixed), AFTER_DUE)
    assert (found.whole.asked, found.whole.sent) == (110, 4)
    assert (found.whole.apart.added, found.whole.apart.added_sent) == (2, 1)
    assert (found.groups[0].asked, found.groups[0].apart.added) == (13, 2)
    assert found.days[-1].total == 4
    # They are reminded and read like any other.
    assert (found.unsent, found.waiting) == (107, 4)
    assert find(mixed).found == 112
    count = completeness.count_round(mixed, round_of(mixed), AFTER_DUE)
    assert count.required.asked + count.invited.asked == 110
    assert (count.apart.added, count.apart.added_sent) == (2, 1)


def test_those_who_have_sent_nothing_are_found(mixed: Session) -> None:
    missing = find(mixed, state="unsent")
    assert missing.found == 108
    assert "Huyện ủy Châu Thành" in names(missing)
    assert "Thành ủy Rạch Giá" not in names(missing)
    assert names(find(mixed, stage="extended")) == ["Huyện ủy An Minh"]
    assert names(find(mixed, stage="accepted")) == ["Thành ủy Rạch Giá"]
    assert len(names(find(mixed, group="huyen_thanh_uy"))) == 15


def test_units_sort_as_vietnamese_does(session: Session) -> None:
    found = names(find(session, order="name"))
    assert found == sorted(found, key=sort_key)
    assert len(found) == 112


def test_the_name_of_the_assignment_is_found(session: Session) -> None:
    link = unit_link(session, unit_code="TU-RG")
    session.get_one(Assignment, link.assignment_id).unit_name = "Đảng bộ thành phố Mới"
    session.flush()
    assert names(find(session, "dang bo thanh pho moi")) == ["Đảng bộ thành phố Mới"]
    assert names(find(session, "TU-RG")) == ["Đảng bộ thành phố Mới"]
    assert find(session, "100%_").found == 0


def test_many_units_stand_on_several_pages(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completeness, "PAGE_UNITS", 50)
    sought = completeness.sought_units("", "", "", "", "")
    asked, groups = round_of(session), groups_of(session)
    pages = [
        completeness.find_units(session, asked, groups, sought, "", number, AFTER_DUE)
        for number in (1, 2, 3, 99)
    ]
    assert [(page.number, page.pages, page.found) for page in pages] == [
        (1, 3, 112),
        (2, 3, 112),
        (3, 3, 112),
        (3, 3, 112),
    ]
    shown = [name for page in pages[:3] for name in names(page)]
    assert len(shown) == len(set(shown)) == 112
    official = session.scalars(
        select(Unit.name).where(Unit.group_code == "huyen_thanh_uy").order_by(Unit.position)
    )
    assert shown[:15] == list(official)
    # Groups that the campaign does not name stand last; a page may hold parts of several.
    fewer = dict(list(groups.items())[1:])
    last = [
        completeness.find_units(session, asked, fewer, sought, "", number, AFTER_DUE)
        for number in (1, 2, 3)
    ]
    assert [name for page in last for name in names(page)] == shown[15:] + shown[:15]
    for known in (None, completeness.progress(session, asked, groups, AFTER_DUE)):
        second = completeness.find_units(
            session, asked, groups, sought, "", 2, AFTER_DUE, known=known
        )
        assert names(second) == shown[50:100]


def test_a_round_without_units_has_no_rates(session: Session) -> None:
    change_round(session, "phan_hoi", kind="closed")
    found = completeness.progress(session, round_of(session, "phan_hoi"), {}, AFTER_DUE)
    assert (found.groups, found.whole.asked, found.whole.completeness) == ((), 0, None)
