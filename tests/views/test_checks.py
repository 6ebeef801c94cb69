"""Checks and the round before: what stands beside a question, and what is asked to be explained."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from services import definitions
from tests.stored import in_days, open_round, revisions, sent_answers, writing
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor, plausible

REASON = "Đợt 2 sinh hoạt đến từng tổ, hội."
INPUT = "explain-cuoc_tang_vot"
WARNING = "tăng hơn 4 lần so với Đợt 1"


@pytest.fixture
def code(app: Flask, visitor: Visitor) -> str:
    """Return the link of a unit to the second round, after it has sent a report to the first."""
    first = open_round(app)
    page = visitor.open(f"/{first}?all=1")
    assert visitor.send(page, "submit", plausible(page.form)).status == 303
    return open_round(app, "dot2")


def odd(app: Flask, visitor: Visitor, code: str) -> tuple[Page, dict[str, Any]]:
    """Open the whole form; return it with answers that are right but odd."""
    page = visitor.open(f"/{code}?all=1")
    many = str(sent_answers(app)["tong_cuoc"] * 5)
    return page, {**plausible(page.form), "cuoc_to_tq": many}


def explanations(app: Flask) -> dict[str, dict[str, str]]:
    """Return what the newest revision keeps of its checks."""
    kept: dict[str, dict[str, str]] = json.loads(revisions(app)[-1].explanations)
    return kept


# --- the round before -----------------------------------------------------------------------------


def test_the_answer_of_the_round_before_stands_beside_the_same_question(visitor, code):
    page = visitor.open(f"/{code}?all=1")
    assert '<p class="previous" id="previous-nguoi_lap">Đợt 1: Đúng kế hoạch</p>' in page.html
    assert 'aria-describedby="error-nguoi_lap previous-nguoi_lap"' in page.html
    assert 'id="previous-thai_do_tiep_thu">Đợt 1: Tốt</p>' in page.html
    assert 'id="previous-tong_cuoc">Đợt 1: 7.404</p>' in page.html


def test_nothing_stands_beside_what_is_given_or_listed_or_says_nothing(visitor, code):
    html = visitor.open(f"/{code}?all=1").html
    for name in ("ten_don_vi", "so_van_ban", "van_ban-0-so_van_ban", "xac_nhan", "tep_bao_cao"):
        assert f"previous-{name}" not in html, name


def test_the_review_shows_it_too_and_a_receipt_does_not(app, visitor, code):
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", plausible(page.form))
    review = visitor.open(f"/{code}/kiem-tra")
    assert '<span class="previous">Đợt 1: Đúng kế hoạch</span>' in review.html
    assert '<span class="previous">Đợt 1: 7.404</span>' in review.html
    receipt = visitor.follow(visitor.send(review))
    assert "Đợt 1" not in receipt.text


def test_the_first_round_and_a_unit_without_a_report_see_nothing(app, visitor):
    assert 'class="previous' not in visitor.open(f"/{open_round(app)}?all=1").html
    assert 'class="previous' not in visitor.open(f"/{open_round(app, 'dot2')}?all=1").html


def test_a_long_answer_is_folded_away(app, visitor):
    first = open_round(app)
    page = visitor.open(f"/{first}?all=1")
    story = "Cấp ủy đã quán triệt. " * 20
    visitor.send(page, "submit", {**plausible(page.form), "mo_ta_qua_trinh": story})
    page = visitor.open(f"/{open_round(app, 'dot2')}/muc/qua_trinh")
    assert "<summary>Đợt 1</summary><p>Cấp ủy đã quán triệt." in page.html
    assert "previous-mo_ta_qua_trinh" not in page.html


def test_another_type_under_the_same_name_is_not_compared(app, visitor, code):
    form = """
        | survey | type | name | label |
        | | text | tong_cuoc | Số cuộc bằng chữ |
        | | decimal | tong_luot | Lượt người |
        | | integer | nguoi_lap | Số người lập |
        | settings | form_id | form_title | version |
        | | bao_cao_dot_2 | Báo cáo Đợt 2 | 9 |
        """
    with writing(app) as session:
        definitions.publish(session, form.encode(), "form.md", datetime.now(UTC))
    html = visitor.open(f"/{code}?all=1").html
    assert "previous-tong_luot" in html
    assert "previous-tong_cuoc" not in html
    assert "previous-nguoi_lap" not in html


# --- warnings -------------------------------------------------------------------------------------


def test_a_warning_stands_beside_its_question_while_it_holds(app, visitor, code):
    page, values = odd(app, visitor, code)
    assert WARNING not in page.text
    visitor.follow(visitor.send(page, "save", values))
    section = visitor.open(f"/{code}/muc/so_cuoc_nguoi_du")
    assert WARNING in section.text
    assert INPUT in section.form.names()
    assert INPUT not in visitor.open(f"/{code}/muc/tinh_than").form.names()
    usual = visitor.follow(visitor.send(section, "save", {"cuoc_to_tq": "5"}))
    assert WARNING not in visitor.open(f"/{code}/muc/so_cuoc_nguoi_du").text
    assert usual.status == 200


def test_the_review_leads_to_what_is_odd(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", values)
    href = visitor.open(f"/{code}/kiem-tra").link(WARNING)
    address, _, anchor = href.partition("#")
    assert anchor in visitor.open(address).ids


def test_a_check_without_a_question_stands_at_the_end_of_the_whole_form(app, visitor, code):
    form = """
        | survey | type | name | label | calculation | repeat_count |
        | | begin group | g | Nhóm | | |
        | | integer | a | A | | |
        | | calculate | hai | | ${a} * 2 | |
        | | end group | | | | |
        | | begin group | h | Nhóm hai | | |
        | | begin repeat | r | Mục | | |
        | | integer | n | N | | |
        | | end repeat | | | | |
        | | end group | | | | |
        | checks | name | expression | message | explain | question |
        | | lon | ${hai} > 10 | Số gấp đôi là ${hai}. | yes | hai |
        | | muc | sum(${n}) > 10 | Cộng <nhiều>. | | n |
        | | tat_ca | ${a} > 100 | Tất cả đều lớn. | yes | |
        | settings | form_id | form_title | version |
        | | bao_cao_dot_2 | Báo cáo Đợt 2 | 9 |
        """
    with writing(app) as session:
        definitions.publish(session, form.encode(), "form.md", datetime.now(UTC))
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {"a": "1.000", "r-0-n": "11"})
    whole = visitor.open(f"/{code}?all=1")
    assert "Số gấp đôi là 2.000." in whole.text
    assert "Cộng <nhiều>." in whole.text
    assert whole.text.index("Cộng <nhiều>.") < whole.text.index("Tất cả đều lớn.")
    assert {"explain-lon", "explain-tat_ca"} <= whole.form.names()
    section = visitor.open(f"/{code}/muc/g")
    assert "explain-lon" in section.form.names()
    assert "explain-tat_ca" not in section.form.names()
    review = visitor.open(f"/{code}/kiem-tra")
    address, _, anchor = review.link("Số gấp đôi").partition("#")
    assert anchor in visitor.open(address).ids
    asked = visitor.send(review, "submit", {"explain-lon": "Đúng"})
    assert list(asked.summary) == ["#q-explain-tat_ca"]


# --- explanations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["?all=1", "/kiem-tra"])
def test_a_reason_that_is_wanted_is_asked_for_once(app, visitor, code, where):
    page, values = odd(app, visitor, code)
    if where == "/kiem-tra":
        visitor.send(page, "save", values)
        page, values = visitor.open(f"/{code}/kiem-tra"), {}
    asked = visitor.send(page, "submit", values)
    assert asked.status == 422
    assert len(revisions(app)) == 1
    assert list(asked.summary) == [f"#q-{INPUT}"]
    assert f"q-{INPUT}" in asked.ids
    assert "Báo cáo chưa được gửi" in asked.text
    assert visitor.open(f"/{code}?all=1").typed("cuoc_to_tq").replace(".", "") == "37020"

    without = {**asked.form.values(), "page-unexplained": "1"}
    receipt = visitor.follow(visitor.post(asked.form.action, without))
    assert "Chưa giải thích" in receipt.text
    assert explanations(app)["cuoc_tang_vot"]["text"] == ""


def test_a_reason_is_sent_with_the_report_and_shown_with_it(app, visitor, code):
    page, values = odd(app, visitor, code)
    asked = visitor.send(page, "submit", values)
    receipt = visitor.follow(visitor.send(asked, "submit", {INPUT: f"  {REASON}\n\nĐã rà soát. "}))
    kept = explanations(app)
    assert list(kept) == ["cuoc_tang_vot"]
    assert WARNING in kept["cuoc_tang_vot"]["message"]
    assert kept["cuoc_tang_vot"]["text"] == f"{REASON}\n\nĐã rà soát."
    assert WARNING in receipt.text
    assert REASON in receipt.text
    assert "explain" not in revisions(app)[-1].answers

    board = Visitor(signed_in(app, "viewer"))
    report = board.open("/ban/kh46/dot2/TU-RG")
    assert WARNING in report.text
    assert REASON in report.text


def test_a_reason_is_kept_in_the_draft_from_section_to_section(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", values)
    section = visitor.open(f"/{code}/muc/so_cuoc_nguoi_du")
    visitor.send(section, "save", {INPUT: REASON})
    other = visitor.open(f"/{code}/muc/tinh_than")
    visitor.send(other, "save")
    assert visitor.open(f"/{code}/muc/so_cuoc_nguoi_du").typed(INPUT) == REASON
    review = visitor.open(f"/{code}/kiem-tra")
    assert review.typed(INPUT) == REASON
    saved = visitor.follow(visitor.send(review, "save", {INPUT: "Lý do khác."}))
    assert saved.typed(INPUT) == "Lý do khác."
    assert visitor.send(saved).status == 303
    assert explanations(app)["cuoc_tang_vot"]["text"] == "Lý do khác."


def test_a_correction_has_the_reason_of_the_newest_revision_in_it(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.follow(visitor.send(page, "submit", {**values, INPUT: REASON}))
    again = visitor.open(f"/{code}?all=1")
    assert again.typed(INPUT) == REASON
    visitor.follow(visitor.send(again, "submit", {"cuoc_to_tq": "40.000"}))
    kept = explanations(app)["cuoc_tang_vot"]
    assert kept["text"] == REASON
    assert "46.170" in kept["message"]

    usual = visitor.open(f"/{code}?all=1")
    visitor.follow(visitor.send(usual, "submit", {"cuoc_to_tq": "5"}))
    assert explanations(app) == {}
    assert len(revisions(app)) == 4


def test_what_was_said_to_the_unit_stays_when_the_round_before_is_corrected(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "submit", {**values, INPUT: REASON})
    first = open_round(app)
    earlier = visitor.open(f"/{first}?all=1")
    many = {name: ["100.000"] for name in earlier.form.values() if name.startswith("cuoc_tt")}
    visitor.follow(visitor.send(earlier, "submit", many))
    receipt = visitor.open(visitor.open(f"/{code}").link("Biên nhận"))
    assert WARNING in receipt.text
    assert WARNING not in visitor.open(f"/{code}/kiem-tra").text


def test_a_reason_is_kept_in_nfc_and_not_longer_than_half_a_page(app, visitor, code):
    page, values = odd(app, visitor, code)
    long = visitor.send(page, "submit", {**values, INPUT: "Dài " * 300})
    assert long.status == 422
    assert [href.rpartition("#")[2] for href in long.summary] == [f"q-{INPUT}"]
    assert "1.000" in long.text
    assert long.typed(INPUT).startswith("Dài Dài")
    decomposed = unicodedata.normalize("NFD", REASON)
    assert visitor.send(long, "submit", {INPUT: decomposed}).status == 303
    assert explanations(app)["cuoc_tang_vot"]["text"] == REASON


def test_a_wrong_reason_for_what_is_not_odd_keeps_nothing_back(app, visitor, code):
    page = visitor.open(f"/{code}?all=1")
    values = {**plausible(page.form), INPUT: "x" * 2000}
    assert visitor.send(page, "submit", values).status == 303
    assert explanations(app) == {}


def test_a_reason_in_a_closed_round_is_shown_again(app, visitor, code):
    page, values = odd(app, visitor, code)
    open_round(app, "dot2", closes_at=in_days(-1))
    closed = visitor.send(page, "submit", {**values, INPUT: REASON})
    assert closed.status == 410
    assert REASON in closed.text


def test_reasons_have_no_place_in_a_form_that_asks_for_none(app, visitor):
    first = open_round(app)
    page = visitor.open(f"/{first}?all=1")
    sent = visitor.send(page, "submit", {**plausible(page.form), INPUT: REASON})
    assert sent.status == 422
    assert revisions(app) == []


def test_a_script_that_tells_what_was_touched_leaves_the_reason_of_another_page(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", {**values, INPUT: REASON})
    section = visitor.open(f"/{code}/muc/so_cuoc_nguoi_du")
    visitor.send(section, "save", {"page-touched": "cuoc_ol", INPUT: "cũ"})
    assert visitor.open(f"/{code}/muc/so_cuoc_nguoi_du").typed(INPUT) == REASON
    visitor.send(section, "save", {"page-touched": INPUT, "page-seen": "2", INPUT: "Mới."})
    assert visitor.open(f"/{code}/muc/so_cuoc_nguoi_du").typed(INPUT) == "Mới."


def test_a_page_saves_a_reason_by_itself(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", values)
    draft = visitor.open(f"/{code}?all=1").form.values()
    sent = {name: draft[name] for name in ("base", "version", "page-seen")}
    saved = visitor.client.post(f"/{code}/nhap", data={**sent, INPUT: REASON})
    assert saved.status_code == 200
    assert visitor.open(f"/{code}/kiem-tra").typed(INPUT) == REASON


def test_two_reasons_for_the_same_figure_are_chosen_between(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", values)
    mine, theirs = (visitor.open(f"/{code}/muc/so_cuoc_nguoi_du") for _ in range(2))
    visitor.send(theirs, "save", {INPUT: "Lý do của đồng nghiệp."})
    asked = visitor.send(mine, "save", {INPUT: REASON})
    assert asked.status == 409
    assert REASON in asked.text
    assert "Lý do của đồng nghiệp." in asked.text
    visitor.follow(visitor.send(asked, "save", {f"keep-{INPUT}": "mine"}))
    assert visitor.open(f"/{code}/kiem-tra").typed(INPUT) == REASON


def test_a_reason_that_is_changed_after_going_back_is_not_lost(app, visitor, code):
    page, values = odd(app, visitor, code)
    visitor.send(page, "save", values)
    review = visitor.open(f"/{code}/kiem-tra")
    first = visitor.send(review, "submit", {INPUT: REASON})
    assert visitor.send(review, "submit", {INPUT: REASON}).location == first.location
    edited = visitor.send(review, "submit", {INPUT: "Lý do đúng hơn."})
    assert edited.status == 409
    assert "Lý do đúng hơn." in edited.text
    second = visitor.send(edited, "submit", {f"keep-{INPUT}": "mine"})
    assert second.location not in (None, first.location)
    assert explanations(app)["cuoc_tang_vot"]["text"] == "Lý do đúng hơn."

    whole = visitor.open(f"/{code}?all=1")
    same = visitor.send(whole, "submit")
    assert visitor.send(whole, "submit", {INPUT: "Lại khác."}).location != same.location
    assert explanations(app)["cuoc_tang_vot"]["text"] == "Lại khác."
