"""Board accounts: their roles, campaigns, sign-ins and links, as Flask-Security expects them."""

# Flask-Security declares plain attributes (`id: int`) where SQLAlchemy declares mapped ones.
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, Column, ForeignKey, String, Table
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.campaign import Campaign
from models.database import Base, Key, Moment

ROLES = ("admin", "officer", "viewer")
# What a link in a letter is for.
INVITATION = "invitation"
PASSWORD = "password"  # noqa: S105 - the kind of a link

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)
account_campaign = Table(
    "account_campaign",
    Base.metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """What an account may do: one of ROLES."""

    __tablename__ = "role"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Account(Base, UserMixin):
    """A person of the board who signs in; `password` is a hash, None until it is first set.

    An account that is not `everywhere` is for its `campaigns` only; an administrator always is.
    `tf_totp_secret` and `mf_recovery_codes` are encrypted; `tf_last_counter` is the time step of
    the newest code that was taken, which is taken only once. `oidc_subject` is by what name the
    provider of sign-ins knows the person, "" until it has first said so.
    """

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    everywhere: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON))
    oidc_subject: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="selectin")
    campaigns: Mapped[list[Campaign]] = relationship(
        secondary=account_campaign, lazy="selectin", order_by=Campaign.position
    )


class AccountLink(Base):
    """A link in a letter that lets its reader set a password, once; `digest` is of its secret."""

    __tablename__ = "account_link"

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    account: Mapped[Account] = relationship()


class SignIn(Base):
    """A person signed in on one device, from `at` until `ended_at`.

    `digest` is of the secret in the cookie; `device` is what people call the browser and the
    machine; `seen_at` is the hour in which it last opened a page.
    """

    __tablename__ = "sign_in"

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    device: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
