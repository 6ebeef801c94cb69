"""A unit's way from the code in a letter to its second receipt, without scripts."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from language.codes import show_code
from tests.stored import UNIT_NAME, open_round, revisions, sent_answers
from tests.visitor import Page, Visitor, plausible

PDF = b"%PDF-1.7\n"


def test_a_unit_fills_sends_and_corrects_its_report(app: Flask, client: FlaskClient) -> None:
    visitor = Visitor(client)
    code = open_round(app)
    overview = type_the_code(visitor, code)
    fill_two_sections(visitor, overview)
    first = go_on_and_send(app, visitor, code)
    second = correct(app, visitor, code)
    links = dict(visitor.open(f"/{code}").links)
    assert {first.address, second.address} <= set(links)


def type_the_code(visitor: Visitor, code: str) -> Page:
    """Type the code into the home page as the letter has it, in groups of four."""
    home = visitor.open("/")
    slip = visitor.submit(home.form, {"code": show_code(code)[:-1] + "?"})
    assert slip.status == 422
    overview = visitor.follow(visitor.submit(slip.form, {"code": show_code(code).upper()}))
    assert UNIT_NAME in overview.text
    assert "còn 3 ngày" in overview.text
    return overview


def fill_two_sections(visitor: Visitor, overview: Page) -> None:
    """Fill two sections, the second with a mistake and at first a document too few."""
    page = visitor.open(overview.link("I. Thông tin chung"))
    page = visitor.follow(visitor.send(page, "save", plausible(page.form)))
    typed = {**plausible(page.form), "van_ban-0-ngay_van_ban": "31/6/2021"}
    page = visitor.follow(visitor.send(page, "add:van_ban", typed))
    second = {
        "van_ban-1-loai_van_ban": "cong_van",
        "van_ban-1-so_van_ban": "7-CV/TU",
        "van_ban-1-ngay_van_ban": "2-7-2021",
    }
    page = visitor.follow(visitor.send(page, "save", second))
    assert list(page.summary) == ["#q-van_ban-0-ngay_van_ban"]
    page = visitor.follow(visitor.send(page, "save", {"van_ban-0-ngay_van_ban": "30/6/2021"}))
    assert "III. Số cuộc" in page.text


def go_on_and_send(app: Flask, visitor: Visitor, code: str) -> Page:
    """Go on another day where the first one stopped, and send."""
    overview = visitor.open(f"/{code}")
    assert overview.html.count("state-complete") == 2
    assert visitor.open(overview.link("Kiểm tra lại và gửi")).forms == []
    page = visitor.open(overview.link("III. Số cuộc"))
    while page.address != f"/{code}/kiem-tra":
        files = {"tep_bao_cao": (PDF, "Báo cáo.pdf")} if page.address.endswith("dinh_kem") else {}
        page = visitor.follow(visitor.send(page, "save", {**plausible(page.form), **files}))
    assert "Công văn" in page.text
    receipt = visitor.follow(visitor.send(page))
    assert "Biên nhận điện tử" in receipt.text
    assert visitor.open(receipt.link("Báo cáo.pdf")).response.data == PDF
    documents = sent_answers(app)["van_ban"]
    assert [row["so_van_ban"] for row in documents] == ["Đúng kế hoạch", "7-CV/TU"]
    assert documents[1]["ngay_van_ban"] == "2021-07-02"
    return receipt


def correct(app: Flask, visitor: Visitor, code: str) -> Page:
    """Correct a figure on the whole form and send it again."""
    page = visitor.open(visitor.open(f"/{code}").link("Toàn bộ biểu mẫu"))
    wrong = visitor.send(page, "submit", {"tong_dv": "1.300"})
    assert wrong.asked_more == ["#q-ly_do_chua_du"]
    reason = {"ly_do_chua_du": "Còn 66 đảng viên đi biển."}
    receipt = visitor.follow(visitor.send(wrong, "submit", reason))
    assert [revision.number for revision in revisions(app)] == [1, 2]
    assert sent_answers(app)["ty_le_qt_dv"] == "94.9"
    return receipt


def test_a_unit_reports_a_difficulty_at_any_time(app: Flask, client: FlaskClient) -> None:
    visitor = Visitor(client)
    code = open_round(app)
    page = visitor.open(visitor.open(f"/{code}").link("Phản ánh khó khăn"))
    values = {**plausible(page.form), "linh_vuc": ["ky_thuat", "khac"], "linh_vuc_khac": ""}
    wrong = visitor.send(page, "submit", values)
    assert wrong.asked_more == ["#q-linh_vuc_khac"]
    receipt = visitor.follow(visitor.send(wrong, "submit", {"linh_vuc_khac": "Sóng điện thoại"}))
    assert "Sóng điện thoại" in receipt.text
    assert sent_answers(app)["linh_vuc"] == ["ky_thuat", "khac"]
    assert visitor.open(f"/{code}").html.count("state-empty") == 9
