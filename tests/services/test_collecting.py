"""A unit collects from the units below it: asks them, sees them arrive, sums them up."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assignment, AuditEntry, Unit
from models.problems import Problem
from services import assignments, campaigns, collecting, consolidation, definitions, units
from services.reporting import OpenLink
from tests.conftest import CAMPAIGN
from tests.exports.small import row_of, sheet_of
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

NOW = WORKING_DAY
TODAY = NOW.date()
REASON = "Thành ủy mở đợt cho đơn vị trực thuộc."
OFFICER = "officer@ban.example"


@pytest.fixture
def district(session: Session) -> OpenLink:
    """Return the link of a district below which there are communes."""
    source = (CAMPAIGN / "communes.csv").read_bytes()
    plan = units.plan_import(session, source, "communes.csv", "huyen_thanh_uy")
    units.apply_import(session, plan, NOW)
    return unit_link(session)


def ask(session: Session, link: OpenLink, now: object = NOW) -> int:
    return collecting.ask_children(session, link, REASON, now, TODAY)


def send(session: Session, code: str, tong_dv: int | None, base: int = 0) -> None:
    answers = {} if tong_dv is None else {"tong_dv": tong_dv}
    link = unit_link(session, unit_code=code)
    send_report(session, link, answers=json.dumps(answers), base_revision=base)


def communes(session: Session) -> list[str]:
    found = select(Unit.code).where(Unit.parent_code == "TU-RG", Unit.code.startswith("XA-"))
    return list(session.scalars(found.order_by(Unit.position)))


def sums(session: Session, link: OpenLink) -> dict[str, tuple[str, int, int]]:
    definition = definitions.definition(session, link.digest)
    found = collecting.collect(session, link, definition)
    return {one.question: (one.total, one.answered, one.asked) for one in found}


def test_a_unit_asks_those_below_it_invited_and_not_counted(
    session: Session, district: OpenLink
) -> None:
    below = communes(session)
    before = collecting.children(session, district, NOW, TODAY)
    assert len(before.others) == len(below) == 12
    # The centre below the district was asked by the board: its link is not the district's.
    assert [(child.code, child.link_code) for child in before.asked] == [("TT-RG", None)]
    assert ask(session, district) == 12
    assert ask(session, district) == 0
    after = collecting.children(session, district, NOW, TODAY)
    assert after.others == ()
    given = {child.code: child.link_code for child in after.asked}
    assert [code for code, link in given.items() if link is None] == ["TT-RG"]
    asked = campaigns.find_round(session, "dot1")
    found = [u for u in assignments.asked_units(session, asked.id) if u.code in below]
    assert not any(unit.required or unit.counted for unit in found)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.act, entry.actor, entry.details["units"]) == ("units.asked", "unit:TU-RG", below)


def test_units_asked_after_the_opening_are_explained_with_the_reason(
    session: Session, district: OpenLink
) -> None:
    change_round(session, "dot1", opens_at=NOW - timedelta(days=1))
    asked = campaigns.find_round(session, "dot1")
    before = assignments.figures(session, asked.id)
    ask(session, unit_link(session))
    assert {c.reason for c in assignments.explained(session, asked.id, TODAY)} >= {REASON}
    assert assignments.figures(session, asked.id).invited.asked == before.invited.asked


def test_nobody_is_asked_when_the_round_has_closed_or_nobody_is_below(
    session: Session, district: OpenLink
) -> None:
    with pytest.raises(Problem, match="children_unknown"):
        ask(session, unit_link(session, unit_code="SN-BHXH"))
    change_round(session, "dot1", closes_at=NOW - timedelta(seconds=1))
    with pytest.raises(Problem, match="round_closed"):
        ask(session, unit_link(session))
    change_round(session, "dot1", closes_at=None, opens_at=NOW + timedelta(days=1))
    assert ask(session, unit_link(session)) == 12


def test_the_newest_reports_of_those_below_are_summed_up(
    session: Session, district: OpenLink
) -> None:
    ask(session, district)
    assert sums(session, district) == {}
    first, second, third = communes(session)[:3]
    send(session, first, 100)
    send(session, second, 20)
    send(session, third, None)
    assert sums(session, district) == {"tong_dv": ("120", 2, 13)}
    send(session, first, 7, base=1)
    assert sums(session, district) == {"tong_dv": ("27", 2, 13)}
    asked = campaigns.find_round(session, "dot1")
    assignments.withdraw(session, asked, [second], "Sáp nhập", OFFICER, NOW)
    assert sums(session, district) == {"tong_dv": ("7", 1, 12)}


def test_a_sum_that_was_taken_over_is_kept_with_its_reason(
    session: Session, district: OpenLink
) -> None:
    ask(session, district)
    send(session, communes(session)[0], 100)
    assignment = district.assignment_id
    assert assignment is not None
    definition = definitions.definition(session, district.digest)
    taken = collecting.collect(session, district, definition)
    collecting.take_over(session, assignment, taken, NOW)
    collecting.explain(session, assignment, {"tong_dv": "Đã trừ số trùng."})
    (one,) = collecting.sums(session, assignment)
    assert (one.value, one.answered, one.asked, one.reason) == (100, 1, 13, "Đã trừ số trùng.")
    assert one.differs(99)
    assert one.differs("")
    assert not one.differs(100)
    collecting.take_over(session, assignment, taken, NOW)
    assert [again.reason for again in collecting.sums(session, assignment)] == [""]


def test_the_board_asks_no_unit_on_behalf_of_another(session: Session, district: OpenLink) -> None:
    asked = select(Assignment.asked_by).distinct()
    assert list(session.scalars(asked)) == [""]


def test_what_was_collected_stands_below_the_district_in_the_workbook(
    session: Session, district: OpenLink
) -> None:
    ask(session, district)
    first = communes(session)[0]
    send(session, first, 4)
    collected = consolidation.collect(session, "kh46", NOW)
    found = {r.unit.code: r.unit for r in collected.rounds[0].responses}
    assert found[first].above == "TU-RG"
    # Offices below a Party committee are in groups of their own, and stand there.
    assert found["SN-SNV"].above == ""
    sheet = sheet_of(collected, "3.")
    shown = [row.cells[1] for row in sheet.rows if len(row.cells) > 1]
    places = [shown.index(found[code].name) for code in ("TU-RG", first, "TU-HT")]
    assert places == sorted(places)
    assert row_of(sheet, found[first].name)[2] == 4
