"""Exemplary rows: the board ticks them in the lists of a round, and the workbook shows it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from exports.ticks import TickList, TickRow, tick_lists
from language.dates import wall_clock
from models.campaign import CLOSED
from models.tick import Tick
from services import audit, consolidation
from services.campaigns import find_round


def lists(
    session: Session, campaign_code: str, round_code: str, now: datetime, language: str = "vi"
) -> tuple[TickList, ...]:
    """Return what can be ticked of a round. Raises Problem `round_unknown`."""
    opened = find_round(session, round_code, campaign_code)
    if opened.kind != CLOSED:
        return ()
    asked = consolidation.collect_round(session, opened, now)
    return tick_lists(asked, language, wall_clock(now))


def save(
    session: Session,
    campaign_code: str,
    round_code: str,
    seen: frozenset[str],
    ticked: frozenset[str],
    actor: str,
    now: datetime,
) -> int:
    """Tick rows, and take ticks back; return how many have changed.

    `seen` are the ids of the rows that were ticked when the page was opened, `ticked` of those that
    are to be: what another person has ticked since is left alone. Rows that are no longer there
    are passed over. Raises Problem `round_unknown`.
    """
    rows = {row.id: row for found in lists(session, campaign_code, round_code, now) for row in
            found.rows}  # fmt: skip
    changed = [
        row for id_, row in rows.items()
        if (id_ in ticked) != (id_ in seen) and row.ticked != (id_ in ticked)
    ]  # fmt: skip
    for row in changed:
        _turn(session, row, now)
    session.flush()
    if changed:
        subject = f"round:{campaign_code}/{round_code}"
        audit.note(session, now, actor, "report.ticked", subject, count=len(changed))
    return len(changed)


def _turn(session: Session, row: TickRow, now: datetime) -> None:
    """Tick a row that is not ticked, or take its tick back."""
    place, digest = row.key
    if row.ticked:
        session.execute(
            delete(Tick).where(
                Tick.response_id == row.response_id,
                Tick.place == place,
                Tick.row_digest == digest,
            )
        )
    else:
        session.add(Tick(response_id=row.response_id, place=place, row_digest=digest, at=now))
