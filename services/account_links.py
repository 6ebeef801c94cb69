"""One-time links with which the owner of an account sets a password, and the letters with them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from language.dates import format_moment
from models.account import INVITATION, PASSWORD, Account, AccountLink
from models.letter import SENDING
from models.problems import Problem
from services import accounts, audit
from services.letters import ReadyLetter

LIFETIMES: Mapping[str, timedelta] = {INVITATION: timedelta(days=7), PASSWORD: timedelta(hours=2)}
SECRET_BYTES = 24
# More letters than that to one mailbox are a nuisance, whoever asks for them.
MOST_LETTERS, PERIOD = 3, timedelta(hours=1)
# What the log says once a password is set by a link of this kind.
ACTS: Mapping[str, str] = {INVITATION: "account.accepted", PASSWORD: "account.password_reset"}

GREETING = "Kính gửi {name},"
CLOSING = ("Thư do hệ thống Phiếu gửi tự động.", "Trân trọng.")
SUBJECTS: Mapping[str, str] = {
    INVITATION: "Mời sử dụng hệ thống Phiếu",
    PASSWORD: "Đặt lại mật khẩu hệ thống Phiếu",
}
WORDINGS: Mapping[str, Sequence[str]] = {
    INVITATION: (
        (
            "Đồng chí được mời sử dụng hệ thống Phiếu bằng địa chỉ thư điện tử này. Vui lòng mở "
            "đường dẫn sau để đặt mật khẩu. Đường dẫn dùng được một lần, đến {expires_at}."
        ),
        "{address}",
        "Vui lòng không chuyển thư này cho người khác.",
    ),
    PASSWORD: (
        (
            "Có người (có thể là đồng chí) yêu cầu đặt lại mật khẩu hệ thống Phiếu của địa chỉ thư "
            "điện tử này. Vui lòng mở đường dẫn sau để đặt mật khẩu mới. Đường dẫn dùng được một "
            "lần, đến {expires_at}."
        ),
        "{address}",
        "Nếu không yêu cầu, vui lòng bỏ qua thư này; mật khẩu không thay đổi.",
    ),
}


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as it was made; its `secret` is nowhere else."""

    id: int
    kind: str
    secret: str
    email: str
    name: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that can still be used: of which kind, and whose."""

    id: int
    kind: str
    account_id: int
    email: str


def invite(session: Session, account_id: int, actor: str, now: datetime) -> NewLink:
    """Make a link for an account that has just been created, or whose first link has ended.

    Earlier ones end. Raises Problem `account_unknown`, or `account_accepted` when the account has a
    password.
    """
    account = accounts.find_account(session, account_id)
    if not account.invited:
        raise Problem("account_accepted")
    link = _make(session, account.id, INVITATION, now)
    audit.note(session, now, actor, "account.link_made", f"account:{account.email}")
    return link


def forgotten(session: Session, email: str, now: datetime) -> NewLink | None:
    """Make a link for somebody who has forgotten a password; None where there is nothing to make.

    None for no account, for one that is inactive, and after too many letters within an hour. An
    account that was invited and has no password yet gets another invitation.
    """
    found = accounts.find_by_email(session, email)
    if found is None or not found.active or _written(session, found.id, now) >= MOST_LETTERS:
        return None
    link = _make(session, found.id, INVITATION if found.invited else PASSWORD, now)
    audit.note(session, now, audit.SYSTEM, "account.link_asked", f"account:{found.email}")
    return link


def open_link(session: Session, secret: str, now: datetime) -> OpenedLink:
    """Return what a link is for. Raises Problem `account_link_invalid`."""
    row = session.scalar(select(AccountLink).where(AccountLink.digest == _digest(secret)))
    if row is None or row.used_at or row.expires_at < now or not row.account.active:
        raise Problem("account_link_invalid")
    return OpenedLink(row.id, row.kind, row.account_id, row.account.email)


def use_link(session: Session, secret: str, password_hash: str, now: datetime) -> str:
    """Set the password of the account of a link, end all its links, and return its address.

    Raises Problem `account_link_invalid`.
    """
    link = open_link(session, secret, now)
    _end(session, link.account_id, now)
    accounts.set_password(session, link.account_id, password_hash, now, act=ACTS[link.kind])
    return link.email


def letter(link: NewLink, address: str) -> ReadyLetter:
    """Return the letter with a link; `address` is what the link opens."""
    known = {"address": address, "expires_at": format_moment(link.expires_at)}
    lines = [
        GREETING.format(name=link.name or link.email),
        *(line.format(**known) for line in WORDINGS[link.kind]),
        *CLOSING,
    ]
    return ReadyLetter(
        id=link.id,
        kind=f"account.{link.kind}",
        to=link.email,
        subject=SUBJECTS[link.kind],
        text="\n\n".join(lines) + "\n",
        html=_html(lines, address),
        created_at=link.created_at,
        state=SENDING,
        tries=1,
        sent_at=None,
        problem="",
    )


def _html(lines: Sequence[str], address: str) -> str:
    link = Markup('<a href="{0}">{0}</a>').format(address)
    drawn = (Markup("<p>{}</p>").format(link if line == address else line) for line in lines)
    return Markup(
        '<!doctype html>\n<html lang="vi">\n<head><meta charset="utf-8"></head>\n'
        '<body style="font-family: sans-serif; line-height: 1.6">\n{}\n</body>\n</html>\n'
    ).format(Markup("\n").join(drawn))


def _make(session: Session, account_id: int, kind: str, now: datetime) -> NewLink:
    _end(session, account_id, now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = AccountLink(
        digest=_digest(secret),
        account_id=account_id,
        kind=kind,
        created_at=now,
        expires_at=now + LIFETIMES[kind],
    )
    session.add(row)
    session.flush()
    account = session.get_one(Account, account_id)
    return NewLink(row.id, kind, secret, account.email, account.name, now, row.expires_at)


def _end(session: Session, account_id: int, now: datetime) -> None:
    """End the links of an account that are still open."""
    session.execute(
        update(AccountLink)
        .where(AccountLink.account_id == account_id, AccountLink.used_at.is_(None))
        .values(used_at=now)
    )


def _written(session: Session, account_id: int, now: datetime) -> int:
    """Return how many links the account was sent lately."""
    lately = select(func.count()).where(
        AccountLink.account_id == account_id, AccountLink.created_at > now - PERIOD
    )
    return session.scalar(lately) or 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
