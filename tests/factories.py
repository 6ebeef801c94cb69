"""What tests need to be there first."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from models import Link, Round
from models.database import transaction
from services import audit, campaigns, reporting
from services.reporting import OpenLink, Receipt, Sending
from settings import Settings

# A working day between the installation of the campaign and the end of its first round.
WORKING_DAY = datetime(2021, 8, 20, 3, 0, tzinfo=UTC)


def unit_link(
    session: Session,
    round_code: str = "dot1",
    unit_code: str = "TU-RG",
    now: datetime = WORKING_DAY,
) -> OpenLink:
    """Open the link of a unit."""
    found = next(x for x in campaigns.links(session, round_code) if x.unit_code == unit_code)
    return reporting.open_link(session, found.code, now)


def public_link(session: Session, now: datetime = WORKING_DAY) -> OpenLink:
    """Open the first link of the feedback round."""
    return reporting.open_link(session, campaigns.links(session, "phan_hoi")[0].code, now)


def send_report(
    session: Session,
    link: OpenLink,
    *,
    answers: str = "{}",
    base_revision: int = 0,
    now: datetime = WORKING_DAY,
    instance: str | None = None,
) -> Receipt:
    """Send a report as it is."""
    opened = instance or uuid.uuid4().hex
    sending = Sending(link.form_version_id, answers, opened, base_revision)
    return reporting.submit(session, link, sending, now)


def change_round(session: Session, code: str, **values: object) -> None:
    """Change a round as the board may."""
    opened = session.scalar(select(Round).where(Round.code == code))
    for name, value in values.items():
        setattr(opened, name, value)
    session.flush()


def revoke(session: Session, link: OpenLink, now: datetime = WORKING_DAY) -> None:
    """Revoke a link."""
    session.get_one(Link, link.code).revoked_at = now
    session.flush()


def write_entries(settings: Settings, count: int) -> None:
    """Write to the database `count` times, as one of several processes."""
    with create_app(settings).app_context():
        for number in range(count):
            with transaction() as session:
                audit.note(session, WORKING_DAY, audit.SYSTEM, "written", str(number))
