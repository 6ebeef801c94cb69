"""Board accounts: who there is, what each may do and where, and whether it may sign in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.text import clean
from models.account import ROLES, Account, Role
from models.campaign import Campaign
from models.problems import Problem
from services import audit
from services.oidc import Identity

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class CreatedAccount:
    """An account as it was created; signing in knows it by `email`."""

    id: int
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account may do: one of ROLES, `everywhere` or in the campaigns with these codes."""

    role: str
    everywhere: bool = True
    campaigns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BoardAccount:
    """An account as the board sees it; `invited` while it has never set a password."""

    id: int
    email: str
    name: str
    rights: Rights
    active: bool
    invited: bool
    second_factor: bool
    created_at: datetime


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
    account = _new(session, email, Rights(role), now)
    account.password = password_hash
    _note_new(session, now, actor, "account.created", account)
    return CreatedAccount(account.id, account.email, role)


def invite(
    session: Session, email: str, name: str, rights: Rights, actor: str, now: datetime
) -> CreatedAccount:
    """Create an account that waits for its owner to set a password.

    Raises Problem `role_unknown`, `email_invalid` (with `reason`), `email_taken` or
    `campaign_unknown`.
    """
    account = _new(session, email, rights, now)
    account.name = clean(name)
    _note_new(session, now, actor, "account.invited", account)
    return CreatedAccount(account.id, account.email, rights.role)


def _new(session: Session, email: str, rights: Rights, now: datetime) -> Account:
    rights = _checked(rights)
    email = normalise_email(email)
    if session.scalar(select(Account.id).where(Account.email == email)):
        raise Problem("email_taken", email=email)
    account = Account(
        email=email,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
        everywhere=rights.everywhere,
        roles=[_role(session, rights.role)],
        campaigns=_campaigns(session, rights.campaigns),
    )
    session.add(account)
    session.flush()
    return account


def _note_new(session: Session, now: datetime, actor: str, act: str, account: Account) -> None:
    session.flush()
    after = _shown(_seen(account).rights)
    audit.note(session, now, actor, act, f"account:{account.email}", after=after)


