"""A small OpenID provider on loopback, which can be told to misbehave."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "phieu", "bí mật của phiếu"


@dataclass
class OpenIdProvider:
    """Whoever opens its page is signed in as `email`; `claims` replace what a token says."""

    port: int
    email: str = "officer@ban.example"
    verified: object = True
    subject: str = "nguoi-1"
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signing_key: RSAKey | None = None
    issuer_named: str = ""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its name, which is where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> Flask:
        """Return it as an application."""
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/keys", view_func=self.keys)
        return app

    def configuration(self) -> Any:
        """Say where everything is."""
        return jsonify(
            issuer=self.issuer_named or self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/keys",
        )

    def keys(self) -> Any:
        """Show the public key."""
        return jsonify(keys=[self.key.as_dict(private=False)])

    def authorize(self) -> Any:
        """Sign somebody in without a question, and send the browser back with a code."""
        given = request.args.to_dict()
        assert (given["client_id"], given["response_type"]) == (CLIENT, "code")
        assert given["code_challenge_method"] == "S256"
        self.asked.append(given)
        code = secrets.token_urlsafe(8)
        self.codes[code] = given
        back = urlencode({"code": code, "state": given["state"]})
        return redirect(f"{given['redirect_uri']}?{back}")

    def token(self) -> Any:
        """Exchange a code, once, for a token."""
        given = request.form.to_dict()
        asked = self.codes.pop(given["code"], None)
        pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        right = (
            asked is not None
            and pair == urlencode({CLIENT: SECRET}).replace("=", ":").replace("+", "%20")
            and given["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(given["code_verifier"]) == asked["code_challenge"]
        )
        if not right or asked is None:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": self.verified,
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signing_key or self.key)
        return jsonify(access_token="x", token_type="Bearer", id_token=token)


@contextmanager
def running(provider: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """Let a provider listen."""
    server = make_server("127.0.0.1", provider.port, provider.app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
