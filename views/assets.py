"""Addresses of style sheets, scripts and images, ours and Bootstrap's."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import flask_bootstrap

FOLDERS = {
    "static": Path(__file__).parent.parent / "static",
    "bootstrap/static": Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5",
}
DIGEST_SIGNS = 10


@cache
def asset(path: str) -> str:
    """Return the address of `path`, such as "static/phieu.css" or "bootstrap/static/css/...".

    The address carries a digest of the content, so that browsers keep the file for a year and
    still see a new one at once. Both applications use the addresses of the one at the root.
    """
    for prefix, folder in FOLDERS.items():
        if path.startswith(f"{prefix}/"):
            content = (folder / path.removeprefix(f"{prefix}/")).read_bytes()
            return f"/{path}?v={hashlib.sha256(content).hexdigest()[:DIGEST_SIGNS]}"
    raise LookupError(path)
