"""Anonymous feedback, what is counted of it, and the comments in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

# What the board has decided on a comment.
NEW, APPROVED, HIDDEN = "new", "approved", "hidden"
UNCOUNTED = text("cell IS NULL")


class Feedback(Base):
    """One participant's answers, and nothing that could tell who gave them.

    The id is random and the rows have no other order: on SQLite without a row number, which would
    tell the order of arrival. Only the local date is kept. `cell` says where it is counted; None
    until it is.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        # The few that are not counted yet are found among a million.
        Index(
            "ix_feedback_uncounted",
            "link_code",
            sqlite_where=UNCOUNTED,
            postgresql_where=UNCOUNTED,
        ),
        {"sqlite_with_rowid": False},
    )

    # The key of both keeps the feedback of a link together without an index of its own.
    link_code: Mapped[str] = mapped_column(ForeignKey("link.code"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    answers: Mapped[str]
    sent_on: Mapped[date]
    cell: Mapped[str | None] = mapped_column(String(16))


class FeedbackGroup(Base):
    """Feedback of a round that is alike in what tells groups apart, and what it answered.

    `labels` is canonical JSON: the answer to each question that tells groups apart, null where it
    must not be known. `shown` and `held` are exports.feedback.Counts, `held` those of too few
    people so far. `versions` are the ids of the form versions that were answered. The id is made of
    the round and the labels, so that it tells nothing of when.
    """

    __tablename__ = "feedback_group"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    labels: Mapped[str]
    shown: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    held: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    versions: Mapped[list[int]] = mapped_column(JSON, default=list)


class FeedbackCell(Base):
    """How many people of a group came through a link; without one where it must not be known."""

    __tablename__ = "feedback_cell"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("feedback_group.id"), index=True)
    link_code: Mapped[str | None] = mapped_column(ForeignKey("link.code"))
    count: Mapped[int]


class Comment(Base):
    """What somebody wrote in words, apart from the other answers: NEW, APPROVED or HIDDEN.

    The id is random: in its order comments tell nothing of when they came.
    """

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_round_id_state_id", "round_id", "state", "id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group_id: Mapped[str] = mapped_column(ForeignKey("feedback_group.id"))
    question: Mapped[str] = mapped_column(String(128))
    text: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default=NEW)
