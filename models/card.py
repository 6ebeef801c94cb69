"""Cards of one-time codes: each lets one participant answer once, whoever that is."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Key


class CardBatch(Base):
    """Cards that were made together for a public link: `label` says for whom, often a unit."""

    __tablename__ = "card_batch"

    id: Mapped[Key]
    link_code: Mapped[str] = mapped_column(ForeignKey("link.code"), index=True)
    label: Mapped[str]
    made_on: Mapped[date]
    made_by: Mapped[str]


class Card(Base):
    """A code that can be used once. When, and for which answers, is not kept.

    No feedback names a card and no card a feedback, so nobody can tell what its holder answered.
    """

    __tablename__ = "card"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("card_batch.id"), index=True)
    used: Mapped[bool] = mapped_column(default=False)
