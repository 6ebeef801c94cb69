"""Participants: one page, few questions, nothing kept of who answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, text

from app import create_app
from language.dates import local
from models import Feedback, FormVersion, Link
from tests.factories import change_round
from tests.stored import everything, feedbacks, in_days, looking, public_code, writing
from tests.visitor import Page, Visitor, plausible

VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 11) Sentinel/1.0",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "vi-VN",
    "Cookie": "phieu=sentinel-cookie",
    "Referer": "https://zalo.example/sentinel",
    "X-Forwarded-For": "203.0.113.77",
}
FIRST_PAGE_BYTES = 30_000
ANSWERS = {
    "doi_tuong": "dv_cbccvc",
    "dia_ban": "rach_gia",
    "cach_tham_gia_a": ["hn_tt", "chi_bo"],
    "co_tai_lieu": "giay",
    "de_hieu": "5",
    "cach_trinh_bay": "4",
    "thoi_luong": "phu_hop",
    "thiet_thuc": "5",
    "mong_muon": ["tl_ngan"],
    "gop_y": "Nên có tài liệu ngắn.",
}


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
def code(app: Flask) -> str:
    return public_code(app)


def kept(app: Flask) -> list[dict[str, object]]:
    """Return the answers of every feedback."""
    return [json.loads(row.answers) for row in feedbacks(app)]


def send(visitor: Visitor, code: str, **changes: object) -> Page:
    page = visitor.open(f"/{code}")
    return visitor.send(page, "submit", {**ANSWERS, **changes})


# --- the page -------------------------------------------------------------------------------------


def test_the_page_asks_at_most_ten_questions_and_nothing_about_the_person(visitor, code):
    page = visitor.open(f"/{code}")
    assert page.status == 200
    assert "không ghi họ tên" in page.text
    asked = page.form.names() | page.form.names(shown=False)
    assert asked == set(ANSWERS) | {"cach_tham_gia_b"}
    assert page.form.actions() == ["submit"]


# Flask-Compress leaves it to Python to close the file it has compressed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_first_load_is_small(client, code):
    for _ in range(2):  # the second time it comes from what is kept at the door
        page = client.get(f"/{code}", headers=BROWSER)
        sizes = {"page": len(page.data)}
        html = client.get(f"/{code}").text
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
            answer = client.get(asset, headers=BROWSER)
            assert answer.status_code == 200
            sizes[asset] = len(answer.data)
            answer.close()
        assert len(sizes) == 6
        assert sum(sizes.values()) < FIRST_PAGE_BYTES, sizes


def test_style_and_script_are_kept_by_the_browser(client, code):
    html = client.get(f"/{code}").text
    for asset in re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)\?v=[^"]+)"', html):
        with client.get(asset) as answer:
            assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_nobody_is_given_a_cookie(app, client, code):
    visitor = Visitor(client)
    pages = [
        visitor.open(f"/{code}"),
        visitor.open(f"/{code}?lang=en"),
        send(visitor, code, doi_tuong=""),
        sent := send(visitor, code),
        visitor.open(sent.location),
        visitor.open("/"),
        visitor.open(f"/{code[:-1]}"),
    ]
    asset = re.search(r'href="(/static/phieu.css[^"]+)"', pages[0].html)[1]
    pages.append(visitor.open(asset))
    for page in pages:
        assert "Set-Cookie" not in page.response.headers, page.address
        assert "Cookie" not in page.response.headers.get("Vary", ""), page.address


def test_a_shared_copy_of_the_page_is_never_kept(visitor, code):
    for _ in range(2):
        cache = visitor.open(f"/{code}").response.headers["Cache-Control"]
        assert "private" in cache


def test_every_opened_form_is_its_own(visitor, code):
    opened = {visitor.open(f"/{code}").typed("instance") for _ in range(4)}
    assert len(opened) == 4
    assert "" not in opened


def test_a_head_request_changes_nothing(app, client, code):
    before = everything(app)
    for address in (f"/{code}", f"/{code}/cam-on"):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert everything(app) == before


def test_a_code_may_be_typed_in_capitals_with_hyphens(visitor, code):
    typed = f"{code[:4]}-{code[4:8]}-{code[8:]}".upper()
    page = visitor.open(f"/{typed}")
    assert page.form.action == f"/{code}"


# --- answering without scripts --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "asked", "not_asked"),
    [
        ("dv_cbccvc", "cach_tham_gia_a", "cach_tham_gia_b"),
        ("dv_hv_nd", "cach_tham_gia_b", "cach_tham_gia_a"),
    ],
)
def test_the_first_answer_brings_the_question_of_that_audience(
    app, visitor, code, audience, asked, not_asked
):
    page = visitor.open(f"/{code}")
    assert not {asked, not_asked, "cach_trinh_bay"} & page.form.names()
    again = visitor.send(page, "submit", {"doi_tuong": audience})
    assert again.status == 422
    assert asked in again.form.names()
    assert not_asked not in again.form.names()
    assert again.typed("doi_tuong") == audience
    assert again.typed("instance") == page.typed("instance")
    links = {href.removeprefix("#") for href, _ in again.links if href.startswith("#")}
    assert f"q-{asked}" in links
    assert f"q-{not_asked}" not in links
    assert links <= again.ids
    sent = visitor.send(again, "submit", plausible(again.form))
    # The way of taking part brings one more question.
    if sent.status == 422:
        assert list(sent.summary) == ["#q-cach_trinh_bay"]
        sent = visitor.send(sent, "submit", {"cach_trinh_bay": "4"})
    thanks = visitor.follow(sent)
    assert "Xin cảm ơn" in thanks.text
    [answers] = kept(app)
    assert answers["doi_tuong"] == audience
    assert not_asked not in answers


def test_what_is_wrong_loses_nothing(app, visitor, code):
    wrong = {"mong_muon": ["hn", "ol", "video", "loa"], "gop_y": "x" * 501}
    sent = send(visitor, code, **wrong)
    assert sent.status == 422
    assert sent.summary["#q-mong_muon"].endswith("Chỉ chọn tối đa 3 hình thức.")
    assert list(sent.summary) == ["#q-mong_muon", "#q-gop_y"]
    values = sent.form.values()
    assert values["gop_y"] == [wrong["gop_y"]]
    assert values["mong_muon"] == wrong["mong_muon"]
    assert values["cach_tham_gia_a"] == ANSWERS["cach_tham_gia_a"]
    assert kept(app) == []
    visitor.follow(visitor.send(sent, "submit", {"mong_muon": "hn", "gop_y": ""}))
    assert kept(app)[0]["mong_muon"] == ["hn"]


def test_what_is_not_asked_is_not_kept(app, visitor, code):
    visitor.follow(send(visitor, code, cach_tham_gia_b=["hop_dan"]))
    assert kept(app) == [ANSWERS]


# --- what is kept ---------------------------------------------------------------------------------


def test_nothing_is_kept_but_answers_version_link_and_date(app, client, code):
    page = Visitor(client).open(f"/{code}")
    values = {**page.form.values(), **ANSWERS, "action": "submit"}
    assert client.post(f"/{code}", data=values, headers=BROWSER).status_code == 303
    with looking(app) as session:
        assert {c["name"] for c in inspect(session.connection()).get_columns("feedback")} == {
            "id",
            "link_code",
            "form_version_id",
            "answers",
            "sent_on",
            "cell",
        }
        [row] = session.scalars(select(Feedback))
        version = session.get(FormVersion, row.form_version_id)
    assert version.version == "2021080101"
    assert (row.link_code, row.sent_on) == (code, local(datetime.now(UTC)).date())
    assert json.loads(row.answers) == ANSWERS
    assert page.typed("instance") not in repr(everything(app))
    assert "entinel" not in repr(everything(app))
    assert "203.0.113" not in repr(everything(app))


def test_the_order_of_arrival_cannot_be_told(app, visitor, code):
    for _ in range(8):
        visitor.follow(send(visitor, code))
    ids = [row.id for row in feedbacks(app)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert ids == sorted(ids)
    with looking(app) as session:
        tables = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'feedback'"))
    assert "WITHOUT ROWID" in tables


@pytest.mark.parametrize("changed", [{}, {"gop_y": "Ý kiến khác"}])
def test_the_same_opened_form_is_counted_once(app, visitor, code, changed):
    page = visitor.open(f"/{code}")
    first = visitor.send(page, "submit", ANSWERS)
    second = visitor.send(page, "submit", {**ANSWERS, **changed})
    assert (first.status, first.location) == (second.status, second.location)
    assert kept(app) == [ANSWERS]


def test_the_next_person_at_the_same_screen_is_counted_too(app, visitor, code):
    for _ in range(2):
        visitor.follow(send(visitor, code))
    assert len(kept(app)) == 2


def test_the_thanks_page_says_what_is_kept(visitor, code):
    thanks = visitor.follow(send(visitor, code))
    assert "không họ tên, không địa chỉ, không giờ gửi" in thanks.text
    assert thanks.forms == []


# --- refusals -------------------------------------------------------------------------------------


def test_a_closed_round_takes_nothing(app, visitor, code):
    page = visitor.open(f"/{code}")
    with writing(app) as session:
        change_round(session, "phan_hoi", closes_at=in_days(-1))
    sent = visitor.send(page, "submit", ANSWERS)
    assert sent.status == 410
    assert "Phiếu này đã đóng" in sent.text
    assert "Nội dung đã nhập, chưa gửi" in sent.text
    assert ANSWERS["gop_y"] in sent.text
    assert "Thành phố Rạch Giá" in sent.text
    assert "no-cache" in sent.response.headers["Cache-Control"]
    assert kept(app) == []


def test_a_closed_round_shows_even_what_was_typed_wrong(app, settings, visitor, code):
    page = visitor.open(f"/{code}")
    with writing(app) as session:
        change_round(session, "phan_hoi", closes_at=in_days(-1))
    # A worker that has not opened this form for a second.
    elsewhere = Visitor(create_app(settings).test_client())
    sent = elsewhere.send(page, "submit", {"gop_y": "Nên ngắn hơn.", "mong_muon": ["khong_co"]})
    assert sent.status == 410
    assert "Nên ngắn hơn." in sent.text
    assert "khong_co" in sent.text
    assert "Đợt báo cáo đã đóng" in elsewhere.open(f"/{code}").text
    assert kept(app) == []


def test_what_was_sent_before_the_round_closed_is_thanked_for(app, visitor, code):
    page = visitor.open(f"/{code}")
    visitor.send(page, "submit", ANSWERS)
    with writing(app) as session:
        change_round(session, "phan_hoi", closes_at=in_days(-1))
    again = visitor.follow(visitor.send(page, "submit", ANSWERS))
    assert "Xin cảm ơn" in again.text
    assert len(kept(app)) == 1


def test_a_revoked_link_takes_nothing(app, visitor, code):
    page = visitor.open(f"/{code}")
    with writing(app) as session:
        session.get_one(Link, code).revoked_at = in_days(-1)
    sent = visitor.send(page, "submit", ANSWERS)
    assert sent.status == 410
    assert "Đường dẫn này không còn hiệu lực" in sent.text
    assert kept(app) == []


def test_what_was_typed_on_a_revoked_link_is_shown(app, settings, visitor, code):
    page = visitor.open(f"/{code}")
    with writing(app) as session:
        session.get_one(Link, code).revoked_at = in_days(-1)
    # Here, and in a worker that has not opened this form for a second.
    for one in (visitor, Visitor(create_app(settings).test_client())):
        sent = one.send(page, "submit", ANSWERS)
        assert sent.status == 410
        assert ANSWERS["gop_y"] in sent.text
    assert kept(app) == []


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (lambda c: c[:-1], "Mã này bị gõ nhầm"),
        (lambda c: "p222222222", "Mã này bị gõ nhầm"),
    ],
)
def test_a_typing_slip_says_so(visitor, code, slip, said):
    page = visitor.open(f"/{slip(code)}")
    assert page.status == 404
    assert said in page.text


@pytest.mark.parametrize("name", ["la", "gop_y-0-x", "x-y-gop_y", "ma_don_vi"])
def test_an_input_that_the_form_does_not_have_is_refused(app, visitor, code, name):
    sent = send(visitor, code, **{name: "1"})
    assert sent.status == 422
    assert name in sent.text
    assert kept(app) == []


def test_too_much_is_refused(app, visitor, code):
    assert send(visitor, code, gop_y="x" * 70_000).status == 413
    assert kept(app) == []


# --- in English -----------------------------------------------------------------------------------

TITLE = "Phiếu phản hồi của người tham dự"
BOARD = "Ban Tuyên giáo Tỉnh ủy Kiên Giang"


def in_vietnamese(page: Page) -> str:
    """Return what is Vietnamese on a page, names of places, the board and the form aside."""
    places = re.sub(r"(Thành phố|Huyện) [^<]*?(?=Thành phố|Huyện|Provincial)", "", page.text)
    for name in (TITLE, BOARD, "Tiếng Việt", "Phiếu"):
        places = places.replace(name, "")
    return " ".join(word for word in places.split() if VIETNAMESE.search(word))


def test_every_page_speaks_english(visitor, code):
    page = visitor.open(visitor.open(f"/{code}").link("English"))
    assert 'lang="en"' in page.html
    assert in_vietnamese(page) == ""
    wrong = visitor.send(page, "submit", {"doi_tuong": "dv_cbccvc"})
    assert "This field is required." in wrong.text
    assert in_vietnamese(wrong) == ""
    thanks = visitor.follow(visitor.send(wrong, "submit", ANSWERS))
    assert "Thank you" in thanks.text
    assert in_vietnamese(thanks) == ""


# --- without a script -----------------------------------------------------------------------------


def test_questions_that_were_never_seen_are_asked_for_and_not_complained_of(app, visitor, code):
    seen = {**ANSWERS, "cach_tham_gia_a": None, "cach_trinh_bay": None}
    first = visitor.send(visitor.open(f"/{code}"), "submit", seen)
    assert first.status == 422
    assert first.summary == {}
    assert "Vui lòng trả lời thêm" in first.text
    assert ("#q-cach_tham_gia_a", "3. Ông/Bà đã tiếp nhận nội dung bằng cách nào?") in first.links
    assert 'aria-invalid="true"' not in first.html
    second = visitor.send(first, "submit", {"cach_tham_gia_a": ["hn_tt"]})
    assert second.status == 422
    assert [href for href, _ in second.links if href.startswith("#q-")] == ["#q-cach_trinh_bay"]
    assert second.typed("gop_y") == ANSWERS["gop_y"]
    assert visitor.send(second, "submit", {"cach_trinh_bay": "4"}).status == 303
    assert kept(app)[0]["cach_trinh_bay"] == "4"


def test_a_question_that_was_seen_and_left_blank_is_complained_of(visitor, code):
    first = send(visitor, code, cach_tham_gia_a=None)
    second = visitor.send(first, "submit")
    assert list(second.summary) == ["#q-cach_tham_gia_a"]
    assert "Vui lòng trả lời thêm" not in second.text


def test_what_is_wrong_stands_before_what_else_is_asked(visitor, code):
    page = send(visitor, code, cach_tham_gia_a=None, de_hieu=None)
    assert list(page.summary) == ["#q-de_hieu"]
    assert page.html.index("error-summary") < page.html.index("more-questions-title")
    assert page.html.count("autofocus") == 1
