"""Devices of board members: which have signed in before, and what people call them.

A cookie tells that somebody has signed in here, by a random name for each account, signed. It says
neither who that is nor opens anything: see views.guessing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

COOKIE, SALT = "phieu_device", "device"
KEPT = timedelta(days=365)
NAME_BYTES = 9
# People who share a device.
MOST_ACCOUNTS = 8
DIGEST_SIGNS = 16

# What a browser says of itself -> what people call it; the first that fits.
BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "coc_coc": "Cốc Cốc",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: Mapping[str, str] = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def known_device(email: str) -> str:
    """Return the name of this device for an account, "" when nobody has signed in to it here."""
    return _names().get(_digest(email), "")


def remember_device(response: Response, email: str) -> None:
    """Let the browser show later that this account has signed in here."""
    names = _names()
    name = names.pop(_digest(email), "") or secrets.token_urlsafe(NAME_BYTES)
    kept = dict([*names.items(), (_digest(email), name)][-MOST_ACCOUNTS:])
    response.set_cookie(
        COOKIE,
        _serializer().dumps(kept),
        max_age=KEPT,
        path=current_app.config["SESSION_COOKIE_PATH"],
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def device_summary() -> str:
    """Return what people would call the browser of this request: "Chrome, Windows"."""
    told = request.user_agent.string
    parts = [_first(told, BROWSERS), _first(told, SYSTEMS)]
    return ", ".join(filter(None, parts)) or "?"


def _first(told: str, names: Mapping[str, str]) -> str:
    return next((name for sign, name in names.items() if sign in told), "")


def _names() -> dict[str, str]:
    try:
        names = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return {}
    return {str(digest): str(name) for digest, name in names.items()}


def _digest(email: str) -> str:
    key = current_app.config["SETTINGS"].secret_key.encode()
    text = f"{SALT}:{email.strip().lower()}".encode()
    return hmac.new(key, text, "sha256").hexdigest()[:DIGEST_SIGNS]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SETTINGS"].secret_key, salt=SALT)
