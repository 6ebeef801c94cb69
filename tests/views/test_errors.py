"""Error pages: each says in Vietnamese what is wrong and what to do, and betrays nothing."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import text

from app import create_app
from language.codes import UNIT_FIRST, new_code
from models.database import reading, transaction
from models.problems import PROBLEMS, Problem
from settings import Settings
from tests.factories import unit_link
from tests.views.page_check import check_page
from tests.visitor import Visitor
from views.throttle import Throttle, network

# What refusals say besides their sentence.
DETAILS = {
    "most": 500,
    "label": "Sở Y tế",
    "reason": "invalid_grant",
    "board": "Ban Tuyên giáo",
    "accept": ".pdf",
    "rounds": "Đợt 1",
    "cells": "survey!A2",
    "number": 2,
    "limit": 5,
    "group": "ban_dang",
    "closes_at": "23:59 ngày 31/12/2021",
    "opens_at": "08:00 ngày 01/7/2021",
}


def mistyped(code: str) -> str:
    """Return the code with its last sign replaced by another."""
    return code[:-1] + ("2" if code[-1] != "2" else "3")


@pytest.fixture
def code(app: Flask) -> str:
    """Return the code of a unit's link."""
    with app.app_context(), reading() as session:
        return unit_link(session).code


def break_drafts(app: Flask) -> None:
    """Make every page of a unit crash."""
    with app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE draft RENAME TO drafts_elsewhere"))


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_refusal_has_a_page(app: Flask, code: str) -> None:
    with app.test_request_context("/"):
        answer = app.make_response(app.handle_user_exception(Problem(code, **DETAILS)))
    assert answer.status_code == PROBLEMS[code]
    page = answer.get_data(as_text=True)
    check_page(page)
    assert "%(" not in page


def test_a_refusal_says_whom_to_ask(app: Flask) -> None:
    with app.test_request_context("/"):
        refusal = Problem("link_revoked", board="Ban Tuyên giáo Tỉnh ủy Kiên Giang")
        page = app.make_response(app.handle_user_exception(refusal)).get_data(as_text=True)
    assert "Đường dẫn này không còn hiệu lực" in page
    assert "liên hệ Ban Tuyên giáo Tỉnh ủy Kiên Giang" in page


def test_a_typing_slip_in_a_code_is_called_one(client: FlaskClient, code: str) -> None:
    code = mistyped(code)
    for path in (code, code.upper(), f"{code[:4]}-{code[4:8]}-{code[8:]}", code[:-1], code + "2"):
        answer = client.get(f"/{path}")
        assert answer.status_code == 404
        assert "Mã này bị gõ nhầm" in answer.text
        check_page(answer.text)


def test_a_code_can_be_put_right_where_it_is_refused(client: FlaskClient, code: str) -> None:
    for wrong in (mistyped(code), new_code(UNIT_FIRST), new_code("p")):
        page = client.get(f"/{wrong}").text
        assert f'name="code" value="{wrong}"' in page
        assert "Mở phiếu" in page
    assert 'name="code"' not in client.get("/khong/co/trang/nay").text


def test_unknown_codes_are_limited_but_known_ones_still_open(
    client: FlaskClient, code: str
) -> None:
    answers = [client.get(f"/{new_code(UNIT_FIRST)}") for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {404}
    assert "Không có phiếu nào mang mã này" in answers[0].text
    assert answers[30].status_code == 429
    assert answers[30].headers["Retry-After"] == "60"
    check_page(answers[30].text)
    assert client.get(f"/{code}").status_code == 200


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 404)])
def test_addresses_behind_a_proxy_are_told_apart_only_when_it_is_trusted(
    settings: Settings, proxies: int, status: int
) -> None:
    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()
    answers = [
        client.get(f"/{new_code(UNIT_FIRST)}", headers={"X-Forwarded-For": f"203.0.113.{n}"})
        for n in range(31)
    ]
    assert answers[-1].status_code == status


# --- what the protocol refuses --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/khong/co/trang/nay", "/ban/khong/co/trang/nay/ca"])
def test_a_page_that_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Không tìm thấy trang" in answer.text
    check_page(answer.text)


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    check_page(answer.text)


