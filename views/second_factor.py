"""A second factor for signing in: codes of an app on a phone, and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import segno
from flask_security import Security, Totp

METHOD = "authenticator"
RECOVERY_CODES = 8
# Codes of the half minute before and after are taken: clocks differ.
WINDOW_SECONDS = 30
ISSUER = "Phiếu"
QR_SCALE = 5
SETUP_WITHIN = timedelta(minutes=30)


class OneTimeCodes(Totp):
    """The codes of apps: each is taken once, and the picture to scan is drawn by segno."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the picture that an app scans, as an address of an image."""
        drawn = io.BytesIO()
        address = self.get_totp_uri(username, totp)
        segno.make(address, error="m", micro=False).save(
            drawn, kind="svg", scale=QR_SCALE, dark="#000", light="#fff"
        )
        return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"

    def get_last_counter(self, user: Any) -> int | None:
        """Return the time step of the newest code that was taken from somebody."""
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Note that a code was taken; it is stored with the sign-in."""
        user.tf_last_counter = tmatch.counter


class BoardSecurity(Security):
    """Flask-Security with our picture of the code in place of the package it would look for."""

    def _check_modules(self, module: str, config_name: str) -> object:
        check: Callable[[str, str], object] = super()._check_modules
        return None if module == "qrcode" else check(module, config_name)


def second_factor_settings(secret_key: str) -> dict[str, Any]:
    """Return the settings of Flask-Security; what is stored is encrypted by `secret_key`."""
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": [METHOD],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": WINDOW_SECONDS,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_WITHIN": SETUP_WITHIN,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/xac-thuc-hai-lop",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/ma-xac-thuc",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/mat-thiet-bi",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/cach-xac-thuc",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "security.mf_recovery_codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/cac-ma-du-phong",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/ma-du-phong",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [fernet_key(secret_key)],
        "SECURITY_TOTP_SECRETS": {"1": fernet_key(secret_key).decode()},
        "SECURITY_TOTP_ISSUER": ISSUER,
    }


def fernet_key(secret_key: str) -> bytes:
    """Return a key for what is stored about second factors."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"second-factor:{secret_key}".encode()).digest())
