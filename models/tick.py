"""What the board ticks in a list: rows of reports that are exemplary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.campaign import Assignment
from models.database import Base, Key, Moment
from models.response import Response


class Tick(Base):
    """A ticked row of a report.

    `place` is the repeat and the column, as exports.ticks.tick_place names them, and `row_digest`
    the SHA-256 of what the row says: a row that is corrected is another one, and not ticked.
    """

    __tablename__ = "tick"
    __table_args__ = (UniqueConstraint("response_id", "place", "row_digest"),)

    id: Mapped[Key]
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), index=True)
    place: Mapped[str] = mapped_column(String(128))
    row_digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


def ticked_rows(session: Session, round_id: int) -> dict[int, frozenset[tuple[str, str]]]:
    """Return the place and digest of every ticked row of a round, by the id of its response."""
    rows = session.execute(
        select(Tick.response_id, Tick.place, Tick.row_digest)
        .join(Response, Response.id == Tick.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .where(Assignment.round_id == round_id)
    )
    found: dict[int, set[tuple[str, str]]] = {}
    for response_id, place, digest in rows:
        found.setdefault(response_id, set()).add((place, digest))
    return {response_id: frozenset(keys) for response_id, keys in found.items()}
