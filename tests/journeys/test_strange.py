"""No address and no upload breaks a page, on either database: PostgreSQL refuses NUL in a text."""

from __future__ import annotations

import unicodedata

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.stored import everything, open_round, public_code
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor, plausible

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


def send(visitor: Visitor, code: str, **changes: object) -> Page:
    """Fill and send the whole form of a unit."""
    page = visitor.open(f"/{code}?all=1")
    return visitor.send(page, "submit", {**plausible(page.form), **changes})


@pytest.mark.parametrize("name", ["version", "instance", "base", "remove"])
def test_strange_hidden_inputs_are_not_believed(app: Flask, client: FlaskClient, name: str) -> None:
    visitor, code = Visitor(client), open_round(app)
    receipts = set()
    for strange in ["\x00", "'--", "\ufffe", "9" * 300, "ﬁ", "-1"]:
        page = visitor.open(f"/{code}?all=1")
        sent = visitor.send(page, "submit", {**plausible(page.form), name: strange})
        assert sent.status == 303
        receipts.add(sent.location)
    # What says the same as before is not sent anew.
    assert len(receipts) == 1
    answers = {"doi_tuong": "dv_cbccvc", "cach_tham_gia_a": "tu_nc", "co_tai_lieu": "giay"}
    answers |= {"de_hieu": "5", "thoi_luong": "dai", "thiet_thuc": "1", "action": "submit"}
    public = public_code(app)
    assert visitor.post(f"/{public}", {**answers, name: "\x00"}).status == 303


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x00b.pdf", "a-b.pdf"),
        ("../../etc/báo cáo.pdf", "báo cáo.pdf"),
        ("C:\\tệp\\báo cáo.pdf", "báo cáo.pdf"),
        (unicodedata.normalize("NFD", "Đợt 1.pdf"), "Đợt 1.pdf"),
        ("<b>\u202egpj.pdf", ".pdf"),
        ("x" * 3000 + ".pdf", "x.pdf"),
    ],
)
def test_strange_file_names_are_made_plain(
    app: Flask, client: FlaskClient, name: str, shown: str
) -> None:
    visitor, code = Visitor(client), open_round(app)
    receipt = visitor.follow(send(visitor, code, tep_bao_cao=(b"%PDF-1.7", name)))
    said, address = next((text, href) for href, text in receipt.links if "/tep/" in href)
    assert said.endswith(shown)
    assert len(said) <= 150
    assert not set(said) & set("/\\\x00<>\u202e")
    assert visitor.open(address).response.data == b"%PDF-1.7"


def test_strange_addresses_of_the_board_are_not_found(app: Flask) -> None:
    visitor = Visitor(signed_in(app, "officer"))
    for strange in STRANGE:
        for place in ("", "kh46/", "kh46/dot1/", "kh46/dot1/TU-RG/tep/"):
            assert visitor.open(f"/ban/{place}{strange}").status == 404, (place, strange)
        for query in ("q", "state", "receipt", "lang"):
            assert visitor.open(f"/ban/kh46/dot1?{query}={strange}").status == 200
