"""Signing in by OpenID Connect, with a real provider on loopback, an honest one and others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import select

from app import create_app
from models import Account, AuditEntry
from models.database import reading, transaction
from services import accounts
from services.accounts import Rights
from settings import Settings
from tests.browser.installation import free_port
from tests.factories import WORKING_DAY
from tests.views.board_members import create_member
from tests.views.provider import CLIENT, SECRET, OpenIdProvider, running
from tests.views.test_second_factor import set_up
from tests.visitor import Page, Visitor

SIGN_IN, BEGIN, BACK = "/ban/dang-nhap", "/ban/dang-nhap/mot-cua", "/ban/dang-nhap/mot-cua/tro-lai"


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    """Return a provider that listens."""
    with running(OpenIdProvider(free_port())) as found:
        yield found


@pytest.fixture
def app(settings: Settings, provider: OpenIdProvider) -> Flask:
    """Return an installation that knows the provider."""
    return create_app(
        replace(
            settings,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_name="Cổng của Tỉnh",
        )
    )


class Stay(HTTPRedirectHandler):
    """Lets us see where a redirect leads."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def at_the_provider(address: str) -> str:
    """Let the browser open a page of the provider; return where that sends it on."""
    try:
        build_opener(Stay).open(address)
    except HTTPError as redirected:
        with redirected:
            return str(redirected.headers["Location"])
    raise AssertionError("the provider sends nobody back")


def go(visitor: Visitor, begin: str = BEGIN) -> Page:
    """Sign in by the provider; return the answer to coming back."""
    back = at_the_provider(visitor.open(begin).location)
    return visitor.open(back.partition("127.0.0.1:8000")[2])


def invite(app: Flask, email: str = "officer@ban.example") -> None:
    with app.app_context(), transaction() as session:
        accounts.invite(session, email, "", Rights("officer"), "x", WORKING_DAY)


def test_somebody_who_was_invited_needs_no_password(app: Flask) -> None:
    invite(app)
    visitor = Visitor(app.test_client())
    assert visitor.open(SIGN_IN).link("Cổng của Tỉnh")
    answer = go(visitor, f"{BEGIN}?next=/ban/kh46/dot1")
    assert answer.location == "/ban/kh46/dot1"
    assert visitor.open("/ban/kh46/dot1").status == 200
    with app.app_context(), reading() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["account.provider_bound", "account.signed_in"]


def test_the_request_carries_state_nonce_and_a_challenge(
    app: Flask, provider: OpenIdProvider
) -> None:
    invite(app)
    for _ in range(2):
        go(Visitor(app.test_client()))
    for name in ("state", "nonce", "code_challenge"):
        given = [asked[name] for asked in provider.asked]
        assert len(set(given)) == 2
        assert all(len(text) >= 43 for text in given)
    assert provider.asked[0]["redirect_uri"] == f"http://127.0.0.1:8000{BACK}"


@pytest.mark.parametrize(
    ("email", "verified"),
    [
        ("ai.do@ban.example", True),
        ("officer@ban.example", False),
        ("officer@ban.example", "true"),
        ("", True),
    ],
)
def test_strangers_stay_outside(
    app: Flask, provider: OpenIdProvider, email: str, verified: object
) -> None:
    invite(app)
    provider.email, provider.verified = email, verified
    visitor = Visitor(app.test_client())
    answer = go(visitor)
    assert answer.status == 403
    assert "Chưa có tài khoản" in answer.text
    assert visitor.open("/ban/").status == 302


def test_the_subject_counts_once_it_is_known(app: Flask, provider: OpenIdProvider) -> None:
    invite(app)
    go(Visitor(app.test_client()))
    provider.email = "ten.moi@ban.example"
    assert go(Visitor(app.test_client())).status == 302
    provider.email, provider.subject = "officer@ban.example", "nguoi-2"
    assert go(Visitor(app.test_client())).status == 403


def test_who_is_shut_out_stays_out(app: Flask) -> None:
    invite(app)
    go(Visitor(app.test_client()))
    with app.app_context(), transaction() as session:
        session.scalars(select(Account)).one().active = False
    assert go(Visitor(app.test_client())).status == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "của người khác"},
        {"aud": "hệ thống khác"},
        {"aud": [CLIENT, "hệ thống khác"], "azp": "hệ thống khác"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1},
        {"exp": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    app: Flask, provider: OpenIdProvider, claims: dict[str, object]
) -> None:
    invite(app)
    provider.claims = claims
    visitor = Visitor(app.test_client())
    answer = go(visitor)
    assert answer.status == 502
    assert "Đăng nhập ở đó không thành công" in answer.text
    assert visitor.open("/ban/").status == 302


def test_a_token_that_somebody_else_has_signed_is_refused(
    app: Flask, provider: OpenIdProvider
) -> None:
    invite(app)
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "1"})
    assert go(Visitor(app.test_client())).status == 502


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    app: Flask, provider: OpenIdProvider
) -> None:
    provider.issuer_named = "http://127.0.0.1:1"
    assert Visitor(app.test_client()).open(BEGIN).status == 502


def test_an_answer_works_once_and_only_where_it_was_asked_for(app: Flask) -> None:
    invite(app)
    visitor, thief = Visitor(app.test_client()), Visitor(app.test_client())
    back = at_the_provider(visitor.open(BEGIN).location).partition("127.0.0.1:8000")[2]
    assert thief.open(back).status == 502
    thief.open(BEGIN)
    assert thief.open(back).status == 502
    assert visitor.open(back).status == 302
    assert visitor.open(back).status == 502


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/ban//evil"])
def test_it_never_leads_elsewhere(app: Flask, elsewhere: str) -> None:
    invite(app)
    answer = go(Visitor(app.test_client()), f"{BEGIN}?next={elsewhere}")
    assert answer.location == "/ban/"


def test_a_second_factor_is_asked_for_all_the_same(app: Flask) -> None:
    create_member(app, "officer")
    first = Visitor(app.test_client())
    go(first)
    set_up(first)
    second = Visitor(app.test_client())
    assert "/ban/ma-xac-thuc" in go(second).location
    assert second.open("/ban/").status == 302


def test_confirming_without_a_password(app: Flask, provider: OpenIdProvider) -> None:
    invite(app)
    visitor = Visitor(app.test_client())
    go(visitor)
    address = "/ban/kh46/luu-giu"

    def make_old() -> None:
        with visitor.client.session_transaction(base_url="http://localhost/ban/") as session:
            session["fs_paa"] = time.time() - 3600

    make_old()
    asked = visitor.open(address)
    begin = visitor.open(asked.location).link("Xác nhận bằng")
    provider.claims = {"auth_time": int(time.time()) - 3600}
    assert go(visitor, begin).status == 502
    assert visitor.open(address).status == 302
    provider.claims = {}
    assert go(visitor, begin).location == address
    assert provider.asked[-1]["prompt"] == "login"
    assert visitor.open(address).status == 200


def test_without_a_provider_there_is_no_such_page(settings: Settings) -> None:
    visitor = Visitor(create_app(settings).test_client())
    assert "mot-cua" not in visitor.open(SIGN_IN).html
    assert visitor.open(BEGIN).status == 404
    assert visitor.open(BACK).status == 404
