"""Units: who reports."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from language.text import fold
from models.database import Base, Key

REQUIRED_DUTY = "bat_buoc"
INVITED_DUTY = "moi"
# Usual levels as they are stored, which analyses rely on, and as they are written.
LEVELS = {"tinh": "tỉnh", "huyen": "huyện", "xa": "xã"}


def level_code(typed: str) -> str:
    """Return a level as it is stored: a usual one by its code, however it is typed."""
    code = fold(typed)
    return code if code in LEVELS else typed


ENDS = text("valid_to IS NOT NULL")


class Unit(Base):
    """A unit of the directory.

    `position` is the official order. `level` is a free value and `parent_code` the code of another
    unit or empty: nothing assumes a number of levels. A unit that ends keeps its row, with
    `valid_to` and the code of its successor. `search` is folded text: names and code.
    """

    __tablename__ = "unit"
    __table_args__ = (
        # The few that have ended are found among thousands.
        Index("ix_unit_ends", "valid_to", sqlite_where=ENDS, postgresql_where=ENDS),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str]
    short_name: Mapped[str] = mapped_column(default="")
    group_code: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(32), default="")
    parent_code: Mapped[str] = mapped_column(String(32), default="", index=True)
    email: Mapped[str] = mapped_column(default="")
    admin_code: Mapped[str] = mapped_column(String(32), default="")
    report_duty: Mapped[str] = mapped_column(String(16))
    count_in_total: Mapped[bool]
    position: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    search: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str] = mapped_column(String(32), default="")


class Contact(Base):
    """A person to turn to at a unit: personal data, erased after `keep_until`."""

    __tablename__ = "contact"

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    keep_until: Mapped[date | None]
