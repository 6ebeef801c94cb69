"""How a question is called away from its place: with the values that its label names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from services import definitions
from tests.stored import open_round, writing
from tests.visitor import Page, Visitor

FORM = """
| survey | type | name | label | constraint | required | relevant |
| | text | xa | Xã | | | |
| | integer | so | Số cuộc của **${xa}** | . > 5 | | |
| | text | ly_do | Lý do của ${xa} | | | ${so} = 7 |
| | begin repeat | nguoi | Người | | | |
| | text | ten | Tên | | | |
| | integer | tuoi | Tuổi của ${ten} ở ${xa} | | yes | |
| | end repeat | | | | | |
| settings | form_title | form_id | version |
| | Báo cáo | bao_cao_dot_1 | 2 |
"""


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def page(app: Flask, visitor: Visitor) -> Page:
    with writing(app) as session:
        definitions.publish(session, FORM.strip().encode(), "bao_cao.md", datetime.now(UTC))
    return visitor.open(f"/{open_round(app)}")


def test_an_error_summary_says_the_values_that_labels_name(visitor: Visitor, page: Page) -> None:
    typed = {"xa": "Đông <b>Yên</b>", "so": "1", "nguoi-0-ten": "Lan"}
    wrong = visitor.send(page, "submit", typed)
    assert wrong.status == 422
    assert wrong.summary["#q-so"].startswith("Số cuộc của Đông <b>Yên</b>: ")
    assert wrong.summary["#q-nguoi-0-tuoi"].startswith("Người 1, Tuổi của Lan ở Đông <b>Yên</b>: ")


def test_what_is_not_answered_yet_is_a_dash(visitor: Visitor, page: Page) -> None:
    wrong = visitor.send(page, "submit", {"so": "1"})
    assert wrong.summary["#q-so"].startswith("Số cuộc của –: ")


def test_questions_that_have_appeared_are_called_so_too(visitor: Visitor, page: Page) -> None:
    more = visitor.send(page, "submit", {"xa": "Đông Yên", "so": "7", "nguoi-0-tuoi": "5"})
    if not more.asked_more:
        pytest.fail(more.text)
    assert "Lý do của Đông Yên" in more.text


def test_a_repeat_that_the_form_counts_says_how_often_at_most(app: Flask, visitor: Visitor) -> None:
    form = """
| survey | type | name | label | repeat_count |
| | integer | so | Số | |
| | begin repeat | r | Lượt | ${so} |
| | text | t | T | |
| | end repeat | | | |
| | begin repeat | hai | Hai lượt | 2 |
| | text | u | U | |
| | end repeat | | | |
| settings | form_title | form_id | version |
| | Báo cáo | bao_cao_dot_1 | 3 |
"""
    with writing(app) as session:
        definitions.publish(session, form.strip().encode(), "bao_cao.md", datetime.now(UTC))
    assert visitor.open(f"/{open_round(app)}").text.count("Nhiều nhất 100.") == 1


def test_the_review_calls_them_so_too(visitor: Visitor, page: Page) -> None:
    visitor.send(page, "save", {"xa": "Đông Yên", "so": "1"})
    review = visitor.open(f"{page.form.action.partition('?')[0]}/kiem-tra")
    assert "Số cuộc của Đông Yên: " in review.text
