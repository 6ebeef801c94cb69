"""The difficulties desk as officers, viewers and units see it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from services import assignments, campaigns
from tests.factories import unit_link
from tests.stored import open_round, writing
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from tests.views.test_board import row, send

REPORTED = {"linh_vuc": ["dich_benh"], "muc_do": "khan", "noi_dung": "Thiếu <b>máy chiếu"}


def test_a_difficulty_is_answered_and_the_unit_sees_it(app: Flask) -> None:
    receipt = send(app, "TU-RG", "kho_khan", REPORTED)
    client = signed_in(app, "officer")
    address = f"/ban/kh46/kho_khan/TU-RG/xu-ly/{receipt}"
    page = client.get(address)
    check_page(page.text)
    assert "Thiếu &lt;b&gt;máy chiếu" in page.text
    data = {
        "csrf_token": token(page),
        "state": "new",
        "category": "dich_benh",
        "owner": "officer@ban.example",
        "note": "",
        "answer": "Ban sẽ cấp <b>máy</b>.",
    }
    answer = client.post(address, data=data, follow_redirects=True)
    check_page(answer.text)
    assert "Đã gửi trả lời cho đơn vị." in answer.text
    queue = client.get("/ban/kh46/kho_khan?state=answered").text
    check_page(queue)
    assert "Đã trả lời" in row(queue, "TU-RG")
    code = open_round(app, "kho_khan", closes_at=None)
    seen = app.test_client().get(f"/{code}/bien-nhan/{receipt}").text
    check_page(seen)
    assert "Ban sẽ cấp &lt;b&gt;máy&lt;/b&gt;." in seen


def test_links_of_units_that_were_withdrawn_are_not_offered(app: Flask) -> None:
    send(app, "TU-HT", "kho_khan", REPORTED)
    client = signed_in(app, "officer")
    before = client.get("/ban/kh46/kho_khan?q=thanh+uy").text
    with writing(app) as session:
        asked = campaigns.find_round(session, "kho_khan")
        gone, stays = (unit_link(session, "kho_khan", code).code for code in ("TU-RG", "TU-HT"))
        assignments.withdraw(session, asked, ["TU-RG"], "Sáp nhập", "x", datetime.now(UTC))
    after = client.get("/ban/kh46/kho_khan?q=thanh+uy").text
    assert gone in before
    assert gone not in after
    assert stays in after


def test_what_cannot_be_noted_is_still_there(app: Flask) -> None:
    receipt = send(app, "TU-RG", "kho_khan", REPORTED)
    client = signed_in(app, "officer")
    address = f"/ban/kh46/kho_khan/TU-RG/xu-ly/{receipt}"
    found = token(client.get(address))
    data = {"csrf_token": found, "state": "khac", "answer": "Đã gõ rất lâu"}
    answer = client.post(address, data=data)
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Đã gõ rất lâu" in answer.text


def test_a_viewer_reads_and_changes_nothing(app: Flask) -> None:
    receipt = send(app, "TU-RG", "kho_khan", {**REPORTED, "dien_thoai": "0912345678"})
    client = signed_in(app, "viewer")
    address = f"/ban/kh46/kho_khan/TU-RG/xu-ly/{receipt}"
    page = client.get(address)
    check_page(page.text)
    assert "<textarea" not in page.text
    assert "0912345678" not in page.text
    assert client.post(address, data={"csrf_token": token(page)}).status_code == 403


def test_what_is_not_there_is_refused(app: Flask) -> None:
    receipt = send(app, "TU-RG", "kho_khan", REPORTED)
    client = signed_in(app, "officer")
    for address in (f"TU-HT/xu-ly/{receipt}", "TU-RG/xu-ly/khong-co"):
        answer = client.get(f"/ban/kh46/kho_khan/{address}")
        assert answer.status_code == 404
        check_page(answer.text)
