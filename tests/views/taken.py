"""Consolidated workbooks on the board: the button is pressed, the worker makes it, it is taken."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.views.board_members import token
from views.making import make_exports


def press(client: FlaskClient, campaign: str = "kh46") -> TestResponse:
    """Press the button below a campaign."""
    page = client.get("/ban/")
    return client.post(f"/ban/{campaign}/tong-hop.xlsx", data={"csrf_token": token(page)})


def take_workbook(client: FlaskClient, campaign: str = "kh46") -> TestResponse:
    """Press the button below a campaign, let the worker work, and take the file."""
    asked = press(client, campaign)
    assert asked.status_code == 303, asked.text
    with client.application.app_context():
        assert make_exports() == 1
    found = re.search(r'data-take="([^"]+)"', client.get(asked.location).text)
    assert found
    with client.get(found[1]) as answer:
        assert answer.data
        return answer
