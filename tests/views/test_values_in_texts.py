"""Texts of a form that name a question: what they say of a choice, on every page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from services import definitions
from tests.stored import open_round, sent_answers, writing
from tests.visitor import Page, Visitor

FORM = """
| survey | type | name | label | calculation | constraint | constraint_message | appearance |
| | begin group | mot | I. Chọn | | | | |
| | select_one muc | danh_gia | Đánh giá | | | | |
| | select_multiple cach | cach | Cách làm | | | | |
| | rank cach | uu_tien | Ưu tiên | | | | |
| | acknowledge | dong_y | Đồng ý | | | | |
| | date | thang | Tháng | | | | month-year |
| | end group | | | | | | |
| | begin group | hai | II. Nói lại | | | | |
| | select_one noi | noi | Nơi | | | | minimal |
| | integer | so | Số lượt khi **${danh_gia}** bằng ${cach} | | . > 0 | "${danh_gia}" mà ${so}? | |
| | note | lai | Xếp ${uu_tien}; xác nhận ${dong_y}; tháng ${thang}; lượt ${so}. | | | | |
| | calculate | ten | Tên trong dữ liệu | ${danh_gia} | | | |
| | end group | | | | | | |
| choices | list_name | name | label |
| | muc | tot | **Tốt** |
| | muc | kem | Kém |
| | cach | hop | Họp |
| | cach | loa | Loa, đài |
| | noi | day | Nơi ${danh_gia} |
| settings | form_title | form_id | version |
| | Báo cáo | bao_cao_dot_1 | 2 |
"""
FIRST = {
    "danh_gia": "tot", "cach": ["hop", "loa"], "uu_tien": ["loa", "hop"], "dong_y": "OK",
    "thang": "8/2021",
}  # fmt: skip
SAID = "Xếp Loa, đài, Họp; xác nhận ✓; tháng 8/2021; lượt"


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    with writing(app) as session:
        definitions.publish(session, FORM.strip().encode(), "bao_cao.md", datetime.now(UTC))
    return Visitor(app.test_client())


@pytest.fixture
def second(app: Flask, visitor: Visitor) -> Page:
    """Return the second section, after the first was answered."""
    code = open_round(app)
    first = visitor.open(f"/{code}/muc/mot")
    visitor.follow(visitor.send(first, "save", FIRST))
    return visitor.open(f"/{code}/muc/hai")


def test_a_text_says_a_choice_by_its_label(second: Page) -> None:
    assert "Số lượt khi Tốt bằng Họp, Loa, đài" in second.text
    assert f"{SAID} –." in second.text


def test_an_expression_sees_the_name_of_a_choice(second: Page) -> None:
    assert "Tên trong dữ liệu: tot" in second.text


def test_what_the_browser_may_have_to_say_holds_what_it_cannot_know(second: Page) -> None:
    assert 'data-message="&#34;Tốt&#34; mà ${so}?"' in second.html


def test_where_no_element_may_stand_a_value_is_text(visitor: Visitor, second: Page) -> None:
    assert '<option value="day">Nơi Tốt</option>' in second.html
    wrong = visitor.follow(visitor.send(second, "save", {"so": "x"}))
    assert "Số lượt khi Tốt bằng Họp, Loa, đài: Nhập số nguyên" in wrong.text
    assert "${" not in wrong.text


def test_an_error_says_a_choice_by_its_label(visitor: Visitor, second: Page) -> None:
    wrong = visitor.follow(visitor.send(second, "save", {"so": "-2"}))
    assert '"Tốt" mà -2?' in wrong.text


def test_the_receipt_says_a_choice_by_its_label(app: Flask, visitor: Visitor, second: Page) -> None:
    review = visitor.follow(visitor.send(second, "save", {"so": "5"}))
    whole = visitor.open(f"/{second.address.split('/')[1]}?all=1")
    receipt = visitor.follow(visitor.send(whole, "submit", {}))
    assert review.status == receipt.status == 200
    assert "Số lượt khi Tốt bằng Họp, Loa, đài" in receipt.text
    assert f"{SAID} 5." in receipt.text
    assert sent_answers(app)["ten"] == "tot"
