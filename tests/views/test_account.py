"""Signing in and out of the board, and the account that an installation begins with."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from settings import Settings
from tests.views.board_members import PASSWORD, create_member, sign_in, signed_in, token
from tests.views.page_check import check_page
from views.first_account import make_token

SIGN_IN = "/ban/dang-nhap"
CHANGE = "/ban/doi-mat-khau"


def first_link(settings: Settings, made_at: datetime | None = None) -> str:
    made = made_at or datetime.now(UTC)
    return f"/ban/tai-khoan-dau-tien/{make_token(settings.secret_key, made)}"


def fill_first(client: FlaskClient, link: str, **values: str) -> tuple[int, str]:
    form = {
        "email": "Truong.Ban@Ban.example",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "csrf_token": token(client.get(link)),
        **values,
    }
    answer = client.post(link, data=form)
    return answer.status_code, answer.text


# --- signing in -----------------------------------------------------------------------------------


def test_the_sign_in_page_is_vietnamese_and_well_made(client: FlaskClient) -> None:
    page = client.get(SIGN_IN)
    check_page(page.text)
    assert "Đăng nhập bảng theo dõi" in page.text
    assert "Địa chỉ thư điện tử" in page.text


def test_a_member_signs_in_and_reaches_the_page_asked_for(app: Flask, client: FlaskClient) -> None:
    email = create_member(app, "viewer")
    refused = client.get("/ban/kh46/dot1?q=rach+gia")
    assert refused.status_code == 302
    answer = sign_in(client, email.upper(), address=refused.location)
    assert answer.location == "/ban/kh46/dot1?q=rach+gia"
    assert "Thành ủy Rạch Giá" in client.get(answer.location).text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"]
)
def test_signing_in_never_leads_elsewhere(app: Flask, client: FlaskClient, elsewhere: str) -> None:
    email = create_member(app, "viewer")
    answer = sign_in(client, email, address=f"{SIGN_IN}?next={elsewhere}")
    assert re.fullmatch(r"(/[^/\\].*)?", answer.headers.get("Location", ""))


@pytest.mark.parametrize(
    ("email", "password"),
    [("viewer@ban.example", "không đúng mật khẩu"), ("ai.do@ban.example", PASSWORD), ("", "")],
)
def test_a_refusal_does_not_tell_which_part_was_wrong(
    app: Flask, client: FlaskClient, email: str, password: str
) -> None:
    create_member(app, "viewer")
    answer = sign_in(client, email, password)
    check_page(answer.text)
    assert answer.text.count("Địa chỉ thư điện tử hoặc mật khẩu không đúng.") == 1
    assert client.get("/ban/").status_code == 302


def test_the_cookie_belongs_to_the_board_only(settings: Settings) -> None:
    app = create_app(replace(settings, public_url="https://phieu.example"))
    cookie = app.test_client().get(SIGN_IN).headers["Set-Cookie"]
    for part in ("Path=/ban", "HttpOnly", "SameSite=Lax", "Secure"):
        assert part in cookie


def test_signing_out_takes_a_button_not_a_link(app: Flask) -> None:
    client = signed_in(app, "viewer")
    assert client.get("/ban/dang-xuat").status_code == 405
    assert client.post("/ban/dang-xuat").status_code == 400
    assert client.get("/ban/").status_code == 200
    answer = client.post("/ban/dang-xuat", data={"csrf_token": token(client.get("/ban/"))})
    assert answer.location == SIGN_IN
    assert client.get("/ban/").status_code == 302


def test_an_expired_session_is_explained(client: FlaskClient) -> None:
    answer = client.post(SIGN_IN, data={"email": "a@ban.example", "csrf_token": "cũ"})
    assert answer.status_code == 400
    check_page(answer.text)
    assert "Phiên làm việc đã hết hạn" in answer.text


# --- passwords ------------------------------------------------------------------------------------


def change_password(client: FlaskClient, old: str, new: str, again: str) -> tuple[int, str]:
    page = client.get(CHANGE)
    check_page(page.text)
    form = {"password": old, "new_password": new, "new_password_confirm": again}
    answer = client.post(CHANGE, data={**form, "csrf_token": token(page)})
    return answer.status_code, answer.text


def test_a_member_changes_the_password(app: Flask) -> None:
    client = signed_in(app, "viewer")
    status, _ = change_password(client, PASSWORD, "một câu khác hẳn", "một câu khác hẳn")
    assert status == 302
    assert "Đã đổi mật khẩu." in client.get("/ban/").text
    other = app.test_client()
    assert sign_in(other, "viewer@ban.example").status_code == 200
    assert sign_in(other, "viewer@ban.example", "một câu khác hẳn").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        (PASSWORD, "quá ngắn", "quá ngắn", "Mật khẩu phải có ít nhất 12 ký tự."),
        (PASSWORD, "một câu khác hẳn", "một câu khác hơn", "Hai mật khẩu không giống nhau."),
        ("không phải", "một câu khác hẳn", "một câu khác hẳn", "Mật khẩu không đúng."),
    ],
)
def test_a_bad_new_password_is_refused_in_vietnamese(
    app: Flask, old: str, new: str, again: str, sentence: str
) -> None:
    status, page = change_password(signed_in(app, "viewer"), old, new, again)
    assert status == 200
    check_page(page)
    assert sentence in page


# --- the first account ----------------------------------------------------------------------------


def test_the_first_account_administers_and_is_signed_in(
    settings: Settings, client: FlaskClient
) -> None:
    link = first_link(settings)
    check_page(client.get(link).text)
    assert client.head(link).status_code == 200
    assert fill_first(client, link)[0] == 303
    assert "truong.ban@ban.example" in client.get("/ban/").text


def test_the_first_link_works_once(settings: Settings, client: FlaskClient) -> None:
    link = first_link(settings)
    fill_first(client, link)
    answer = client.get(link)
    assert answer.status_code == 410
    check_page(answer.text)
    assert "Đường dẫn này đã được dùng" in answer.text


def test_the_first_link_ends_and_cannot_be_made_up(settings: Settings, client: FlaskClient) -> None:
    old = first_link(settings, datetime.now(UTC) - timedelta(days=8))
    for link in (old, "/ban/tai-khoan-dau-tien/bia-dat"):
        answer = client.get(link)
        assert answer.status_code == 410
        assert "Đường dẫn này không hợp lệ" in answer.text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"password": "ngắn", "password_again": "ngắn"}, "Mật khẩu phải có ít nhất 12 ký tự."),
        ({"password_again": "khác"}, "Hai mật khẩu không giống nhau."),
        ({"email": "không phải thư"}, "Địa chỉ thư điện tử không hợp lệ."),
        ({"email": ""}, "Vui lòng nhập địa chỉ thư điện tử."),
    ],
)
def test_a_wrong_first_account_is_refused_and_the_address_kept(
    settings: Settings, client: FlaskClient, values: dict[str, str], sentence: str
) -> None:
    status, page = fill_first(client, first_link(settings), **values)
    assert status == 422
    check_page(page)
    assert sentence in page
    assert values.get("email", "Truong.Ban@Ban.example") in page
