"""Reports beside others on the board: figures, and the warnings of a round."""

from __future__ import annotations

from flask import Flask

from models.database import transaction
from tests.services.test_correcting import give_back
from tests.services.test_figures import give_figures, odd
from tests.views.board_members import signed_in
from tests.views.page_check import check_page
from tests.views.test_board import row, send


def test_figures_beside_the_round_before_and_the_group(app: Flask) -> None:
    send(app, "TU-RG", answers={"tong_dv": 12345})
    send(app, "TU-HT", answers={"tong_dv": 100})
    client = signed_in(app, "viewer")
    assert "/ban/kh46/dot1/TU-RG/doi-chieu" in client.get("/ban/kh46/dot1/TU-RG").text
    page = client.get("/ban/kh46/dot1/TU-RG/doi-chieu").text
    check_page(page)
    assert "12.345 ngoài khoảng" in row(page, "12.345")
    assert "100 (n = 1) 100 – 100" in row(page, "12.345")


def test_a_unit_that_has_not_sent_has_no_figures(app: Flask) -> None:
    answer = signed_in(app, "viewer").get("/ban/kh46/dot1/TU-RG/doi-chieu")
    assert answer.status_code == 409
    check_page(answer.text)


def test_the_warnings_of_a_round(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        odd(session, "TU-RG")
        odd(session, "HU-AB", "Có người <b>tự</b> nghiên cứu")
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/dot1/canh-bao").text
    check_page(page)
    assert "2 cảnh báo" in page
    assert "Có người &lt;b&gt;tự" in row(page, "HU-AB")
    nothing = client.get("/ban/kh46/dot1/canh-bao?q=khong co gi nhu vay").text
    check_page(nothing)
    assert "Không có báo cáo nào" in nothing


def test_warnings_of_returned_reports_are_marked_and_counted_apart(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        odd(session, "TU-RG")
        odd(session, "HU-AB")
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/dot1/canh-bao").text
    assert "trả lại" not in page.partition("<h1>")[2].lower()
    with app.app_context(), transaction() as session:
        give_back(session)
    page = client.get("/ban/kh46/dot1/canh-bao").text
    check_page(page)
    assert "2 cảnh báo; chưa giải thích: 0; của báo cáo đang trả lại: 1" in page
    assert "Trang tính 15 của tệp tổng hợp không có" in page
    assert "Trả lại" in row(page, "TU-RG")
    assert "Trả lại" not in row(page, "HU-AB")


def test_the_page_of_warnings_has_statistics_with_their_rules(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        give_figures(session)
        odd(session, "SN-SYT")
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/dot1/canh-bao").text
    check_page(page)
    said = row(page, "9.000 cao hơn nhiều")
    assert "Khác xa trong khối" in said
    assert "Tổng số đảng viên" in said
    assert "Lượt người dự ít hơn số người được quán triệt" in row(page, "SN-SYT")
    assert "Điểm z hiệu chỉnh lớn hơn 3,5" in page
    assert "không phải là sai" in page
    english = client.get("/ban/kh46/dot1/canh-bao?lang=en").text
    check_page(english)
    assert "9,000 is much more" in english
