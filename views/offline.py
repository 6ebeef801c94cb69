"""Without network: the service worker, and the two pages it shows by itself."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from flask import Blueprint, Response, render_template, request

from views.assets import asset, own_files, served
from views.language import keep_language

offline = Blueprint("offline", __name__)
offline.url_defaults(keep_language)

# What the two pages are made of.
PARTS = (
    "static/icon.svg",
    "bootstrap/static/css/bootstrap.min.css",
    "static/phieu.css",
    "static/store.js",
    "static/waiting.js",
)
DIGEST_SIGNS = 16


@offline.get("/sw.js")
def worker() -> Response:
    """Send the service worker; it stands at the root because it speaks only for what is below."""
    response = Response(_worker(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(_version())
    response.make_conditional(request)
    return response


@offline.get("/cho-gui")
def waiting() -> str:
    """Show what waits on this device to be sent."""
    return render_template("offline/waiting.html")


@offline.get("/khong-mang")
def absent() -> str:
    """Say that there is no network and that this page is not kept on the device."""
    return render_template("offline/absent.html")


@cache
def _worker() -> str:
    constants = f"const VERSION={json.dumps(_version())},ASSETS={json.dumps([*map(asset, PARTS)])}"
    parts = (constants, *(served(name).decode() for name in ("store.js", "worker.js")))
    return ";\n".join(parts)


@cache
def _version() -> str:
    """Return the digest of all that is served beside the pages."""
    content = b"".join(hashlib.sha256(served(name)).digest() for name in own_files())
    return hashlib.sha256(content + asset(PARTS[1]).encode()).hexdigest()[:DIGEST_SIGNS]
