"""The one-time link with which the first board account is made."""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

PATH = "/ban/tai-khoan-dau-tien"
SALT = "first-account"
LIFETIME = timedelta(days=7)


def make_token(secret_key: str, now: datetime) -> str:
    """Return a token that is valid for LIFETIME; whoever uses it checks that no account exists."""
    return str(_serializer(secret_key).dumps(int((now + LIFETIME).timestamp())))


def is_valid(secret_key: str, token: str, now: datetime) -> bool:
    """Tell whether a token was made here and is not too old."""
    try:
        until = _serializer(secret_key).loads(token)
    except BadSignature:
        return False
    return isinstance(until, int) and now.timestamp() <= until


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=SALT)
