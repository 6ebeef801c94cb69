"""Signing in by OpenID Connect, where the installation has a provider."""

from __future__ import annotations

import hmac
import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, abort, current_app, redirect, request, session, url_for
from flask_security import Security, login_user
from werkzeug.wrappers import Response

from models.database import transaction
from models.problems import Problem
from services import accounts, oidc
from services.oidc import Attempt, Provider
from settings import Settings
from views.access import signed_in
from views.filling import current_moment

single_sign_on = Blueprint("single_sign_on", __name__, url_prefix="/dang-nhap/mot-cua")

# Where the session keeps a try to sign in, and for how long.
KEPT, LONGEST_SECONDS = "single_sign_on", 10 * 60
VIA = "oidc"


def provider() -> Provider | None:
    """Return the provider of this installation."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_name,
    )


def _provider() -> Provider:
    return provider() or abort(404)


@single_sign_on.get("")
def begin() -> Response:
    """Go to the provider. A link, for a form may not lead to another site."""
    found, attempt = _provider(), oidc.new_attempt()
    address = oidc.authorization_address(
        found, attempt, redirect_uri(), again=signed_in() is not None
    )
    session[KEPT] = {**asdict(attempt), "next": request.args.get("next", ""), "at": time.time()}
    return redirect(address)


@single_sign_on.get("/tro-lai")
def come_back() -> Response:
    """Sign in whom the provider has identified; each try can be used once."""
    found, kept = _provider(), session.pop(KEPT, None)
    attempt = _checked(kept)
    if "error" in request.args:
        raise Problem("provider_failed", reason=request.args["error"][:80])
    identity = oidc.identify(found, attempt, request.args.get("code", ""), redirect_uri())
    with transaction() as opened:
        account = accounts.find_identity(opened, found.issuer, identity, current_moment())
    here = signed_in()
    if here is None:
        return _sign_in(account.email, kept["next"])
    if here.id != account.id:
        raise Problem("provider_stranger")
    # The browser could have asked the provider less than it was told to.
    if identity.seen_at < kept["at"] - oidc.LEEWAY_SECONDS:
        raise Problem("provider_failed", reason="the provider has not asked for the password")
    session["fs_paa"] = time.time()
    return redirect(_inside(kept["next"]))


def _checked(kept: Any) -> Attempt:
    """Return the try that this answer belongs to. Raises Problem `provider_failed`."""
    if not kept or time.time() - kept["at"] > LONGEST_SECONDS:
        raise Problem("provider_failed", reason="no sign-in was begun here lately")
    given = request.args.get("state", "")
    if not hmac.compare_digest(kept["state"].encode(), given.encode()):
        raise Problem("provider_failed", reason="the answer belongs to another sign-in")
    return Attempt(kept["state"], kept["nonce"], kept["verifier"])


def _sign_in(email: str, wanted: str) -> Response:
    """Sign in, after the second factor where the account has one."""
    security: Security = current_app.extensions["security"]
    user = security.datastore.find_user(email=email)
    if user is None:
        raise Problem("provider_stranger")
    asked = security.two_factor_plugins.tf_enter(user, False, VIA, next_loc=_inside(wanted))
    if asked is not None:
        response: Response = current_app.make_response(asked)
        return response
    login_user(user, authn_via=[VIA])
    return redirect(_inside(wanted))


def redirect_uri() -> str:
    """Return where the provider sends the browser back to."""
    public_url: str = current_app.config["SETTINGS"].public_url
    return public_url + url_for("single_sign_on.come_back")


def _inside(wanted: str) -> str:
    """Return a page of the board: never another site."""
    root = f"{request.root_path}/"
    inside = wanted.startswith(root) and "\\" not in wanted and "//" not in wanted
    return wanted if inside else url_for("board.list_campaigns")


def init_single_sign_on(app: Flask) -> None:
    """Tell the templates of `app` whether there is a provider."""
    app.jinja_env.globals.update(provider=provider)
