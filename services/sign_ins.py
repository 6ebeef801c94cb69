"""On which devices a person is signed in, and ending that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from models.account import Account, SignIn
from models.problems import Problem
from services import audit

# A sign-in that has ended is forgotten after so long.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """A device on which a person is signed in; `here` when it is the one that asks."""

    id: int
    device: str
    at: datetime
    seen_at: datetime
    here: bool


def begin(
    session: Session, account_id: int, secret: str, device: str, now: datetime, replaces: str = ""
) -> None:
    """Note that a person has signed in on a device; `secret` is what its cookie holds.

    `replaces` is the secret of the sign-in that this one takes the place of, if any.
    """
    account = session.get_one(Account, account_id)
    session.execute(delete(SignIn).where(SignIn.ended_at < now - KEPT))
    _end(session, now, SignIn.digest == _digest(replaces))
    session.add(
        SignIn(
            digest=_digest(secret),
            account_id=account_id,
            device=device,
            at=now,
            seen_at=hour(now),
        )
    )
    session.flush()
    if not replaces:
        audit.note(
            session, now, account.email, "account.signed_in", f"account:{account.email}",
            device=device,
        )  # fmt: skip


def is_open(session: Session, account_id: int, secret: str) -> datetime | None:
    """Return the hour in which this sign-in was last seen; None when it has ended."""
    return session.scalar(
        select(SignIn.seen_at).where(
            SignIn.digest == _digest(secret),
            SignIn.account_id == account_id,
            SignIn.ended_at.is_(None),
        )
    )


def seen(session: Session, secret: str, now: datetime) -> None:
    """Note the hour in which a device was seen."""
    session.execute(
        update(SignIn).where(SignIn.digest == _digest(secret)).values(seen_at=hour(now))
    )


def end(session: Session, secret: str, now: datetime) -> None:
    """Note that a person has signed out."""
    found = session.scalar(
        select(Account.email)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.digest == _digest(secret), SignIn.ended_at.is_(None))
    )
    if found:
        _end(session, now, SignIn.digest == _digest(secret))
        audit.note(session, now, found, "account.signed_out", f"account:{found}")


def list_open(session: Session, account_id: int, secret: str) -> tuple[OpenSignIn, ...]:
    """Return where a person is signed in, the newest first; `secret` is of the asking device."""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.id.desc())
    )
    digest = _digest(secret)
    return tuple(
        # The hour in which somebody was seen may have begun before the sign-in.
        OpenSignIn(row.id, row.device, row.at, max(row.at, row.seen_at), row.digest == digest)
        for row in rows
    )


def revoke(session: Session, account_id: int, sign_in_id: int, actor: str, now: datetime) -> None:
    """End one sign-in of an account. Raises Problem `sign_in_unknown`."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.account_id != account_id or row.ended_at:
        raise Problem("sign_in_unknown")
    row.ended_at = now
    session.flush()
    _note_revoked(session, account_id, actor, now, devices=[row.device])


def revoke_others(session: Session, account_id: int, secret: str, actor: str, now: datetime) -> int:
    """End every sign-in of an account but the one with this secret; return how many those were."""
    others = [row for row in list_open(session, account_id, secret) if not row.here]
    if others:
        _end(session, now, SignIn.id.in_([row.id for row in others]))
        devices = [row.device for row in others]
        _note_revoked(session, account_id, actor, now, devices=devices)
    return len(others)


def hour(moment: datetime) -> datetime:
    """Return the hour of a moment: nobody needs to know more closely."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _note_revoked(
    session: Session, account_id: int, actor: str, now: datetime, devices: list[str]
) -> None:
    email = session.get_one(Account, account_id).email
    audit.note(session, now, actor, "account.sessions_ended", f"account:{email}", devices=devices)


def _end(session: Session, now: datetime, which: ColumnElement[bool]) -> None:
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=now))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
