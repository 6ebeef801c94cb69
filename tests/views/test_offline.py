"""What lets pages be opened without network: the worker, and the two pages it shows by itself."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from tests.stored import public_code
from tests.visitor import Visitor


def test_the_worker_stands_at_the_root_and_is_asked_for_each_time(client: FlaskClient) -> None:
    with client.get("/sw.js") as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
        etag = answer.headers["ETag"]
    assert client.get("/sw.js", headers={"If-None-Match": etag}).status_code == 304


def test_the_worker_names_only_what_is_there(client: FlaskClient) -> None:
    found = re.search(r"ASSETS=(\[.*?\])", client.get("/sw.js").text)
    assert found
    for address in json.loads(found[1]):
        with client.get(address) as answer:
            assert answer.status_code == 200, address


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/cho-gui", "sẽ tự gửi khi có mạng"),
        ("/khong-mang", "Không có kết nối mạng"),
        ("/cho-gui?lang=en", "will be sent by itself"),
        ("/khong-mang?lang=en", "No connection"),
    ],
)
def test_the_pages_without_network_say_so(client: FlaskClient, path: str, said: str) -> None:
    page = Visitor(client).open(path)
    assert page.status == 200
    assert said in page.text


def test_a_page_for_participants_names_nobody_to_the_device(app, client: FlaskClient) -> None:
    code = public_code(app)
    page = Visitor(client).open(f"/{code}")
    assert f'data-home="{code}"' in page.html
    assert "data-save" not in page.html