def normalise_email(email: str) -> str:
    """Return an e-mail address in lower case. Raises Problem `email_invalid`."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Problem("email_invalid", email=email, reason=str(error)) from error


def any_account(session: Session) -> bool:
    """Tell whether anybody can sign in yet."""
    return session.scalar(select(Account.id).limit(1)) is not None


def list_accounts(session: Session) -> tuple[BoardAccount, ...]:
    """Return every account, in order of its e-mail address."""
    return tuple(map(_seen, session.scalars(select(Account).order_by(Account.email))))


def find_account(session: Session, account_id: int) -> BoardAccount:
    """Return an account. Raises Problem `account_unknown`."""
    return _seen(_account(session, account_id))


def find_by_email(session: Session, email: str) -> BoardAccount | None:
    """Return the account with this e-mail address, however it is written."""
    found = session.scalar(select(Account).where(Account.email == email.strip().lower()))
    return _seen(found) if found else None


# --- signing in by a provider ---------------------------------------------------------------------


def find_identity(session: Session, issuer: str, identity: Identity, now: datetime) -> BoardAccount:
    """Return the account of somebody whom a provider has identified.

    At the first time it is found by its address, which the provider must have verified; from then
    on by the subject, which nobody else can get. Raises Problem `provider_stranger` for everybody
    who was not invited, is shut out, or whose address is taken by another subject.
    """
    subject = hashlib.sha256(f"{issuer}\n{identity.subject}".encode()).hexdigest()
    account = session.scalar(select(Account).where(Account.oidc_subject == subject))
    if account is None:
        account = _by_address(session, identity)
        account.oidc_subject = subject
        session.flush()
        name = f"account:{account.email}"
        audit.note(session, now, account.email, "account.provider_bound", name, issuer=issuer)
    if not account.active:
        raise Problem("provider_stranger")
    return _seen(account)


def _by_address(session: Session, identity: Identity) -> Account:
    email = identity.email.strip().lower()
    found = session.scalar(
        select(Account).where(Account.email == email, Account.oidc_subject == "")
    )
    if found is None or not identity.verified or not found.active:
        raise Problem("provider_stranger")
    return found


# --- changing -------------------------------------------------------------------------------------


def change_rights(
    session: Session, account_id: int, rights: Rights, actor: str, now: datetime
) -> None:
    """Give an account another role or other campaigns; nothing is noted when it has them already.

    Raises Problem `account_unknown`, `role_unknown`, `campaign_unknown`, or `account_last_admin`
    when nobody would be left to administer.
    """
    account = _account(session, account_id)
    rights = _checked(rights)
    before = _seen(account).rights
    if rights.role != ADMIN:
        _keep_an_admin(session, account)
    account.roles = [_role(session, rights.role)]
    account.everywhere = rights.everywhere
    account.campaigns = _campaigns(session, rights.campaigns)
    session.flush()
    after = _seen(account).rights
    if after != before:
        audit.note(
            session,
            now,
            actor,
            "account.changed",
            f"account:{account.email}",
            before=_shown(before),
            after=_shown(after),
        )


def change_name(session: Session, account_id: int, name: str, actor: str, now: datetime) -> None:
    """Call the person of an account by another name. Raises Problem `account_unknown`."""
    account = _account(session, account_id)
    before, account.name = account.name, clean(name)
    session.flush()
    if account.name != before:
        names = {"before": {"name": before}, "after": {"name": account.name}}
        audit.note(session, now, actor, "account.renamed", f"account:{account.email}", **names)


def set_active(session: Session, account_id: int, active: bool, actor: str, now: datetime) -> None:
    """Let an account sign in, or no longer. What it did stays under its name.

    Raises Problem `account_unknown`, `account_own` when somebody would shut out themselves, or
    `account_last_admin`.
    """
    account = _account(session, account_id)
    if not active:
        if account.email == actor:
            raise Problem("account_own")
        _keep_an_admin(session, account)
    if account.active == active:
        return
    account.active = active
    session.flush()
    act = "account.reactivated" if active else "account.deactivated"
    audit.note(session, now, actor, act, f"account:{account.email}")


def set_password(
    session: Session, account_id: int, password_hash: str, now: datetime, *, act: str
) -> None:
    """Set the password of an account by a hash of it; every session of it that is open ends.

    The account is its own actor; `act` is what the log calls it.
    """
    account = _account(session, account_id)
    account.password = password_hash
    # Cookies name it; none that was given out is worth anything now.
    account.fs_uniquifier = secrets.token_hex(32)
    session.flush()
    audit.note(session, now, account.email, act, f"account:{account.email}")


def reset_second_factor(session: Session, account_id: int, actor: str, now: datetime) -> None:
    """Forget the second factor of an account, whose owner has lost it, and the recovery codes."""
    account = _account(session, account_id)
    account.tf_primary_method = account.tf_totp_secret = account.tf_last_counter = None
    account.mf_recovery_codes = None
    session.flush()
    audit.note(session, now, actor, "account.second_factor_reset", f"account:{account.email}")


def give_campaign(session: Session, email: str, campaign_code: str) -> None:
    """Let an account into a campaign that it has just created, unless it is everywhere anyway.

    The command line acts by no account; then there is nothing to do.
    """
    account = session.scalar(select(Account).where(Account.email == email))
    if account is None or account.everywhere:
        return
    if campaign_code not in {campaign.code for campaign in account.campaigns}:
        account.campaigns = [*account.campaigns, *_campaigns(session, [campaign_code])]
        session.flush()


def _keep_an_admin(session: Session, account: Account) -> None:
    """Raise Problem `account_last_admin` when this account is the only one that administers."""
    others = (
        select(func.count())
        .select_from(Account)
        .join(Account.roles)
        .where(Role.name == ADMIN, Account.active.is_(True), Account.id != account.id)
    )
    is_admin = account.active and _role_name(account) == ADMIN
    if is_admin and not session.scalar(others):
        raise Problem("account_last_admin")


def _checked(rights: Rights) -> Rights:
    """Return rights without what says nothing. Raises Problem `role_unknown`."""
    if rights.role not in ROLES:
        raise Problem("role_unknown", role=rights.role)
    everywhere = rights.everywhere or rights.role == ADMIN
    return Rights(rights.role, everywhere, () if everywhere else tuple(rights.campaigns))


def _shown(rights: Rights) -> dict[str, object]:
    """Return rights as the log holds them."""
    campaigns = {} if rights.everywhere else {"campaigns": list(rights.campaigns)}
    return {"role": rights.role, "everywhere": rights.everywhere, **campaigns}


def _account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise Problem("account_unknown")
    return account


def _role_name(account: Account) -> str:
    return max((role.name for role in account.roles), key=ROLES[::-1].index, default="")


def _seen(account: Account) -> BoardAccount:
    campaigns = tuple(campaign.code for campaign in account.campaigns)
    return BoardAccount(
        account.id,
        account.email,
        account.name,
        Rights(_role_name(account), account.everywhere, campaigns),
        account.active,
        account.password is None and not account.oidc_subject,
        account.tf_primary_method is not None,
        account.created_at,
    )


def _role(session: Session, name: str) -> Role:
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        session.add(role)
    return role


def _campaigns(session: Session, codes: Iterable[str]) -> list[Campaign]:
    wanted = set(codes)
    found = session.scalars(
        select(Campaign).where(Campaign.code.in_(wanted)).order_by(Campaign.position)
    ).all()
    if len(found) != len(wanted):
        raise Problem("campaign_unknown", campaign=", ".join(sorted(wanted)))
    return list(found)
