"""Board accounts and their roles, as Flask-Security expects them."""

# Flask-Security declares plain attributes (`id: int`) where SQLAlchemy declares mapped ones.
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Key, Moment

ROLES = ("admin", "officer", "viewer")

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """What an account may do: one of ROLES."""

    __tablename__ = "role"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Account(Base, UserMixin):
    """A person of the board who signs in; `password` is a hash, None until it is first set."""

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="selectin")
