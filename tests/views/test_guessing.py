"""Guessing is slowed down, and nobody can shut out anybody else by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.views.board_members import create_member, sign_in
from tests.views.page_check import check_page
from views.guessing import RULES, Guesses, Rule

NOW = datetime(2021, 8, 20, 3, 0, tzinfo=UTC)
OWNER = "viewer@ban.example"
KEY = [("pair", OWNER, "192.0.2.1")]


@pytest.fixture
def member(app: Flask) -> str:
    """Return the address of a member."""
    return create_member(app, "viewer")


def at(app: Flask, address: str) -> FlaskClient:
    """Return a browser that nobody has used, at an address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def guess(client: FlaskClient, email: str, times: int) -> Iterator[int]:
    for number in range(times):
        yield sign_in(client, email, f"đoán lần thứ {number}").status_code


def test_guessing_is_slowed_down_and_says_how_long(app: Flask, member: str) -> None:
    thief = at(app, "192.0.2.1")
    assert set(guess(thief, member, RULES["pair"].free)) == {200}
    answer = sign_in(thief, member)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    check_page(answer.text)
    assert "Vui lòng chờ 1 phút rồi thử lại" in answer.text


def test_it_makes_no_difference_whether_there_is_such_an_account(app: Flask, member: str) -> None:
    tries = RULES["pair"].free + 1
    real = list(guess(at(app, "192.0.2.1"), member, tries))
    made_up = list(guess(at(app, "192.0.2.2"), "ai.do@ban.example", tries))
    assert real == made_up


def test_the_owner_gets_in_from_elsewhere_while_somebody_guesses(app: Flask, member: str) -> None:
    list(guess(at(app, "192.0.2.1"), member, 8))
    assert sign_in(at(app, "192.0.2.9"), member).status_code == 302


def test_the_owner_gets_in_on_a_known_device_whatever_others_do(app: Flask, member: str) -> None:
    own = at(app, "198.51.100.1")
    sign_in(own, member)
    own.post("/ban/dang-xuat", data={"csrf_token": csrf(own)})
    # From many addresses, and from the very one where the owner sits.
    for number in range(RULES["account"].free):
        list(guess(at(app, f"192.0.2.{number}"), member, 1))
    list(guess(at(app, "198.51.100.1"), member, RULES["pair"].free))
    assert sign_in(at(app, "203.0.113.1"), member).status_code == 429
    assert sign_in(own, member).status_code == 302


def test_a_known_device_is_no_way_to_guess_on(app: Flask, member: str) -> None:
    stolen = at(app, "198.51.100.1")
    sign_in(stolen, member)
    stolen.post("/ban/dang-xuat", data={"csrf_token": csrf(stolen)})
    statuses = list(guess(stolen, member, RULES["device"].free + 1))
    assert statuses == [200] * RULES["device"].free + [429]


def test_a_device_is_known_for_one_account_only(app: Flask, member: str) -> None:
    other = create_member(app, "officer")
    own = at(app, "198.51.100.1")
    sign_in(own, other)
    own.post("/ban/dang-xuat", data={"csrf_token": csrf(own)})
    statuses = list(guess(own, member, RULES["pair"].free + 1))
    assert statuses[-1] == 429


def test_a_made_up_cookie_is_worth_nothing(app: Flask, member: str) -> None:
    thief = at(app, "192.0.2.1")
    thief.set_cookie("phieu_device", "bia-dat.khong-co-chu-ky", path="/ban")
    assert list(guess(thief, member, RULES["pair"].free + 1))[-1] == 429


def test_many_accounts_from_one_address_are_not_tried_either(app: Flask) -> None:
    thief = at(app, "192.0.2.1")
    statuses = [
        status
        for number in range(RULES["address"].free + 1)
        for status in guess(thief, f"nguoi{number}@ban.example", 1)
    ]
    assert statuses == [200] * RULES["address"].free + [429]


def test_the_cookie_of_a_device_tells_nothing_and_is_for_the_board_only(
    app: Flask, member: str
) -> None:
    cookie = next(
        header
        for header in sign_in(app.test_client(), member).headers.getlist("Set-Cookie")
        if header.startswith("phieu_device")
    )
    assert "ban.example" not in cookie
    for part in ("Path=/ban", "HttpOnly", "SameSite=Lax"):
        assert part in cookie


# --- the rule -------------------------------------------------------------------------------------


def test_each_failure_doubles_the_wait_up_to_an_end() -> None:
    rule = Rule(free=3, first=timedelta(minutes=1), longest=timedelta(minutes=5))
    minutes = [rule.delay(failures) / timedelta(minutes=1) for failures in range(1, 8)]
    assert minutes == [0, 0, 1, 2, 4, 5, 5]


def test_after_the_wait_one_may_try_once_more() -> None:
    guesses = Guesses()
    for _ in range(RULES["pair"].free):
        guesses.failed(KEY, NOW)
    assert guesses.wait(KEY, NOW) == timedelta(minutes=1)
    later = NOW + timedelta(minutes=1)
    assert guesses.wait(KEY, later) <= timedelta()
    guesses.failed(KEY, later)
    assert guesses.wait(KEY, later) == timedelta(minutes=2)
    guesses.passed(KEY, later)
    assert guesses.wait(KEY, later) <= timedelta()


def test_nothing_is_remembered_until_the_next_day() -> None:
    guesses = Guesses()
    for _ in range(20):
        guesses.failed(KEY, NOW)
    assert guesses.wait(KEY, NOW + timedelta(days=1)) <= timedelta()


def csrf(client: FlaskClient) -> str:
    page = client.get("/ban/").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]
