"""Style sheets, scripts and images, ours and Bootstrap's: their addresses, and what is served."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import flask_bootstrap
import minify
from flask import Response, abort, current_app, request

FOLDERS = {
    "static": Path(__file__).parent.parent / "static",
    "bootstrap/static": Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5",
}
DIGEST_SIGNS = 10
# What is written for people and served without what only they need.
MINIFIED = {".js": "application/javascript", ".css": "text/css"}


@cache
def asset(path: str) -> str:
    """Return the address of `path`, such as "static/phieu.css" or "bootstrap/static/css/...".

    The address carries a digest of the content, so that browsers keep the file for a year and
    still see a new one at once. Both applications use the addresses of the one at the root.
    """
    for prefix, folder in FOLDERS.items():
        if path.startswith(f"{prefix}/"):
            name = path.removeprefix(f"{prefix}/")
            content = served(name) if prefix == "static" else (folder / name).read_bytes()
            return f"/{path}?v={hashlib.sha256(content).hexdigest()[:DIGEST_SIGNS]}"
    raise LookupError(path)


@cache
def served(name: str) -> bytes:
    """Return what is served for one of our own files; scripts and style sheets are minified."""
    source = FOLDERS["static"] / name
    kind = MINIFIED.get(source.suffix)
    if kind is None:
        return source.read_bytes()
    return minify.string(kind, source.read_text(encoding="utf-8")).encode()


def own_files() -> list[str]:
    """Return the names of our own files; there are no folders among them."""
    return sorted(path.name for path in FOLDERS["static"].iterdir())


def make_all() -> None:
    """Make all that is served of our own files, before this process is copied.

    The minifier has threads of its own. A copy of the process has none of them, and would sooner
    or later wait for them without end.
    """
    for name in own_files():
        served(name)


def send_asset(name: str) -> Response:
    """Send one of our own files."""
    if name not in own_files():
        abort(404)
    content = served(name)
    response = Response(content, mimetype=mimetypes.guess_type(name)[0])
    response.cache_control.public = True
    response.cache_control.max_age = current_app.get_send_file_max_age(name)
    response.set_etag(hashlib.sha256(content).hexdigest()[:DIGEST_SIGNS])
    # Not as a stream: only what is there as a whole is compressed.
    response.make_conditional(request)
    return response
