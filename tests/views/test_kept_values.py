"""What the server itself answers: it reads back exactly, however often a report is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from flask import Flask

from services import definitions
from tests.stored import open_round, revisions, writing
from tests.views.board_members import signed_in
from tests.views.taken import take_workbook
from tests.visitor import Page, Visitor

FORM = """
| survey | type | name | label | read_only | default | trigger | calculation | appearance |
| | integer | so | Số | | | | | |
| | decimal | gia | Giá | | | | | |
| | start | bat_dau | | | | | | |
| | date | ngay | Ngày | yes | today() | | | |
| | dateTime | luc | Lúc | yes | now() | | | |
| | date | thang | Tháng | yes | today() | | | month-year |
| | decimal | phan | Phần | yes | 1234,5 | | | |
| | date | han | Hạn | yes | 31/8/2021 | | | |
| | select_multiple cach | cach | Cách | yes | hop loa | | | |
| | geopoint | noi | Nơi | yes | 10.5, 105.25 | | | |
| | hidden | luc_an | | | now() | | | |
| | integer | nghin | Nghìn | yes | | ${so} | ${so} * 1000 | |
| | decimal | tam | Chia tám | yes | | ${so} | ${so} div 8 | |
| | date | doi | Ngày đổi | yes | | ${so} | now() | |
| | dateTime | luc_doi | Lúc đổi | yes | | ${so} | now() | |
| | time | gio_doi | Giờ đổi | yes | | ${so} | now() | |
| | calculate | lan | Lần | | | ${so} | ${so} div 8 | |
| | calculate | mot_lan | Một lần | | | | once(${so} div 8) | |
| | dateTime | luc_mot | Lúc | | | | once(now()) | |
| | calculate | ma | Mã | | | | once(random()) | |
| | calculate | sau | Sau | | | ${nghin} | ${nghin} + 1 | |
| | begin repeat | lap | Lặp | | | | | |
| | integer | trong | Trong | | | | | |
| | date | ngay_lap | Ngày lặp | yes | today() | | | |
| | decimal | phan_lap | Phần lặp | yes | 1234,5 | | | |
| | dateTime | luc_lap | Lúc lặp | yes | | ${trong} | now() | |
| | end repeat | | | | | | | |
| choices | list_name | name | label |
| | cach | hop | Họp |
| | cach | loa | Loa |
| settings | form_title | form_id | version |
| | Báo cáo | bao_cao_dot_1 | 2 |
"""
COUNTED = """
| survey | type | name | label | read_only | default | repeat_count |
| | integer | so | Số | | | |
| | begin repeat | lap | Lặp | | | 2 |
| | date | ngay_lap | Ngày lặp | yes | today() | |
| | text | loai | Loại | yes | a | |
| | end repeat | | | | | |
| settings | form_title | form_id | version |
| | Báo cáo | bao_cao_dot_1 | 3 |
"""
TYPED = {"so": "12.345", "gia": "1234", "lap-0-trong": "5"}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


def publish(app: Flask, form: str) -> str:
    with writing(app) as session:
        definitions.publish(session, form.strip().encode(), "bao_cao.md", datetime.now(UTC))
    return open_round(app)


def sent(app: Flask) -> list[dict[str, Any]]:
    return [json.loads(revision.answers) for revision in revisions(app)]


def send(visitor: Visitor, address: str, changes: dict[str, str] | None = None) -> Page:
    receipt = visitor.follow(visitor.send(visitor.open(address), "submit", changes))
    assert receipt.status == 200
    return receipt


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_report_that_is_sent_again_says_the_same(app, visitor, language):
    address = f"/{publish(app, FORM)}?lang={language}"
    send(visitor, address, TYPED)
    send(visitor, address)
    draft = visitor.send(visitor.open(address), "save")
    visitor.follow(draft)
    send(visitor, address)
    # Nothing reads back as anything else: what says the same is no new revision.
    [first] = sent(app)
    assert first["nghin"] == 12345000
    assert first["tam"] == first["lan"] == first["mot_lan"] == "1543.125"
    assert first["sau"] == 12345001
    assert first["gia"] == "1234"
    assert first["phan"] == first["lap"][0]["phan_lap"] == "1234.5"
    assert first["han"] == "2021-08-31"
    assert first["cach"] == ["hop", "loa"]
    assert first["noi"] == "10.5 105.25 0 0"
    today = datetime.fromisoformat(first["bat_dau"]).date().isoformat()
    assert today == first["ngay"] == first["doi"] == first["lap"][0]["ngay_lap"]
    for name in ("luc", "luc_an", "luc_doi", "luc_mot"):
        assert first[name].startswith(f"{today}T"), name
    assert "T" not in first["gio_doi"]
    assert first["luc_doi"].endswith(first["gio_doi"])


def test_what_the_server_answers_is_shown_as_people_write_it(app, visitor):
    page = visitor.open(f"/{publish(app, FORM)}")
    assert page.status == 200
    assert page.typed("phan") == "1.234,5"
    assert page.typed("han") == "31/8/2021"
    assert page.typed("noi") == "10.5, 105.25"
    assert page.typed("lap-0-phan_lap") == "1.234,5"
    assert page.typed("lap-0-ngay_lap") == page.typed("ngay") != ""
    assert len(page.typed("thang").split("/")) == 2


def test_a_new_instance_does_not_show_what_stands_in_the_first(app, visitor):
    address = f"/{publish(app, FORM)}"
    page = visitor.open(address)
    more = visitor.follow(visitor.send(page, "add:lap", TYPED))
    assert more.typed("lap-0-luc_lap") != ""
    assert more.typed("lap-1-luc_lap") == ""
    assert more.typed("lap-1-phan_lap") == "1.234,5"
    assert more.typed("lap-1-ngay_lap") != ""


def test_instances_that_the_form_counts_hold_their_defaults(app, visitor):
    address = f"/{publish(app, COUNTED)}"
    send(visitor, address, {"so": "1"})
    send(visitor, address)
    [first] = sent(app)
    assert [row["loai"] for row in first["lap"]] == ["a", "a"]
    assert first["lap"][0]["ngay_lap"] == first["lap"][1]["ngay_lap"] != ""


def test_the_workbook_holds_what_the_server_answered(app, visitor, tmp_path):
    address = f"/{publish(app, FORM)}"
    send(visitor, address, TYPED)
    send(visitor, address)
    answer = take_workbook(signed_in(app, "viewer"))
    assert answer.status_code == 200
    (tmp_path / "tong-hop.xlsx").write_bytes(answer.data)
    book = openpyxl.load_workbook(tmp_path / "tong-hop.xlsx")
    sheet = next(s for s in book.worksheets if s.title.startswith("16."))
    names, *rows = sheet.iter_rows(values_only=True)
    row = next(dict(zip(names, row, strict=True)) for row in rows if row[names.index("so")])
    assert (row["nghin"], row["tam"]) == (12345000, 1543.125)
    assert isinstance(row["luc_doi"], datetime)
