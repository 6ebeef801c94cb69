"""The home page: what this place is, and a field for whoever was given a code on paper."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from language.codes import is_valid, normalise_code
from language.text import clean

home = Blueprint("home", __name__)


@home.get("/")
def show_home() -> str | Response | tuple[str, int]:
    """Show the home page; with `?code=`, go to the form behind that code."""
    typed = clean(request.args.get("code", ""))
    if not typed:
        return render_template("home/show_home.html", typed="", mistyped=False)
    code = typed_code(typed)
    if is_valid(code):
        # The code is letters and digits only, so the address stays on this site.
        return redirect(f"/{code}")
    return render_template("home/show_home.html", typed=typed, mistyped=True), 422


def typed_code(typed: str) -> str:
    """Return the code in what somebody typed or pasted: a code, or a whole address."""
    address = typed.partition("?")[0].rstrip("/")
    return normalise_code(address.rpartition("/")[2])
