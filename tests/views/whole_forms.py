"""A unit's form on one page: how it is filled and sent, and what is asked back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.visitor import Page, Visitor, plausible


def whole(visitor: Visitor, code: str) -> tuple[Page, dict[str, list[str]]]:
    """Open the whole form; return it with plausible values for it."""
    page = visitor.open(f"/{code}?all=1")
    return page, plausible(page.form)


def send(
    visitor: Visitor, code: str, changes: Mapping[str, Any] | None = None, action: str = "submit"
) -> Page:
    """Fill and send, or save, the whole form."""
    page, values = whole(visitor, code)
    return visitor.send(page, action, {**values, **(changes or {})})


def asked_to_choose(page: Page) -> list[str]:
    """Return the inputs of which a page asks which answer is right."""
    assert page.status == 409
    names = [c.name for c in page.form.controls if c.kind == "radio"]
    return [name.removeprefix("keep-") for name in dict.fromkeys(names)]
