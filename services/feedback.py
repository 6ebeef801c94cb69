"""Anonymous feedback: stored with nothing that tells who sent it or when."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Boolean, Date, TextClause, bindparam, text
from sqlalchemy.orm import Session

from language.dates import local
from models.database import Moment
from models.feedback import Feedback
from models.problems import Problem
from services import cards
from services.reporting import OpenLink, open_link, refusal_details

ID_LENGTH = 32

# One statement, because thousands answer at once: it stores nothing when the link was revoked, or
# its round is not open at this moment, and nothing twice.
STORE = text(
    """
    INSERT INTO feedback (id, form_version_id, link_code, answers, sent_on)
    SELECT :id, :form_version_id, link.code, :answers, :sent_on
    FROM link
    JOIN round ON round.id = link.round_id
    JOIN campaign ON campaign.id = round.campaign_id
    WHERE link.code = :code AND link.revoked_at IS NULL AND campaign.archived_at IS NULL
      AND (round.opens_at IS NULL OR round.opens_at <= :now)
      AND (round.closes_at IS NULL OR round.closes_at >= :now)
      AND (:has_card OR NOT link.cards_only)
    ON CONFLICT DO NOTHING
    """
).bindparams(
    bindparam("sent_on", type_=Date),
    bindparam("now", type_=Moment),
    bindparam("has_card", type_=Boolean),
)


class Executes(Protocol):
    """A session, or the quick connection of models.database."""

    def execute(self, statement: TextClause, parameters: Mapping[str, Any], /) -> Any:
        """Execute a statement; what comes back tells the `rowcount`."""


def send(
    connection: Executes,
    link: OpenLink,
    version_id: int,
    answers_json: str,
    instance: str | None,
    now: datetime,
    card: str = "",
) -> bool:
    """Store one participant's answers; tell whether they were stored now.

    When they were not, `explain` says why. Of `now` only the local date is kept. A `card` is used
    up in the same transaction, and nothing tells afterwards for which answers. Raises Problem
    `card_used`: then the transaction must not be committed.
    """
    stored = connection.execute(
        STORE,
        {
            "id": _feedback_id(instance),
            "form_version_id": version_id,
            "code": link.code,
            "answers": answers_json,
            "sent_on": local(now).date(),
            "now": now,
            "has_card": bool(card),
        },
    )
    if stored.rowcount and card:
        used = connection.execute(cards.USE, {"card": card, "used": True, "unused": False})
        if not used.rowcount:
            raise Problem("card_used")
    return bool(stored.rowcount)


def _feedback_id(instance: str | None) -> str:
    if instance is None:
        return secrets.token_hex(ID_LENGTH // 2)
    return hashlib.sha256(instance.encode()).hexdigest()[:ID_LENGTH]


def explain(
    session: Session, link: OpenLink, instance: str | None, now: datetime, card: str = ""
) -> None:
    """Raise the reason why nothing was stored, unless it is that it was stored before.

    The reason is a Problem: `link_unknown`, `link_revoked`, `card_needed` or what
    services.states.timing says.
    """
    key = (link.code, _feedback_id(instance))
    if session.get(Feedback, key):
        return
    found = open_link(session, link.code, now)
    problem = found.timing(now).problem
    if problem is None and found.cards_only and not card:
        raise Problem("card_needed")
    raise Problem(problem or "round_closed", **refusal_details(found))
