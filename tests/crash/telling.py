"""What a page says when the database cannot be written to, and what is asked of it afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from flask import Flask

from tests.visitor import File, Page, plausible

SQLITE, POSTGRESQL = "sqlite:///", "postgresql+psycopg://"
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


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Let somebody else, who is no part of the server, hold the database."""
    if url.startswith(SQLITE):
        with closing(sqlite3.connect(url.removeprefix(SQLITE), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(url.replace(POSTGRESQL, "postgresql://")) as other:
            other.execute("LOCK TABLE draft, revision, audit_entry IN EXCLUSIVE MODE")
            yield
            other.rollback()
