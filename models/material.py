"""Study documents that the board gives out, and how often they are downloaded."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Key, Moment


class Material(Base):
    """A document for an audience; its code is what the short link ends in."""

    __tablename__ = "material"

    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    title: Mapped[str]
    audience: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class MaterialFile(Base):
    """A file of a material; its bytes are in the files folder, named by their digest."""

    __tablename__ = "material_file"

    id: Mapped[Key]
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"), index=True)
    shown_name: Mapped[str] = mapped_column(String(150))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(128))
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Moment)
    replaced_at: Mapped[datetime | None] = mapped_column(Moment)


class MaterialDay(Base):
    """How often the files of a material were downloaded on a local day, and nothing about whom."""

    __tablename__ = "material_day"

    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
