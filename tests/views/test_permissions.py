"""Every page of both applications: for whom it is, tried by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_links
from models import Account, Campaign
from models.database import transaction
from services import accounts
from services.accounts import Rights
from settings import Settings
from tests.views.board_members import create_member, sign_in, token
from tests.views.test_campaign_desk import NEW
from views.access import ANYONE, FRESH, NOBODY, OF_ALL_CAMPAIGNS, PAGES, RANKS, SHARED
from views.audiences import AUDIENCES, EVERYBODY, PARTICIPANTS, UNIT

NOW = datetime(2021, 8, 20, 3, 0, tzinfo=UTC)
EVERY = "every campaign"
# Who tries: the role, and the campaigns of the account; "" is whoever has not signed in.
PEOPLE = {
    "nobody": ("", ()),
    "viewer": ("viewer", ("kh46",)),
    "officer of this campaign": ("officer", ("kh46",)),
    "officer of another campaign": ("officer", ("khac",)),
    "officer of all campaigns": ("officer", (EVERY,)),
    "administrator": ("admin", ()),
}
# What stands in the addresses; where nothing is said, something that does not exist.
ARGUMENTS = {"campaign_code": "kh46", "round_code": "dot1", "unit_code": "TU-RG"}
ABSENT = {"IntegerConverter": 999_999, "AnyConverter": "csv"}
LEFT_OUT = ("HEAD", "OPTIONS")
REFUSED = "/ban/dang-nhap?next="


def test_every_page_of_the_board_says_for_whom_it_is(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert pages - set(PAGES) == set(), "say in views.access.PAGES for whom these are"
    assert set(PAGES) - pages == set(), "these are no pages any more"
    assert set(PAGES.values()) <= {ANYONE, NOBODY, *RANKS}
    assert set(FRESH) | set(FRESH.values()) <= pages


def test_what_officers_do_is_about_a_campaign_or_said_to_be_about_all(app: Flask) -> None:
    loose = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if PAGES[rule.endpoint] == "officer" and "campaign_code" not in rule.arguments
    }
    assert loose == OF_ALL_CAMPAIGNS


def test_every_page_of_the_links_says_for_whom_it_is(settings: Settings) -> None:
    rules = list(create_links(settings).url_map.iter_rules())
    pages = {rule.endpoint for rule in rules}
    assert pages - set(AUDIENCES) == set(), "say in views.audiences for whom these are"
    assert set(AUDIENCES) - pages == set(), "these are no pages any more"
    for rule in rules:
        signs = {"<unit_code:": UNIT, "<public_code:": PARTICIPANTS}
        found = [audience for sign, audience in signs.items() if sign in rule.rule]
        assert [AUDIENCES[rule.endpoint]] == (found or [EVERYBODY]), rule


@pytest.mark.parametrize("who", PEOPLE)
def test_a_page_opens_for_whom_it_is_and_for_nobody_else(app: Flask, who: str) -> None:
    role, campaigns = PEOPLE[who]
    browser = Browser(app, role, campaigns)
    wrong = [
        f"{method} {rule}: {status}"
        for rule in sorted(app.url_map.iter_rules(), key=str)
        for method, status, refused in browser.try_page(rule)
        if refused == expected(rule, role, campaigns) or status >= 500
    ]
    assert wrong == []


def expected(rule: Rule, role: str, campaigns: tuple[str, ...]) -> bool:
    """Tell whether the page of a rule is for somebody."""
    least = PAGES[rule.endpoint]
    if least in (ANYONE, NOBODY):
        return least == ANYONE
    everywhere = role == "admin" or EVERY in campaigns
    here = everywhere or "campaign_code" not in rule.arguments or "kh46" in campaigns
    shared = everywhere or rule.endpoint not in SHARED
    return RANKS.get(role, 0) >= RANKS[least] and here and shared


class Browser:
    """A browser of somebody, who signs in again whenever a page has ended the session."""

    def __init__(self, app: Flask, role: str, campaigns: tuple[str, ...]) -> None:
        self.app = app
        self.email = create_person(app, role, campaigns) if role else ""
        self.client = self._new()

    def try_page(self, rule: Rule) -> Iterator[tuple[str, int, bool]]:
        """Yield for each method of a page its status and whether it refused."""
        for method in sorted(rule.methods.difference(LEFT_OUT)):
            address = address_of(self.app, rule)
            if method == "GET":
                answer = self.client.get(address)
            else:
                answer = self.client.post(address, data={"csrf_token": self._token()})
            yield method, answer.status_code, is_refusal(answer)
            answer.close()
            if self.email and self.client.get("/ban/phien-lam-viec").status_code != 200:
                self.client = self._new()

    def _token(self) -> str:
        return token(self.client.get("/ban/phien-lam-viec" if self.email else "/ban/dang-nhap"))

    def _new(self) -> FlaskClient:
        client = self.app.test_client()
        if self.email:
            assert sign_in(client, self.email).status_code == 302
        return client


def create_person(app: Flask, role: str, campaigns: tuple[str, ...]) -> str:
    email = create_member(app, role)
    with app.app_context(), transaction() as session:
        shipped = session.scalars(select(Campaign)).one()
        columns = {c.name: getattr(shipped, c.name) for c in Campaign.__table__.columns}
        session.add(Campaign(**{**columns, "id": 99, "code": "khac", "position": 99}))
        session.flush()
        account = session.scalars(select(Account)).one()
        everywhere = EVERY in campaigns
        rights = Rights(role, everywhere, () if everywhere else campaigns)
        # Somebody has to be left to administer.
        accounts.create_account(session, "khac@ban.example", "-", "admin", NOW)
        accounts.change_rights(session, account.id, rights, "khac@ban.example", NOW)
    return email


def address_of(app: Flask, rule: Rule) -> str:
    """Return an address of a page."""
    values = {
        name: ARGUMENTS.get(name, ABSENT.get(type(rule._converters[name]).__name__, "khong-co"))  # noqa: SLF001 - no public way to ask
        for name in rule.arguments
    }
    with app.test_request_context(base_url="http://localhost/ban"):
        return url_for(rule.endpoint, **values)


def is_refusal(answer: TestResponse) -> bool:
    """Tell whether somebody was not let in, or sent to sign in first."""
    return answer.status_code in (401, 403) or answer.headers.get("Location", "").startswith(
        REFUSED
    )


def test_the_board_lists_only_campaigns_that_one_has(app: Flask) -> None:
    email = create_person(app, "officer", ("khac",))
    client = app.test_client()
    sign_in(client, email)
    page = client.get("/ban/").text
    assert 'id="campaign-khac"' in page
    assert 'id="campaign-kh46"' not in page
    page = client.get("/ban/chuyen-de/").text
    assert "/chuyen-de/khac" in page
    assert "/chuyen-de/kh46" not in page
    for address in ("/ban/don-vi/ma/TU-RG", "/ban/bieu-mau/"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "/kh46/" not in answer.text, address


def test_whoever_begins_or_copies_a_campaign_may_enter_it(app: Flask) -> None:
    email = create_person(app, "officer", ("khac",))
    client = app.test_client()
    sign_in(client, email)
    for address, code in (("khac/sao-chep", "chep"), ("moi", "kh51")):
        page = client.get(f"/ban/chuyen-de/{address}")
        form = {**NEW, "code": code, "csrf_token": token(page)}
        answer = client.post(f"/ban/chuyen-de/{address}", data=form)
        assert answer.status_code == 303, answer.text
        assert client.get(answer.location).status_code == 200
        assert f"/chuyen-de/{code}" in client.get("/ban/chuyen-de/").text


def test_whoever_has_single_campaigns_changes_nothing_that_all_share(app: Flask) -> None:
    email = create_person(app, "officer", ("kh46",))
    client = app.test_client()
    sign_in(client, email)
    directory = client.get("/ban/don-vi/").text
    assert "Thành ủy Rạch Giá" in directory
    assert "/ban/don-vi/nhap" not in directory
    assert "/ban/don-vi/moi" not in directory
    assert client.get("/ban/don-vi/nhap").status_code == 403
    unit = client.get("/ban/don-vi/ma/TU-RG").text
    assert "/ban/don-vi/ma/TU-RG/sua" not in unit
    # Letters are written to it in this campaign.
    assert "btg.rachgia@kiengiang.example.vn" in unit
    forms = client.get("/ban/bieu-mau/").text
    assert "/ban/bieu-mau/tai-len" not in forms
    assert client.get("/ban/bieu-mau/tai-len").status_code == 403


def test_how_to_reach_a_unit_is_shown_to_those_who_ask_it(app: Flask) -> None:
    email = create_person(app, "officer", ("khac",))
    client = app.test_client()
    sign_in(client, email)
    unit = client.get("/ban/don-vi/ma/TU-RG")
    assert unit.status_code == 200
    assert "btg.rachgia@kiengiang.example.vn" not in unit.text
    assert 'id="contacts"' not in unit.text
