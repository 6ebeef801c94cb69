"""Board accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import ROLES, Account, Role
from models.problems import Problem
from services import audit


@dataclass(frozen=True, slots=True)
class CreatedAccount:
    """An account as it was created; signing in knows it by `email`."""

    id: int
    email: str
    role: str


def create_account(
    session: Session,
    email: str,
    password_hash: str,
    role: str,
    now: datetime,
    actor: str = audit.SYSTEM,
) -> CreatedAccount:
    """Create an active account. `password_hash` is made by the caller, never a password.

    Raises Problem `role_unknown`, `email_invalid` (with `reason`) or `email_taken`.
    """
    if role not in ROLES:
        raise Problem("role_unknown", role=role)
    email = normalise_email(email)
    if session.scalar(select(Account.id).where(Account.email == email)):
        raise Problem("email_taken", email=email)
    account = Account(
        email=email,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
        roles=[_role(session, role)],
    )
    session.add(account)
    session.flush()
    audit.note(session, now, actor, "account.created", f"account:{email}", role=role)
    return CreatedAccount(account.id, email, role)


def normalise_email(email: str) -> str:
    """Return an e-mail address in lower case. Raises Problem `email_invalid`."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Problem("email_invalid", email=email, reason=str(error)) from error


def any_account(session: Session) -> bool:
    """Tell whether anybody can sign in yet."""
    return session.scalar(select(Account.id).limit(1)) is not None


def _role(session: Session, name: str) -> Role:
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        session.add(role)
    return role
