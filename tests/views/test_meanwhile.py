"""Two officers at one form of the desk: the second is told, and loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from models import Contact, Unit
from tests.stored import looking, writing
from tests.views.board_members import signed_in
from tests.views.board_pages import send_form
from tests.visitor import Page, Visitor

CAMPAIGN = "/ban/chuyen-de/kh46/sua"
ROUND = "/ban/chuyen-de/kh46/dot-bao-cao/dot1/sua"
UNIT = "/ban/don-vi/ma/TU-RG/sua"
ENDING = "/ban/don-vi/ma/TU-RG/ket-thuc"
Typing = Mapping[str, str]


@pytest.fixture
def officer(app: Flask) -> Visitor:
    return Visitor(signed_in(app, "officer"))


def save(officer: Visitor, page: Page, typed: Typing) -> Page:
    address = page.forms[-1].action.rpartition("/")[2]
    return send_form(officer, page, typed, end=address)


@pytest.mark.parametrize(
    ("address", "theirs", "mine", "told"),
    [
        (
            CAMPAIGN,
            {"signer_name": "Trần Thị B", "place": "Phú Quốc"},
            {"signer_name": "Lê Văn C"},
            {"#signer_name": "Trần Thị B", "#place": "Phú Quốc"},
        ),
        (
            ROUND,
            {"due_at_day": "05/9/2021", "late_allowed": ""},
            {"title": "Đợt một"},
            {"#due_at_day": "05/9/2021 23:59", "#late_allowed": "không", "#title": "Đợt 1"},
        ),
        (
            UNIT,
            {"report_duty": "moi", "level": "xã"},
            {"short_name": "Rạch Giá"},
            {"#report_duty": "được mời báo cáo", "#level": "xã", "#short_name": "TU Rạch Giá"},
        ),
        (
            ENDING,
            {"valid_to": "30/6/2025", "successor_code": "TU-HT"},
            {"valid_to": "31/12/2025"},
            {"#valid_to": "30/6/2025", "#successor_code": "TU-HT"},
        ),
    ],
)
def test_the_second_is_told_what_is_stored_and_may_store_all_the_same(
    officer: Visitor, address: str, theirs: Typing, mine: Typing, told: Typing
) -> None:
    first, second = officer.open(address), officer.open(address)
    assert save(officer, first, theirs).status == 303
    refused = save(officer, second, mine)
    assert refused.status == 409
    assert "Người khác vừa sửa" in refused.summary["#main"]
    for place, stored in told.items():
        assert refused.summary[place].endswith(f"Đang lưu: {stored}"), place
    for name, text in mine.items():
        assert refused.forms[-1].values()[name] == [text]
    assert save(officer, refused, {}).status == 303
    after = officer.open(address).forms[-1].values()
    assert {name: after[name] for name in mine} == {name: [text] for name, text in mine.items()}


def test_what_is_wrong_is_told_first_and_the_other_change_is_not_forgotten(
    officer: Visitor,
) -> None:
    first, second = officer.open(UNIT), officer.open(UNIT)
    assert save(officer, first, {"note": "Ghi chú của người thứ nhất"}).status == 303
    wrong = save(officer, second, {"name": ""})
    assert wrong.status == 422
    refused = save(officer, wrong, {"name": "Thành ủy Rạch Giá mới"})
    assert refused.status == 409
    assert "Ghi chú của người thứ nhất" in refused.html


def test_the_same_change_twice_is_no_conflict(officer: Visitor) -> None:
    first, second = officer.open(ROUND), officer.open(ROUND)
    for page in (first, second):
        assert save(officer, page, {"title": "Đợt một"}).status == 303


def test_contacts_are_not_overwritten_either(app: Flask, officer: Visitor) -> None:
    with writing(app) as session:
        unit = session.scalars(select(Unit).where(Unit.code == "TU-RG")).one()
        session.add(Contact(unit_id=unit.id, name="Chị Tư", phone="0297 1"))
        session.flush()
        contact_id = session.scalars(select(Contact.id)).one()
    address = f"/ban/don-vi/ma/TU-RG/lien-he/{contact_id}"
    first, second = officer.open(address), officer.open(address)

    def store(page: Page, typed: Typing) -> Page:
        form = next(form for form in page.forms if "phone" in form.values())
        return officer.post(form.action, {**form.values(), **typed})

    assert store(first, {"phone": "0297 2"}).status == 303
    refused = store(second, {"title": "Phó ban"})
    assert refused.status == 409
    assert refused.summary["#phone"].endswith("Đang lưu: 0297 2")
    with looking(app) as session:
        assert session.scalars(select(Contact.title)).one() == ""


def test_a_page_without_a_mark_stores(app: Flask, officer: Visitor) -> None:
    page = officer.open(UNIT)
    assert save(officer, page, {"seen": "", "note": "Từ trang cũ"}).status == 303
    with looking(app) as session:
        notes = session.scalars(select(Unit.note).where(Unit.code == "TU-RG")).all()
    assert notes == ["Từ trang cũ"]
