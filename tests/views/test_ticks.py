"""Exemplary rows: officers tick them on a page, the workbook marks them, viewers see it."""

from __future__ import annotations

import json
import re
from io import BytesIO

from flask import Flask
from openpyxl import load_workbook

from models.database import transaction
from services import consolidation
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from views.workbook import make_workbook

ADDRESS = "/ban/kh46/dot1/tieu-bieu"
MODELS = [
    {"ten_mo_hinh": "Đố vui <b>trực tuyến", "mo_ta_mo_hinh": "Mỗi tuần một câu hỏi"},
    {"ten_mo_hinh": "Loa phát thanh", "mo_ta_mo_hinh": "Phát mỗi sáng"},
]


def send(app: Flask, models: list[dict[str, str]], base_revision: int = 0) -> None:
    answers = json.dumps({"co_sang_tao": "co", "mo_hinh": models})
    with app.app_context(), transaction() as session:
        link = unit_link(session, "dot1", "TU-RG")
        send_report(session, link, answers=answers, base_revision=base_revision)


def ids(page: str) -> dict[str, str]:
    """Return the rows that can be ticked, by their name."""
    found = re.findall(r'name="ticked" value="([^"]*)"[^>]*><label[^>]*><strong>([^<]*)<', page)
    return {name: id_ for id_, name in found}


def marked(app: Flask) -> dict[str, str | None]:
    """Return what the workbook says in the column of ticks, by the name of the row."""
    with app.app_context(), transaction() as session:
        collected = consolidation.collect(session, "kh46", WORKING_DAY)
    sheet = load_workbook(BytesIO(make_workbook(collected)))["9. Mô hình sáng tạo"]
    rows = list(sheet.iter_rows(values_only=True))
    head = next(row for row in rows if "Tiêu biểu" in row)
    names = {model["ten_mo_hinh"] for model in MODELS}
    name, tick = head.index("Tên gọi"), head.index("Tiêu biểu")
    return {row[name]: row[tick] for row in rows if row[name] in names}


def test_what_is_ticked_is_marked_in_the_workbook(app: Flask) -> None:
    send(app, MODELS)
    officer = signed_in(app, "officer")
    page = officer.get(ADDRESS)
    check_page(page.text)
    found = ids(page.text)
    assert list(found) == ["Đố vui &lt;b&gt;trực tuyến", "Loa phát thanh"]
    ticked = found["Loa phát thanh"]
    data = {"csrf_token": token(page), "ticked": [ticked, "1:mo_hinh/tieu_bieu:none", "x"]}
    answer = officer.post(ADDRESS, data=data, follow_redirects=True)
    check_page(answer.text)
    assert "Đã thay đổi 1 đánh dấu." in answer.text
    assert re.search(rf'value="{ticked}" id="[^"]*" checked', answer.text)
    assert marked(app) == {"Đố vui <b>trực tuyến": None, "Loa phát thanh": "x"}


def test_ticks_of_others_stay_and_ones_own_can_be_taken_back(app: Flask) -> None:
    send(app, MODELS)
    officer, other = signed_in(app, "officer"), signed_in(app, "admin")
    page = officer.get(ADDRESS)
    first, second = ids(page.text).values()
    other.post(ADDRESS, data={"csrf_token": token(other.get(ADDRESS)), "ticked": first})
    officer.post(ADDRESS, data={"csrf_token": token(page), "ticked": second})
    assert set(marked(app).values()) == {"x"}
    back = {"csrf_token": token(officer.get(ADDRESS)), "seen": [first, second], "ticked": second}
    officer.post(ADDRESS, data=back)
    assert list(marked(app).values()) == [None, "x"]


def test_a_corrected_row_is_no_longer_ticked(app: Flask) -> None:
    send(app, MODELS)
    officer = signed_in(app, "officer")
    page = officer.get(ADDRESS)
    data = {"csrf_token": token(page), "ticked": list(ids(page.text).values())}
    officer.post(ADDRESS, data=data)
    send(app, [{**MODELS[0], "mo_ta_mo_hinh": "Mỗi tháng một câu hỏi"}, MODELS[1]], 1)
    assert list(marked(app).values()) == [None, "x"]


def test_viewers_see_ticks_and_cannot_change_them(app: Flask) -> None:
    send(app, MODELS)
    viewer = signed_in(app, "viewer")
    page = viewer.get(ADDRESS)
    check_page(page.text)
    assert "Loa phát thanh" in page.text
    assert 'type="checkbox"' not in page.text
    assert viewer.post(ADDRESS, data={"ticked": "1"}).status_code in {400, 403}


def test_a_public_round_has_nothing_to_tick(app: Flask) -> None:
    answer = signed_in(app, "officer").get("/ban/kh46/phan_hoi/tieu-bieu")
    assert answer.status_code == 404


def test_a_round_without_reports_says_so(app: Flask) -> None:
    page = signed_in(app, "officer").get(ADDRESS).text
    check_page(page)
    assert "Chưa có." in page
