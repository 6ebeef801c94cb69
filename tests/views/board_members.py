"""Members of the board for tests: their accounts, and browsers in which they have signed in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from werkzeug.test import TestResponse

from models.database import transaction
from services import accounts

PASSWORD = "mật khẩu đủ dài để thử"
CREATED_AT = datetime(2021, 6, 8, 2, 0, tzinfo=UTC)


def create_member(app: Flask, role: str) -> str:
    """Create an account with a role and return its e-mail address."""
    email = f"{role}@ban.example"
    with app.app_context():
        normalised = app.extensions["security"].password_util.normalize(PASSWORD)
        password_hash = hash_password(normalised)
        with transaction() as session:
            accounts.create_account(session, email, password_hash, role, CREATED_AT)
    return email


def token(page: TestResponse) -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(
    client: FlaskClient, email: str, password: str = PASSWORD, address: str = "/ban/dang-nhap"
) -> TestResponse:
    """Fill in the sign-in page and return the answer."""
    form = {"email": email, "password": password, "csrf_token": token(client.get(address))}
    return client.post(address, data=form)


def signed_in(app: Flask, role: str) -> FlaskClient:
    """Return a browser in which a new member with this role has signed in."""
    client = app.test_client()
    answer = sign_in(client, create_member(app, role))
    assert answer.status_code == 302, answer.text
    return client
