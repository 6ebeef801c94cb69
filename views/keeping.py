"""A session that has ended never eats what was typed: the answer holds it, ready to be sent again.

Only what came from a page of ours is held: what another site lets a browser send is refused.
"""

from __future__ import annotations

from flask import Response, render_template, request

# Never shown back: a password, and the token of the session that has ended.
SECRETS = frozenset({"csrf_token", "password", "password_again", "new_password"})
# The pages of signing in and of passwords are simply opened again.
WITHOUT = ("security", "account")
OURS = ("same-origin", "none", "")
# What the hidden parts of our own pages are called; people know nothing of them.
UNSEEN = frozenset({"action", "base", "instance", "revision", "seen", "unseen", "version"})


def can_keep() -> bool:
    """Tell whether the request sends what somebody typed on a page of ours."""
    ours = request.headers.get("Sec-Fetch-Site", "") in OURS
    return ours and request.method == "POST" and request.blueprint not in WITHOUT and bool(typed())


def typed() -> list[tuple[str, str]]:
    """Return the fields of this request as they were sent, but for secrets."""
    return [
        (name, text)
        for name, texts in request.form.lists()
        for text in texts
        if name not in SECRETS
    ]


def kept_page(status: int, *, signed_in: bool) -> Response:
    """Show what was typed, and offer to send it again: after signing in, when that has to be."""
    fields = typed()
    page = render_template(
        "errors/kept.html",
        signed_in=signed_in,
        action=request.root_path + request.full_path.rstrip("?"),
        fields=fields,
        shown=[(name, text) for name, text in fields if text.strip() and name not in UNSEEN],
        files=[file.filename for file in request.files.values() if file.filename],
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response
