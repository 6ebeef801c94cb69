"""What the worker does besides delivering letters; each is a task without arguments."""

from __future__ import annotations

from models.database import transaction
from services import cards


def mingle_cards() -> None:
    """Take away what could tell which card was used for which feedback."""
    with transaction() as session:
        cards.mingle(session)
    with transaction() as session:
        cards.settle_order(session)
