"""The page of a public round: what participants said, as far as it may be shown."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from flask import render_template, request
from sqlalchemy.orm import Session

from language.numbers import percent
from models.database import transaction
from models.following import FollowedRound
from models.problems import Problem
from services import comments, feedback_counts, feedback_results
from services.feedback_counts import round_threshold
from services.following import FollowedCampaign
from views.filling import current_moment

# So much is counted while somebody waits for the page; the rest is for the worker.
COUNTED_ROWS = 1000


def show_feedback(session: Session, campaign: FollowedCampaign, asked: FollowedRound) -> str:
    """Show what the feedback to a round says; `?by=` tells groups apart by a question."""
    results = feedback_results.results(session, asked, request.args.get("by", ""))
    return render_template(
        "board/show_feedback.html",
        campaign=campaign,
        round=asked,
        results=results,
        threshold=round_threshold(session, asked.id),
        waiting_days=feedback_counts.WAITING_DAYS,
        new_comments=comments.count_new(session, asked.id),
        percent=percent_of,
    )


def percent_of(part: int, whole: int) -> Decimal:
    """Return a part of a whole in percent."""
    return percent(part, whole) or Decimal(0)


def count_waiting(session: Session, asked: FollowedRound) -> None:
    """Count what a few participants have sent since the worker last did, if there is one.

    Nothing new can be counted while others write or the disk is full: what is counted is shown.
    """
    now = current_moment()
    if feedback_counts.can_count(session, asked.id, now, COUNTED_ROWS):
        with suppress(Problem), transaction() as writing:
            feedback_counts.count_round_up(writing, asked.id, now, COUNTED_ROWS)
