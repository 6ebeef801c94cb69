"""What an application has stored, looked at between requests; and the campaign made ready."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Feedback, Revision
from models.database import Base, reading, transaction
from services import campaigns
from tests.factories import change_round, unit_link

UNIT = "TU-RG"
UNIT_NAME = "Thành ủy Rạch Giá"


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    """Open a session to arrange things in."""
    with app.app_context(), transaction() as session:
        yield session


@contextmanager
def looking(app: Flask) -> Iterator[Session]:
    """Open a session to look at what is stored."""
    with app.app_context(), reading() as session:
        yield session


def in_days(days: float) -> datetime:
    """Return the moment `days` from now."""
    return datetime.now(UTC) + timedelta(days=days)


def open_round(app: Flask, code: str = "dot1", unit_code: str = UNIT, **values: object) -> str:
    """Make a round due in three days, or change it otherwise; return the link of a unit."""
    with writing(app) as session:
        change_round(session, code, **(values or {"due_at": in_days(3)}))
        return unit_link(session, code, unit_code).code


def public_code(app: Flask, number: int = 0) -> str:
    """Return the code of a link of the feedback round."""
    with looking(app) as session:
        return campaigns.links(session, "phan_hoi")[number].code


def everything(app: Flask) -> dict[str, list[Any]]:
    """Return the rows of every table."""
    with looking(app) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
        }


def revisions(app: Flask) -> list[Revision]:
    """Return every revision of every unit, oldest first."""
    with looking(app) as session:
        return list(session.scalars(select(Revision).order_by(Revision.id)))


def sent_answers(app: Flask) -> dict[str, Any]:
    """Return the answers of the newest revision."""
    answers: dict[str, Any] = json.loads(revisions(app)[-1].answers)
    return answers


def feedbacks(app: Flask) -> list[Feedback]:
    """Return every feedback."""
    with looking(app) as session:
        return list(session.scalars(select(Feedback)))


def count(app: Flask, table: type[Base]) -> int:
    """Return how many rows a table has."""
    with looking(app) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
