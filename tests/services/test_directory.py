"""The directory of units: the tree, what is found in it, adding, ending, contacts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry
from models.problems import Problem
from services import directory
from services.directory import ContactFacts, Sought, UnitFacts
from tests.factories import WORKING_DAY

OFFICER = "officer@ban.example"
TODAY = date(2021, 8, 20)
NEW = UnitFacts(
    "XA-1", "Xã Đông Thái", "", "ban_dang", "xa", "HU-AB", "xa1@kiengiang.example.vn", "",
    "moi", False, 0, "", None, None, "",
)  # fmt: skip


def add(session: Session, code: str, name: str, parent: str = "", **more: object) -> None:
    facts = replace(NEW, code=code, name=name, parent_code=parent, **more)
    directory.add(session, facts, OFFICER, WORKING_DAY)


def last_entry(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def found(session: Session, sought: Sought, today: date = TODAY) -> list[tuple[str, int]]:
    lines = directory.seek(directory.all_units(session), sought, today)
    return [(line.unit.code, line.depth) for line in lines]


# --- looking --------------------------------------------------------------------------------------


def test_the_tree_is_as_deep_as_the_units_say(session: Session) -> None:
    add(session, "XA-1", "Xã Đông Thái", "HU-AB")
    add(session, "AP-1", "Ấp Kinh Làng", "XA-1")
    add(session, "TO-1", "Tổ 1", "AP-1")
    lines = found(session, Sought())
    at = lines.index(("HU-AB", 0))
    below = [("TT-AB", 1), ("XA-1", 1), ("AP-1", 2), ("TO-1", 3)]
    assert lines[at : at + 5] == [("HU-AB", 0), *below]
    assert len(lines) == 115


def test_search_is_without_accents_and_tells_who_is_above(session: Session) -> None:
    add(session, "XA-1", "Xã Đông Thái", "HU-AB")
    (line,) = directory.seek(directory.all_units(session), Sought("dong thai"), TODAY)
    assert (line.unit.code, line.above) == ("XA-1", ("Huyện ủy An Biên",))
    assert found(session, Sought("đồng thải xa-1")) == [("XA-1", 0)]
    assert found(session, Sought("rach gia", group="ban_dang")) == []


def test_names_are_in_vietnamese_order(session: Session) -> None:
    for code, name in (("B", "Xã Đá Bạc"), ("C", "Xã Ea"), ("A", "Xã Dương Hòa")):
        add(session, code, name, "HU-AB")
    named = [code for code, _ in found(session, Sought("", "ban_dang", by_name=True))]
    assert [code for code in named if len(code) == 1] == ["A", "B", "C"]
    official = [code for code, _ in found(session, Sought("", "ban_dang"))]
    assert official[-3:] == ["B", "C", "A"]


def test_units_that_have_ended_are_found_when_asked_for(session: Session) -> None:
    ended = replace(directory.find_unit(session, "TU-HT"), valid_to=date(2021, 6, 30))
    directory.change(session, replace(ended, successor_code="TU-RG"), OFFICER, WORKING_DAY)
    assert last_entry(session).act == "unit.retired"
    assert ("TU-HT", 0) not in found(session, Sought())
    assert found(session, Sought(validity="ended")) == [("TU-HT", 0)]
    assert ("TU-HT", 0) in found(session, Sought(validity="all"))
    assert ("TU-HT", 0) in found(session, Sought(), date(2021, 6, 30))


# --- acts -----------------------------------------------------------------------------------------


def test_a_new_unit_stands_last_and_its_address_is_not_in_the_log(session: Session) -> None:
    add(session, "XA-1", "Xã Đông Thái", "HU-AB")
    unit = directory.find_unit(session, "XA-1")
    assert (unit.position, unit.email) == (113, "xa1@kiengiang.example.vn")
    entry = last_entry(session)
    assert (entry.act, entry.subject) == ("unit.added", "unit:XA-1")
    assert "kiengiang.example" not in json.dumps(entry.details)


def test_a_change_is_logged_with_what_there_was_before(session: Session) -> None:
    before = directory.find_unit(session, "TU-RG")
    after = replace(before, name="Thành ủy Rạch Giá (mới)", email="moi@kiengiang.example.vn")
    directory.change(session, after, OFFICER, WORKING_DAY)
    assert last_entry(session).details["before"]["name"] == "Thành ủy Rạch Giá"
    assert "moi@" not in json.dumps(last_entry(session).details)
    lines = directory.seek(directory.all_units(session), Sought("rach gia moi"), TODAY)
    assert [line.unit.code for line in lines] == ["TU-RG"]
    directory.change(session, replace(after, email=""), OFFICER, WORKING_DAY)
    assert directory.find_unit(session, "TU-RG").email == ""


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"parent_code": "KHONG-CO"}, "unit_parent"),
        ({"parent_code": "HU-AB"}, "unit_parent"),
        ({"parent_code": "XA-1"}, "unit_parent"),
        ({"successor_code": "HU-AB"}, "unit_successor"),
        ({"successor_code": "KHONG-CO"}, "unit_successor"),
        ({"valid_from": date(2021, 7, 1), "valid_to": date(2021, 6, 30)}, "unit_validity"),
    ],
)
def test_a_unit_stands_neither_below_itself_nor_below_nothing(
    session: Session, changes: dict[str, object], problem: str
) -> None:
    add(session, "XA-1", "Xã Đông Thái", "HU-AB")
    unit = replace(directory.find_unit(session, "HU-AB"), **changes)
    with pytest.raises(Problem, match=problem):
        directory.change(session, unit, OFFICER, WORKING_DAY)


def test_a_code_is_given_once(session: Session) -> None:
    with pytest.raises(Problem, match="unit_code_taken"):
        add(session, "TU-RG", "Đơn vị khác")


# --- contacts -------------------------------------------------------------------------------------


def test_contacts_are_kept_and_erased_and_the_log_knows_nothing_of_them(session: Session) -> None:
    person = ContactFacts("Cán bộ phụ trách", "", "a@example.vn", "0297 123", date(2022, 1, 1))
    directory.add_contact(session, "TU-RG", person, OFFICER, WORKING_DAY)
    ((contact_id, kept),) = directory.contacts(session, "TU-RG").items()
    assert kept == person
    changed = replace(person, phone="0297 456")
    directory.change_contact(session, "TU-RG", contact_id, changed, OFFICER, WORKING_DAY)
    assert last_entry(session).details["fields"] == ["phone"]
    with pytest.raises(Problem, match="contact_unknown"):
        directory.find_contact(session, "TU-HT", contact_id)
    directory.remove_contact(session, "TU-RG", contact_id, OFFICER, WORKING_DAY)
    assert directory.contacts(session, "TU-RG") == {}
    logged = json.dumps([entry.details for entry in session.scalars(select(AuditEntry))])
    assert "0297" not in logged
    assert "a@example.vn" not in logged
