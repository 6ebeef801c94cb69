"""Pages of the board that have several forms: pressing the right button."""

from __future__ import annotations

from collections.abc import Mapping

from tests.visitor import Form, Page, Visitor

Changes = Mapping[str, "str | list[str] | None"]
SIGN_OUT = "/ban/dang-xuat"


def form_of(page: Page, end: str = "") -> Form:
    """Return the form whose address ends so; without `end`, the first one but signing out."""
    own = [form for form in page.forms if not form.action.endswith(SIGN_OUT)]
    found = [form for form in own if form.action.partition("?")[0].endswith(end)]
    assert found, [form.action for form in page.forms]
    return found[0]


def send_form(visitor: Visitor, page: Page, changes: Changes | None = None, end: str = "") -> Page:
    """Fill in a form of a page and press its button."""
    form = form_of(page, end)
    return visitor.post(form.action, {**form.values(), **(changes or {})})
