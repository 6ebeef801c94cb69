"""The difficulties desk, on every database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exports.tables import build_sheets
from models import Campaign, Letter
from models.campaign import ANSWER_DAYS
from models.problems import Problem
from services import accounts, difficulties, following
from services.consolidation import collect
from services.difficulties import Change, ReportedDifficulty, Wanted
from tests.factories import WORKING_DAY, send_report, unit_link

OFFICER = "officer@ban.example"


def round_id(session: Session) -> int:
    campaign = following.find_campaign(session, "kh46")
    return following.find_round(campaign, "kho_khan").id


def report(session: Session, unit: str = "TU-RG", now: datetime = WORKING_DAY, **given: Any) -> str:
    answers = {"linh_vuc": ["dich_benh", "kinh_phi"], "noi_dung": "Thiếu máy chiếu", **given}
    link = unit_link(session, "kho_khan", unit)
    return send_report(session, link, answers=json.dumps(answers), now=now).code


def find(session: Session, receipt: str, now: datetime = WORKING_DAY) -> ReportedDifficulty:
    return difficulties.find(session, round_id(session), receipt, now)


def desk(session: Session, now: datetime = WORKING_DAY, **wanted: Any) -> difficulties.Desk:
    return difficulties.desk(session, round_id(session), Wanted(**wanted), 1, now)


def handle(session: Session, receipt: str, now: datetime = WORKING_DAY, **parts: str) -> int | None:
    change = Change(**{"state": "handled", "category": "", "owner": "", **parts})
    one = find(session, receipt, now)
    return difficulties.handle(session, one, change, "http://x/abc", OFFICER, now)


def test_what_comes_in_is_new_and_has_the_category_of_the_unit(session: Session) -> None:
    receipt = report(session)
    one = find(session, receipt, WORKING_DAY + timedelta(days=3))
    assert (one.handling.state, one.handling.category, one.handling.days) == ("new", "dich_benh", 3)
    assert not one.handling.is_overdue
    late = find(session, receipt, WORKING_DAY + timedelta(days=ANSWER_DAYS + 1))
    assert late.handling.is_overdue
    session.scalars(select(Campaign)).one().answer_days = ANSWER_DAYS + 1
    session.flush()
    assert difficulties.answer_days(session, round_id(session)) == ANSWER_DAYS + 1
    still = find(session, receipt, WORKING_DAY + timedelta(days=ANSWER_DAYS + 1))
    assert not still.handling.is_overdue, "the campaign gives one day more"


def test_an_officer_takes_it_up_and_puts_it_elsewhere(session: Session) -> None:
    accounts.create_account(session, OFFICER, "hash", "officer", WORKING_DAY)
    accounts.create_account(session, "viewer@ban.example", "hash", "viewer", WORKING_DAY)
    receipt = report(session)
    assert handle(session, receipt, category="kinh_phi", owner=OFFICER, note="Gọi lại") is None
    kept = find(session, receipt).handling
    assert (kept.state, kept.category, kept.owner) == ("handled", "kinh_phi", OFFICER)
    assert kept.note == "Gọi lại"
    assert session.scalars(select(Letter)).all() == []
    for wrong in ({"owner": "viewer@ban.example"}, {"category": "khong_co"}, {"state": "khac"}):
        with pytest.raises(Problem, match="difficulty_invalid"):
            handle(session, receipt, **wrong)
    with pytest.raises(Problem, match="difficulty_invalid"):
        handle(session, receipt, answer="x" * 5001)


def test_an_answer_is_told_to_the_unit_once(session: Session) -> None:
    receipt = report(session)
    later = WORKING_DAY + timedelta(days=4)
    letter_id = handle(session, receipt, later, state="new", answer="Ban sẽ cấp máy.")
    assert letter_id is not None
    letter = session.get_one(Letter, letter_id)
    assert "Ban sẽ cấp máy." in letter.text
    assert "http://x/abc" in letter.text
    shown = f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}"
    assert shown in letter.text
    kept = find(session, receipt, later + timedelta(days=30)).handling
    assert (kept.state, kept.answer, kept.days) == ("answered", "Ban sẽ cấp máy.", 4)
    assert not kept.is_overdue
    assert handle(session, receipt, later, state="closed", answer="Ban sẽ cấp máy.") is None
    assert find(session, receipt, later).handling.state == "closed"
    told = difficulties.handling_of(session, receipt, later)
    assert told is not None
    assert told.answer == "Ban sẽ cấp máy."


def test_opening_it_again_lets_the_days_run_on(session: Session) -> None:
    receipt = report(session)
    handle(session, receipt, state="closed")
    handle(session, receipt, state="handled")
    assert find(session, receipt, WORKING_DAY + timedelta(days=20)).handling.days == 20


def test_the_queue_is_searched_without_accents_and_filtered(session: Session) -> None:
    first = report(session, "TU-RG")
    second = report(session, "HU-AB", WORKING_DAY - timedelta(days=20), linh_vuc=["kinh_phi"])
    handle(session, first, state="forwarded")
    assert [one.receipt for one in desk(session).difficulties] == [second, first]
    for text in ("thieu may chieu", "rach gia", "TU-RG"):
        assert first in [one.receipt for one in desk(session, text=text).difficulties]
    assert desk(session, text="kinh phí in ấn").found == 2
    assert desk(session, text="không có gì").found == 0
    assert [one.receipt for one in desk(session, state="forwarded").difficulties] == [first]
    assert [one.receipt for one in desk(session, category="kinh_phi").difficulties] == [second]
    assert [one.receipt for one in desk(session, overdue=True).difficulties] == [second]
    whole = desk(session)
    assert whole.counts == {("dich_benh", "forwarded"): 1, ("kinh_phi", "new"): 1}
    assert (whole.total, whole.overdue, whole.of_state("new")) == (2, 1, 1)


def test_a_receipt_of_another_round_is_no_difficulty(session: Session) -> None:
    receipt = send_report(session, unit_link(session)).code
    with pytest.raises(Problem, match="receipt_unknown"):
        find(session, receipt)
    assert difficulties.handling_of(session, receipt, WORKING_DAY) is None


def test_the_workbook_shows_state_answer_and_days(session: Session) -> None:
    answered = report(session)
    report(session, "HU-AB")
    handle(session, answered, state="new", answer="Ban sẽ cấp máy.")
    later = WORKING_DAY + timedelta(days=7)
    sheets = build_sheets(collect(session, "kh46", later))
    sheet = next(one for one in sheets if one.name.startswith("10."))
    rows = [list(row.cells) for row in sheet.rows]
    heading = next(row for row in rows if "Tình trạng" in row)
    place = heading.index("Tình trạng")
    told = ["Tình trạng", "Ngày trả lời", "Trả lời của Ban", "Số ngày"]
    assert heading[place:] == told, "nothing is there twice"
    found = [row[place:] for row in rows if row[:1] in ([1], [2])]
    assert ["Đã trả lời", WORKING_DAY.date(), "Ban sẽ cấp máy.", 0] in found
    assert ["Mới", None, None, 7] in found
    texts = " ".join(str(row[0]) for row in rows if row)
    assert "mới: 1; đã trả lời: 1; số ngày xử lý bình quân: 0,0" in texts


def figures_of(cells: list[Any]) -> list[Any]:
    return [getattr(cell, "value", cell) for cell in cells if cell is not None]


def test_the_workbook_counts_by_category_and_state_with_the_mean_of_days(session: Session) -> None:
    days = {"TU-RG": 2, "HU-AB": 5}
    for unit, after in days.items():
        handle(
            session,
            report(session, unit),
            WORKING_DAY + timedelta(days=after),
            state="new",
            answer="Đã rõ.",
        )
    report(session, "HU-AM", linh_vuc=["kinh_phi"], muc_do="khan")
    collected = collect(session, "kh46", WORKING_DAY + timedelta(days=30))
    sheet = next(one for one in build_sheets(collected) if one.name.startswith("10."))
    rows = [list(row.cells) for row in sheet.rows]
    states = ["Mới", "Đang xử lý", "Đã chuyển", "Đã trả lời", "Đã đóng", "Số lượng"]
    question = "Thống kê: Lĩnh vực khó khăn, vướng mắc"
    heading = next(row for row in rows if row[:2] == ["TT", question])
    assert figures_of(heading)[2:] == [*states, "Số ngày xử lý bình quân"]
    counted = {row[1]: figures_of(row)[2:] for row in rows if len(row) > 1}
    assert counted["Kinh phí, in ấn"] == [1, 0, 0, 2, 0, 3, Decimal("3.5")]
    assert counted["Dịch bệnh Covid-19, giãn cách xã hội"] == [0, 0, 0, 2, 0, 2, Decimal("3.5")]
    assert counted["Nội dung, số lượng tài liệu"] == [0, 0, 0, 0, 0, 0, ""], "none, so no mean"
    texts = " ".join(str(row[0]) for row in rows if row)
    assert "số ngày xử lý bình quân: 3,5" in texts
