"""A form with every type and appearance, filled in and read back without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from forms.compile import compile_form
from services import definitions
from tests.forms.forms import KITCHEN_SINK
from tests.stored import open_round, public_code, sent_answers, writing
from tests.visitor import Page, Visitor, plausible

ANSWERS: dict[str, str | list[str]] = {
    "ma_so": "0123",
    "so_nguoi": "12.345",
    "dien_tich": "10,5",
    "diem": "7",
    "ty_le": "75",
    "ngay": "31/8/2021",
    "thang": "8/2021",
    "nam": "1975",
    "gio": "8h30",
    "luc": "31/8/2021 17:00",
    "noi": "10.0125, 105.0809",
    "huyen": "an_bien",
    "xa": "tay_yen",
    "cach": ["hop", "other"],
    "cach_other": "Nhóm nội bộ",
    "uu_tien": ["kinh_phi", "nhan_luc", "tai_lieu"],
    "so_to": "2",
    "cac_to-0-to_truong": "Thị Bé",
    "cac_to-1-so_ho": "45",
    "c_tt_cb": "1.200",
    "c_ol_cb": "3",
    "c_tt_hn": "34",
    "c_ol_hn": "0",
    "l_cb": "25000",
    "l_hn": "0",
    "g_cb": "Hai đợt",
    "van_ban-0-so_vb": "125-BC/BTGHU",
}
TELLING = re.compile(r"\|\s*\|\s*(geopoint|file|image)\s*\|")
NOT_TYPED = ("note", "calculate", "hidden")


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Return a visitor of an installation whose forms are the kitchen sink.

    Participants are not asked what may tell who or where they are.
    """
    source = KITCHEN_SINK.read_text(encoding="utf-8")
    anonymous = "".join(
        row
        for row in source.replace("bao_cao_dot_1", "khao_sat_phan_hoi").splitlines(keepends=True)
        if not TELLING.match(row)
    )
    with writing(app) as session:
        for text in (source, anonymous):
            definitions.publish(session, text.encode(), KITCHEN_SINK.name, datetime.now(UTC))
    return Visitor(app.test_client())


@pytest.fixture
def address(app: Flask, visitor: Visitor) -> str:
    """Return where the whole form stands."""
    return f"/{open_round(app)}?all=1"


def says(page: Page, words: str) -> bool:
    """Whether a page says something; between cells of a table its text has no blanks."""
    return "".join(words.split()) in "".join(page.text.split())


def filled(visitor: Visitor, address: str, **changes: str | None) -> Page:
    """Save the answers twice, since some questions come up only then; return the page."""
    for _ in range(2):
        page = visitor.open(address)
        values = {**plausible(page.form), **ANSWERS, **changes}
        visitor.follow(visitor.send(page, "save", values))
    return visitor.open(address)


def test_every_question_that_can_be_typed_is_on_the_page(visitor: Visitor, address: str) -> None:
    form = visitor.open(address).form
    asked = {name.rpartition("-")[2] for name in form.names() | form.names(shown=False)}
    questions = compile_form(KITCHEN_SINK.read_bytes(), KITCHEN_SINK.name).definition.questions
    typed = {q.name for q in questions if q.type not in NOT_TYPED and not q.is_computed}
    assert typed - asked == {"dau", "to_truong", "so_ho"}


def test_what_is_saved_stands_there_again(visitor: Visitor, address: str) -> None:
    page = filled(visitor, address)
    values = page.form.values()
    shown = {**ANSWERS, "so_nguoi": "12.345", "gio": "8h30"}
    for name, typed in shown.items():
        assert values[name] == ([typed] if isinstance(typed, str) else typed), name
    assert "Tổng số trang: 1" in page.text
    assert 'value="1.176"' in page.html


def test_what_is_sent_is_kept_and_shown_as_it_was_asked(
    app: Flask, visitor: Visitor, address: str
) -> None:
    page = filled(visitor, address)
    sent = visitor.follow(visitor.send(page, "submit", plausible(page.form)))
    answers = sent_answers(app)
    assert answers["uu_tien"] == ["kinh_phi", "nhan_luc", "tai_lieu"]
    assert answers["thang"] == "2021-08-01"
    assert answers["luc"] == "2021-08-31T17:00"
    assert answers["mat_do"] == 1176
    assert answers["nguon"] == "web"
    for words in (
        "Ngày họp 31/8/2021",
        "Tháng báo cáo 8/2021",
        "Năm thành lập 1975",
        "Giờ bắt đầu 08:30",
        "Kết thúc lúc 17:00 ngày 31/8/2021",
        "Tọa độ nơi họp 10.0125, 105.0809",
        "Xã Tây Yên",
        "Cách làm Họp; Khác",
        "Nhóm nội bộ",
        "1. Kinh phí 2. Nhân lực 3. Tài liệu",
        "Điểm quy đổi 70",
        "Họp chi bộ 1.200 3 25.000 Hai đợt",
        "Tổng cộng 1.234 3 25.000 nhiều",
    ):
        assert says(sent, words), words
    again = visitor.open(address)
    assert again.typed("luc") == "31/8/2021 17:00"
    assert again.form.values()["uu_tien"] == answers["uu_tien"]


def test_a_choice_that_no_longer_fits_is_said_and_not_sent_again(
    visitor: Visitor, address: str
) -> None:
    page = filled(visitor, address)
    wrong = visitor.send(page, "submit", {**plausible(page.form), "huyen": "an_minh"})
    assert wrong.status == 422
    assert "Xã: Phương án đã chọn không còn phù hợp" in " ".join(wrong.summary.values())
    assert "xa" not in wrong.form.values()
    shown = {control.value for control in wrong.form.named("xa") if control.shown}
    assert shown == {"dong_hoa"}


def test_an_error_in_a_table_names_its_row(visitor: Visitor, address: str) -> None:
    page = filled(visitor, address)
    wrong = visitor.send(page, "submit", {**plausible(page.form), "c_tt_cb": "-1"})
    assert wrong.summary == {
        "#q-c_tt_cb": "Họp chi bộ, Số cuộc: trực tiếp: Họp chi bộ: từ 0 trở lên."
    }


def test_rows_that_are_not_asked_are_left_out_of_the_table(visitor: Visitor, address: str) -> None:
    page = filled(visitor, address, so_nguoi="0")
    sent = visitor.follow(visitor.send(page, "submit", plausible(page.form)))
    assert "Hội nghị, hội thảo, tọa đàm" not in sent.text
    assert says(sent, "Tổng cộng 1.200 3 25.000 nhiều")


def test_a_public_form_gets_more_answers_without_scripts(app: Flask, visitor: Visitor) -> None:
    page = visitor.open(f"/{public_code(app)}")
    values = {**page.form.values(), "van_ban-0-so_vb": "một"}
    more = visitor.send(page, "add:van_ban", values)
    assert more.status == 200
    assert more.typed("van_ban-0-so_vb") == "một"
    assert more.form.named("van_ban-1-so_vb")
    assert not more.summary
    less = visitor.send(more, "remove:van_ban-0", {"van_ban-1-so_vb": "hai"})
    assert not less.form.named("van_ban-0-so_vb")
    assert less.typed("van_ban-1-so_vb") == "hai"
    assert visitor.post(page.form.action, {"action": "add:khong_co"}).status == 400
