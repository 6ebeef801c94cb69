"""What a page says when the database cannot be written to, and what is asked of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from tests.visitor import File, Page, plausible

KEEP_WAITING = "Hệ thống đang bận"


def verified(app: Flask) -> bool:
    """Tell whether every digest is right."""
    result = app.test_cli_runner().invoke(args=["verify"])
    assert result.exit_code == 0, result.output
    return True


def typed(page: Page, **changes: str | File) -> Mapping[str, Any]:
    """Return a whole form as a browser sends it, to be sent again and again."""
    return {**page.form.values(), **plausible(page.form), **changes}


def told_to_wait(page: Page, said: str = KEEP_WAITING) -> None:
    """Check that a page says what is the matter and when to come back."""
    assert page.status == 503
    assert int(page.response.headers["Retry-After"]) > 0
    assert said in page.text
