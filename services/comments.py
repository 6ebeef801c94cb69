"""Comments of participants: read by the board first, and by others once it has let them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.text import clean
from models.feedback import APPROVED, HIDDEN, NEW, Comment
from models.problems import Problem
from services import audit

STATES = (NEW, APPROVED, HIDDEN)
# What the log calls it.
ACTS = {NEW: "comments.new", APPROVED: "comments.approved", HIDDEN: "comments.hidden"}
PAGE_COMMENTS = 50
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment and what was decided on it; see models.feedback.Comment."""

    id: str
    question: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One page of comments, in an order that tells nothing of when they came."""

    comments: tuple[ShownComment, ...]
    found: int
    number: int
    pages: int


def count_comments(session: Session, round_id: int) -> Mapping[str, int]:
    """Return how many comments of a round are in each state."""
    rows = session.execute(
        select(Comment.state, func.count())
        .where(Comment.round_id == round_id)
        .group_by(Comment.state)
    )
    return dict.fromkeys(STATES, 0) | dict(rows.all())


def count_new(session: Session, round_id: int, most: int = MOST_COUNTED) -> int:
    """Return how many comments of a round wait to be reviewed; counting stops at `most`."""
    some = select(Comment.id).where(Comment.round_id == round_id, Comment.state == NEW).limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def list_comments(session: Session, round_id: int, state: str, number: int) -> CommentPage:
    """Return page `number`, from 1, of the comments of a round in a state."""
    found = count_comments(session, round_id).get(state, 0)
    pages = max((found - 1) // PAGE_COMMENTS + 1, 1)
    number = min(max(number, 1), pages)
    rows = session.scalars(
        select(Comment)
        .where(Comment.round_id == round_id, Comment.state == state)
        .order_by(Comment.id)
        .limit(PAGE_COMMENTS)
        .offset((number - 1) * PAGE_COMMENTS)
    )
    shown = tuple(ShownComment(row.id, row.question, row.text, row.state) for row in rows)
    return CommentPage(shown, found, number, pages)


def review(
    session: Session,
    round_id: int,
    ids: Sequence[str],
    state: str,
    actor: str,
    subject: str,
    now: datetime,
) -> int:
    """Let others read comments (APPROVED), or not (HIDDEN); return how many that changed.

    Raises Problem `comment_unknown` when one is not of the round, or the state is none.
    """
    wanted = [clean(id_) for id_ in ids]
    rows = session.scalars(
        select(Comment).where(Comment.round_id == round_id, Comment.id.in_(wanted))
    ).all()
    if len(rows) != len(set(wanted)) or state not in STATES:
        raise Problem("comment_unknown")
    changed = [row for row in rows if row.state != state]
    for row in changed:
        row.state = state
    session.flush()
    if changed:
        # Which ones is not for the log, which stands in order of time.
        audit.note(session, now, actor, ACTS[state], subject, count=len(changed))
    return len(changed)
