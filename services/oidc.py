"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce, by Authlib and joserfc.

OpenID Connect Core 1.0, RFC 6749, RFC 7636. Every fault is a Problem `provider_failed`, whose
`reason` is for the operator.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from models.problems import Problem

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER_BYTES = 1024 * 1024
SCOPE = "openid email"
# Signatures by a key of the provider; never "none", never by a secret that both know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_SECONDS = 60
SECRET_BYTES = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Authlib has no types.
_prepared: Callable[..., str] = prepare_grant_uri
_challenge: Callable[[str], str] = create_s256_code_challenge
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who tells who somebody is, and how it knows us. `name` is what people call it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try to sign in is known by: kept with the browser until it comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the provider says: by `subject`, which never changes, and an address.

    `seen_at` is when the provider has last asked for the password, in seconds since 1970; 0 when it
    does not say.
    """

    subject: str
    email: str
    verified: bool
    seen_at: float = 0.0


def new_attempt() -> Attempt:
    """Return secrets that nobody can guess."""
    return Attempt(*(secrets.token_urlsafe(SECRET_BYTES) for _ in range(3)))


def authorization_address(
    provider: Provider, attempt: Attempt, redirect_uri: str, *, again: bool = False
) -> str:
    """Return where the browser goes to sign in; with `again`, the provider asks once more."""
    more = {"prompt": "login", "max_age": "0"} if again else {}
    return _prepared(
        _discover(provider)["authorization_endpoint"],
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=SCOPE,
        state=attempt.state,
        nonce=attempt.nonce,
        code_challenge=_challenge(attempt.verifier),
        code_challenge_method="S256",
        **more,
    )


def identify(provider: Provider, attempt: Attempt, code: str, redirect_uri: str) -> Identity:
    """Return who has signed in, given the code that the browser has brought back."""
    known = _discover(provider)
    answer = _post(
        known["token_endpoint"],
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": provider.client_id,
            "code_verifier": attempt.verifier,
        },
        provider,
    )
    claims = _claims(provider, known, str(answer.get("id_token", "")), attempt.nonce)
    email = claims.get("email")
    # A text "true" is no promise.
    verified = claims.get("email_verified") is True
    seen_at = claims.get("auth_time")
    return Identity(
        str(claims["sub"]),
        email if isinstance(email, str) else "",
        verified,
        float(seen_at) if isinstance(seen_at, int | float) else 0.0,
    )


def _claims(
    provider: Provider, known: Mapping[str, str], token: str, nonce: str
) -> Mapping[str, Any]:
    """Return what a token says, once its signature and everything around it is right."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(cast("KeySetSerialization", _get(known["jwks_uri"])))
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _failed(f"{type(error).__name__}: {error}") from error
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise _failed("the token is for somebody else")
    return claims


def _discover(provider: Provider) -> Mapping[str, str]:
    known = _get(provider.issuer.rstrip("/") + WELL_KNOWN)
    if known.get("issuer") != provider.issuer:
        raise _failed("the provider calls itself otherwise than OIDC_ISSUER")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _check_address(str(known.get(name, "")))
    return {name: str(value) for name, value in known.items()}


# --- asking the provider --------------------------------------------------------------------------


class _NoRedirects(HTTPRedirectHandler):
    """Nobody is sent elsewhere with our secret."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def _get(address: str) -> Mapping[str, Any]:
    return _asked(Request(_check_address(address)))  # noqa: S310 - checked


def _post(address: str, form: Mapping[str, str], provider: Provider) -> Mapping[str, Any]:
    request = Request(_check_address(address), urlencode(form).encode())  # noqa: S310 - checked
    if provider.client_secret:
        # RFC 6749, 2.3.1: both parts are written as in a form first.
        pair = f"{quote(provider.client_id, '')}:{quote(provider.client_secret, '')}"
        request.add_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    return _asked(request)


def _asked(request: Request) -> Mapping[str, Any]:
    request.add_header("Accept", "application/json")
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as answer:
            found = json.loads(answer.read(LARGEST_ANSWER_BYTES))
    except (URLError, OSError, ValueError) as error:
        raise _failed(f"{type(error).__name__}: {error}") from error
    if not isinstance(found, dict):
        raise _failed("the answer is no JSON object")
    return found


def _check_address(address: str) -> str:
    """Return an address that secrets may be sent to: HTTPS, or this very machine."""
    parts = urlsplit(address)
    near = parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts.scheme != "https" and not near:
        raise _failed(f"not an https address: {address!r}")
    return address


def _failed(reason: str) -> Problem:
    return Problem("provider_failed", reason=reason)
