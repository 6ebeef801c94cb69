"""A participant's way from a public link to the thanks, without scripts."""

from __future__ import annotations

import json

from flask import Flask
from flask.testing import FlaskClient

from language.codes import show_code
from tests.stored import feedbacks, public_code
from tests.visitor import Visitor


def test_a_participant_answers_in_three_steps(app: Flask, client: FlaskClient) -> None:
    visitor = Visitor(client)
    code = public_code(app, 1)

    # The code stands under the QR code on the wall.
    page = visitor.follow(visitor.submit(visitor.open("/").form, {"code": show_code(code)}))
    page = visitor.send(page, "submit", {"doi_tuong": "dv_hv_nd"})
    assert page.status == 422
    answers = {
        "cach_tham_gia_b": ["hop_dan", "loa"],
        "co_tai_lieu": "chua",
        "de_hieu": "3",
        "thoi_luong": "dai",
        "thiet_thuc": "4",
        "gop_y": "Nên đọc lại trên loa.\nXin cảm ơn.",
    }
    page = visitor.send(page, "submit", answers)
    assert [href for href, _ in page.links if "#q-" in href] == ["#q-cach_trinh_bay"]
    sent = visitor.send(page, "submit", {"cach_trinh_bay": "2"})
    thanks = visitor.follow(sent)
    assert "Xin cảm ơn" in thanks.text

    # The phone lost the connection and sends again.
    assert visitor.send(page, "submit", {"cach_trinh_bay": "2"}).location == sent.location
    [row] = feedbacks(app)
    expected = {"doi_tuong": "dv_hv_nd", **answers, "cach_trinh_bay": "2"}
    assert json.loads(row.answers) == expected
    assert row.link_code == code
