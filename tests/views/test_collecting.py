"""A unit collects from the units below it, through its own link."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.response import Draft
from services import assignments, campaigns, collecting, reporting, units
from tests.conftest import CAMPAIGN
from tests.factories import WORKING_DAY, change_round, send_report, unit_link
from tests.stored import in_days, looking, open_round, revisions, writing
from tests.views.board_members import signed_in
from tests.views.page_check import check_page
from tests.visitor import Page, Visitor, plausible

# No more than the members there are.
FITTING = {"qt_dv": "90", "tl_dv": "90"}
REASON = "Đã trừ số đảng viên tính trùng."


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
def code(app: Flask) -> str:
    """Return the link of a district below which there are communes, in a round that is open."""
    with writing(app) as session:
        source = (CAMPAIGN / "communes.csv").read_bytes()
        plan = units.plan_import(session, source, "communes.csv", "huyen_thanh_uy")
        units.apply_import(session, plan, WORKING_DAY)
    return open_round(app)


def ask(visitor: Visitor, code: str) -> Page:
    return visitor.follow(visitor.post(f"/{code}/cap-duoi/mo-dot", {}))


def send_for_communes(app: Flask, *numbers: int) -> None:
    with writing(app) as session:
        for index, number in enumerate(numbers):
            unit = ("XA-30730", "XA-30733", "XA-30736")[index]
            link = unit_link(session, unit_code=unit)
            send_report(session, link, answers=json.dumps({"tong_dv": number}))


def take_over(visitor: Visitor, code: str) -> Page:
    page = visitor.open(f"/{code}/cap-duoi")
    return visitor.follow(visitor.post(f"/{code}/cap-duoi/tong-hop", page.form.values()))


def test_a_district_opens_the_round_and_sees_its_communes_arrive(
    app: Flask, visitor: Visitor, code: str
) -> None:
    assert f"/{code}/cap-duoi" in visitor.open(f"/{code}").html
    before = visitor.open(f"/{code}/cap-duoi")
    assert "Phường Vĩnh Thanh Vân" in before.html
    assert "0/1" in before.html
    after = ask(visitor, code)
    assert "0/13" in after.html
    with looking(app) as session:
        child = unit_link(session, unit_code="XA-30730").code
        board_child = unit_link(session, unit_code="TT-RG").code
    assert f"http://127.0.0.1:8000/{child}" in after.html
    assert board_child not in after.html
    assert visitor.open(f"/{child}").status == 200
    send_for_communes(app, 100, 20)
    assert "2/13" in visitor.open(f"/{code}/cap-duoi").html


def test_the_page_speaks_english(visitor: Visitor, code: str) -> None:
    page = visitor.open(f"/{code}/cap-duoi?lang=en")
    assert "Open the round for the units below" in page.html
    assert "Mở đợt" not in page.html
    assert f'action="/{code}/cap-duoi/mo-dot?lang=en"' in page.html


def test_a_unit_with_nobody_below_it_has_no_such_page(app: Flask, visitor: Visitor) -> None:
    code = open_round(app, unit_code="SN-BHXH")
    assert "cap-duoi" not in visitor.open(f"/{code}").html
    assert visitor.open(f"/{code}/cap-duoi").status == 404
    assert visitor.post(f"/{code}/cap-duoi/mo-dot", {}).status == 404


def test_sums_are_marked_where_they_stand_and_can_be_changed_with_a_reason(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    send_for_communes(app, 1000, 234)
    page = visitor.open(f"/{code}/cap-duoi")
    assert "1.234" in page.html
    assert "2/13" in page.html
    take_over(visitor, code)
    whole = visitor.open(f"/{code}?all=1")
    assert whole.typed("tong_dv").replace(".", "") == "1234"
    assert "Tổng hợp từ 2/13 đơn vị cấp dưới: 1.234" in whole.html
    values = {**plausible(whole.form), **FITTING, "tong_dv": "1200"}
    asked = visitor.follow(visitor.send(whole, "submit", values))
    assert "Lý do số liệu khác số tổng hợp" in asked.html
    assert "1200" in asked.html
    assert len(revisions(app)) == 2
    blank = visitor.post(f"/{code}/cap-duoi/ly-do", {"reason-tong_dv": ""})
    assert blank.status == 422
    assert 'id="error-tong_dv"' in blank.html
    review = visitor.follow(visitor.post(f"/{code}/cap-duoi/ly-do", {"reason-tong_dv": REASON}))
    sent = visitor.follow(visitor.send(review, "submit", {"page-unexplained": "1"}))
    assert sent.status == 200
    assert REASON in sent.html
    kept = json.loads(revisions(app)[-1].explanations)
    assert kept["collected-tong_dv"] == {
        "message": "Tổng hợp từ 2/13 đơn vị cấp dưới: 1.234",
        "text": REASON,
    }
    board = signed_in(app, "viewer").get("/ban/kh46/dot1/TU-RG").text
    check_page(board)
    assert REASON in board


def test_cells_of_a_table_are_called_with_their_row(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    with writing(app) as session:
        link = unit_link(session, unit_code="XA-30730")
        send_report(session, link, answers=json.dumps({"cuoc_tt_cap_uy": 3}))
    page = visitor.open(f"/{code}/cap-duoi")
    assert "Hội nghị cấp ủy: Số cuộc: trực tiếp" in page.html


def test_a_sum_that_is_sent_as_it_is_asks_for_nothing(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    send_for_communes(app, 100)
    take_over(visitor, code)
    whole = visitor.open(f"/{code}?all=1")
    values = {**plausible(whole.form), **FITTING, "page-unexplained": "1"}
    sent = visitor.follow(visitor.send(whole, "submit", values))
    assert "bien-nhan" in sent.address
    assert "collected-tong_dv" not in revisions(app)[-1].explanations


def test_what_the_unit_typed_itself_is_not_taken_over_unless_it_is_chosen(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    send_for_communes(app, 100)
    whole = visitor.open(f"/{code}?all=1")
    visitor.send(whole, "save", {"tong_dv": "55", "so_ky_hieu": "125-BC/TU"})
    take_over(visitor, code)
    again = visitor.open(f"/{code}?all=1")
    assert again.typed("tong_dv") == "55"
    visitor.post(f"/{code}/cap-duoi/tong-hop", {"use": ["tong_dv", "khong_co"]})
    again = visitor.open(f"/{code}?all=1")
    assert again.typed("tong_dv") == "100"
    assert again.typed("so_ky_hieu") == "125-BC/TU"


def test_a_unit_that_was_withdrawn_sees_no_links_of_others(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    with writing(app) as session:
        asked = campaigns.find_round(session, "dot1")
        assignments.withdraw(session, asked, ["TU-RG"], "Sáp nhập", "x@ban.example", in_days(0))
    page = visitor.open(f"/{code}/cap-duoi")
    assert page.status == 410
    assert "Phường Vĩnh Thanh Vân" not in page.html


def test_nothing_is_taken_over_once_the_round_has_closed(
    app: Flask, visitor: Visitor, code: str
) -> None:
    ask(visitor, code)
    send_for_communes(app, 100)
    with writing(app) as session:
        change_round(session, "dot1", due_at=in_days(-2), closes_at=in_days(-1))
    closed = visitor.post(f"/{code}/cap-duoi/tong-hop", {"use": "tong_dv"})
    assert closed.status == 410
    assert visitor.post(f"/{code}/cap-duoi/mo-dot", {}).status == 410
    with looking(app) as session:
        link = reporting.open_link(session, code, in_days(0))
        assert link.assignment_id is not None
        assert collecting.sums(session, link.assignment_id) == ()
        assert session.scalars(select(Draft)).all() == []
