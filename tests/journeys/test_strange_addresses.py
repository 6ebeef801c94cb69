"""No address breaks a page, on either database: PostgreSQL, for one, refuses NUL in a text."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.stored import everything, open_round, public_code
from tests.views.board_members import signed_in
from tests.visitor import Visitor

STRANGE = [
    "%00",
    "x%00",
    "%ff%fe",
    "%ed%a0%80",
    "'--",
    "a" * 3000,
    "%E1%BA%A1",
    "..%2f..%2fetc",
    "-",
]


def test_strange_addresses_are_not_found(app: Flask, client: FlaskClient) -> None:
    visitor = Visitor(client)
    unit, public = open_round(app), public_code(app)
    before = everything(app)
    for strange in STRANGE:
        for place in ("", f"{unit}/muc/", f"{unit}/bien-nhan/", f"{unit}/tep/", f"{public}/"):
            assert visitor.open(f"/{place}{strange}").status == 404, (place, strange)
        for name in ("lang", "more", "all", "saved"):
            assert visitor.open(f"/{unit}/muc/qua_trinh?{name}={strange}").status == 200
        assert visitor.open(f"/?code={strange}").status == 422
    assert everything(app) == before


def test_strange_addresses_of_the_board_are_not_found(app: Flask) -> None:
    visitor = Visitor(signed_in(app, "officer"))
    for strange in STRANGE:
        for place in ("", "kh46/", "kh46/dot1/", "kh46/dot1/TU-RG/tep/"):
            assert visitor.open(f"/ban/{place}{strange}").status == 404, (place, strange)
        for query in ("q", "state", "receipt", "lang"):
            assert visitor.open(f"/ban/kh46/dot1?{query}={strange}").status == 200