def test_too_much_is_refused(client: FlaskClient, code: str) -> None:
    answer = client.post(f"/{code}", data={"so_ky_hieu": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "Nội dung gửi lên quá lớn" in answer.text
    check_page(answer.text)


# --- what breaks ----------------------------------------------------------------------------------


@pytest.fixture
def deployed(settings: Settings) -> Flask:
    """Return an application that answers its crashes, as it does outside of tests."""
    return create_app(replace(settings, testing=False))


def test_a_crash_shows_a_reference_that_is_in_the_log(
    deployed: Flask, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    break_drafts(deployed)
    with caplog.at_level(logging.ERROR):
        answer = deployed.test_client().get(f"/{code}")
    assert answer.status_code == 500
    check_page(answer.text)
    found = re.search(r'class="code">([0-9A-F]{8})<', answer.text)
    assert found
    assert f"Reference {found[1]}" in caplog.text
    assert "Traceback" not in answer.text
    assert "draft" not in answer.text


def test_a_crash_gives_back_what_was_typed(deployed: Flask, code: str) -> None:
    break_drafts(deployed)
    visitor = Visitor(deployed.test_client())
    typed = {"nguoi_lap": "Trần “Bé”", "cach_pho_bien": ["zalo", "ban_in"], "action": "save"}
    page = visitor.post(f"/{code}", typed)
    assert page.status == 500
    assert page.form.values() == {**typed, "nguoi_lap": ["Trần “Bé”"], "action": ["save"]}
    with deployed.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE drafts_elsewhere RENAME TO draft"))
    assert visitor.submit(page.form, {}).status == 303
    assert visitor.open(f"/{code}?all=1").typed("nguoi_lap") == "Trần “Bé”"


def test_a_crash_of_the_board_gives_nothing_back(deployed: Flask) -> None:
    with deployed.test_request_context("/", method="POST", data={"password": "bí mật"}):
        answer = deployed.make_response(deployed.handle_user_exception(Problem("database_busy")))
    assert "bí mật" not in answer.get_data(as_text=True)


def test_a_crash_is_logged_without_who_and_where(
    deployed: Flask, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    break_drafts(deployed)
    with caplog.at_level(logging.ERROR):
        deployed.test_client().get(f"/{code}", headers={"User-Agent": "Nokia 3310"})
    message = caplog.records[-1].getMessage()
    for secret in (code, "127.0.0.1", "Nokia"):
        assert secret not in message


@pytest.mark.parametrize("path", ["/{code}", "/ban/tai-khoan-dau-tien/x"])
def test_a_database_out_of_reach_is_said_to_be_busy(settings: Settings, path: str) -> None:
    nowhere = Path("/khong/co/thu/muc/nay/phieu.sqlite3")
    app = create_app(replace(settings, database_url=f"sqlite:///{nowhere}", testing=False))
    answer = app.test_client().get(path.format(code=new_code(UNIT_FIRST)))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Hệ thống đang bận" in answer.text
    check_page(answer.text)


# --- every answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/khong-co", "/static/phieu.css", "/ban/dang-nhap", "/ban/khong-co/gi/ca/dau"]
)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/khong-co", "/static/phieu.css"])
def test_no_cookie_outside_of_the_board(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


# --- the home page and the language ---------------------------------------------------------------


def test_the_home_page(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    check_page(answer.text)
    assert 'href="/ban/"' in answer.text


@pytest.mark.parametrize(
    "shape", ["{0}", " {0} ", "{1}", "{2}", "https://phieu.example/{0}?lang=en"]
)
def test_a_typed_code_leads_to_its_form(client: FlaskClient, code: str, shape: str) -> None:
    grouped = "-".join((code[:4], code[4:8], code[8:]))
    typed = shape.format(code, code.upper(), grouped)
    answer = client.get("/", query_string={"code": typed})
    assert answer.status_code == 302
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "typed", ["xin chào", "//evil.example/", "k7m2", "<script>alert(1)</script>"]
)
def test_a_mistyped_code_is_explained_and_kept(client: FlaskClient, typed: str) -> None:
    answer = client.get("/", query_string={"code": typed})
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Mã này bị gõ nhầm" in answer.text
    assert "<script>alert" not in answer.text


def test_english_is_the_second_language(client: FlaskClient) -> None:
    english = client.get("/?lang=en").text
    check_page(english)
    assert '<html lang="en">' in english
    assert "Code of the form" in english
    assert 'class="brand" href="/?lang=en"' in english
    assert '<html lang="vi">' in client.get("/").text
    assert '<html lang="vi">' in client.get("/?lang=fr").text


def test_the_board_remembers_the_language(client: FlaskClient) -> None:
    client.get("/ban/dang-nhap?lang=en")
    assert '<html lang="en">' in client.get("/ban/dang-nhap").text
    client.get("/ban/dang-nhap?lang=vi")
    assert '<html lang="vi">' in client.get("/ban/dang-nhap").text


# --- throttling -----------------------------------------------------------------------------------


def test_each_subscriber_is_limited_apart() -> None:
    throttle = Throttle(parse("1 per day"))
    today = date(2021, 8, 20)
    assert throttle.allows("203.0.113.7", today)
    assert not throttle.allows("203.0.113.7", today)
    assert throttle.allows("203.0.113.8", today)


def test_the_key_is_thrown_away_at_the_end_of_the_day() -> None:
    throttle = Throttle(parse("1 per day"))
    throttle.allows("203.0.113.7", date(2021, 8, 20))
    assert throttle.allows("203.0.113.7", date(2021, 8, 21))


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99", "2001:db8:1:2::/64"),
        ("không phải địa chỉ", ""),
    ],
)
def test_all_addresses_of_a_subscriber_count_as_one(address: str, part: str) -> None:
    assert network(address) == part
