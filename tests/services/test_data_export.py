"""The data of a round: everything that was sent, as it was sent, and nothing that identifies."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from exports.records import DataOptions
from models.database import reading, transaction
from models.problems import Problem
from services import data_export, feedback
from services.data_export import DICTIONARY_NAME, DataExport
from tests.factories import WORKING_DAY, public_link, send_report, unit_link

CONTACT = "0912345678"


@pytest.fixture
def sent(app: Flask) -> None:
    """Send a report and its correction, another report, two difficulties and some feedback."""
    with app.app_context(), transaction() as session:
        rach_gia = unit_link(session)
        send_report(session, rach_gia, answers='{"so_hoi_nghi":1}')
        again = unit_link(session)
        later = WORKING_DAY + timedelta(days=1)
        answers = json.dumps({"tong_dv": 5, "dien_thoai": CONTACT})
        send_report(session, again, answers=answers, base_revision=1, now=later)
        send_report(session, unit_link(session, unit_code="HU-AB"))
        for _ in range(2):
            send_report(session, unit_link(session, "kho_khan"), answers='{"noi_dung":"Thiếu"}')
        link = public_link(session)
        for number in range(30):
            given = json.dumps({"muc": number}, separators=(",", ":"))
            feedback.send(session, link, link.form_version_id, given, None, WORKING_DAY)


def collected(session: Session, round_code: str = "dot1", **options: Any) -> DataExport:
    given = DataOptions(**options)
    return data_export.collect(session, "kh46", round_code, given, WORKING_DAY)


def rows(exported: DataExport, table: int = 0) -> list[dict[str, Any]]:
    sheet = exported.sheets[table]
    names = [column.name for column in sheet.columns]
    return [dict(zip(names, row, strict=True)) for row in sheet.rows()]


def test_a_response_is_its_newest_revision(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        first, second = rows(collected(session))
    assert (first["unit_code"], second["unit_code"]) == ("TU-RG", "HU-AB")
    assert (first["revision"], first["tong_dv"], first["late"]) == (2, 5, 0)
    assert first["first_sent_at"] == datetime.fromisoformat("2021-08-20T10:00")
    assert first["sent_at"] == datetime.fromisoformat("2021-08-21T10:00")
    assert first["unit_name"] == "Thành ủy Rạch Giá"


def test_a_unit_may_have_several_difficulties(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        found = rows(collected(session, "kho_khan"))
    assert [row["noi_dung"] for row in found] == ["Thiếu", "Thiếu"]
    assert len({row["key"] for row in found}) == 2


def test_feedback_tells_the_day_and_nothing_finer(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        exported = collected(session, "phan_hoi")
        found = rows(exported)
    assert len(found) == 30
    assert {row["sent_on"] for row in found} == {date(2021, 8, 20)}
    assert [row["key"] for row in found] == list(range(1, 31))
    assert [column.name for column in exported.sheets[0].columns][:4] == [
        "key", "link", "sent_on", "form_version",
    ]  # fmt: skip


def test_the_tables_are_those_of_the_form(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        exported = collected(session)
        names = [sheet.name for sheet in exported.sheets]
        explained = rows(exported, -1)
    assert names[0] == "dot1"
    assert names[-1] == DICTIONARY_NAME
    assert {row["table"] for row in explained} == set(names[:-1])
    assert len(names) > 2
    assert explained[0]["label"] == "Số tiếp nhận"


def test_contacts_are_there_only_when_asked_for(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        assert CONTACT not in str(rows(collected(session)))
        assert CONTACT in str(rows(collected(session, contacts=True)))


def test_labels_may_be_in_english(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        assert collected(session, language="en").sheets[0].columns[2].label == "Unit"


def test_the_manifest_says_what_was_exported(app: Flask, sent: None) -> None:
    with app.app_context(), reading() as session:
        facts = collected(session).facts
    assert (facts["campaign"], facts["round"]) == ("kh46", "dot1")
    assert len(facts["log_head"]) == 64
    assert len(facts["form_versions"]) == 1


def test_a_round_that_is_not_there_is_refused(app: Flask) -> None:
    with app.app_context(), reading() as session, pytest.raises(Problem) as refused:
        collected(session, "dot9")
    assert refused.value.code == "round_unknown"
