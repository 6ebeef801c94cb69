"""What the tests of pages may ask for besides: a visitor, and the link of a unit."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.stored import open_round
from tests.visitor import Visitor


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    """Return a visitor without scripts."""
    return Visitor(client)


@pytest.fixture
def code(app: Flask) -> str:
    """Return the link of a unit to a round that is due in three days."""
    return open_round(app)
