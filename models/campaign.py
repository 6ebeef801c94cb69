"""Campaigns, their rounds, who is asked in each, and the links that open them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Key, Moment
from models.form import FormDefinition
from models.unit import Unit

CLOSED = "closed"
PUBLIC = "public"
STANDING = "standing"


class Campaign(Base):
    """A campaign and what its documents say of the board.

    `report_symbol` ends the number of its reports ("-BC/BTGTU"). `groups` lists the
    groups of units in official order: [{"code": ..., "name": ...}].
    """

    __tablename__ = "campaign"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str]
    subject: Mapped[str]
    board_name: Mapped[str]
    parent_body: Mapped[str]
    place: Mapped[str]
    signer_title: Mapped[str]
    signer_name: Mapped[str]
    report_symbol: Mapped[str]
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    position: Mapped[int]


class Round(Base):
    """A form asked in a campaign.

    kind `closed`: a unit sends one report, corrected by revisions; `public`: participants answer
    anonymously; `standing`: a unit may send any number of responses at any time. Reports sent
    after `due_at` are late and taken only when `late_allowed`; after `closes_at` none is.
    """

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    code: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    form_definition_id: Mapped[int] = mapped_column(ForeignKey("form_definition.id"))
    position: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    late_allowed: Mapped[bool] = mapped_column(default=True)
    campaign: Mapped[Campaign] = relationship()
    form_definition: Mapped[FormDefinition] = relationship()


class Assignment(Base):
    """A unit asked to report in a round; what it is called and how it counts is frozen here."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("round_id", "unit_id"),)

    id: Mapped[Key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    required: Mapped[bool]
    counted: Mapped[bool]
    unit_name: Mapped[str]
    round: Mapped[Round] = relationship()
    unit: Mapped[Unit] = relationship()


class Link(Base):
    """A short link; one without an assignment is public. Its code is what opens it."""

    __tablename__ = "link"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    round: Mapped[Round] = relationship()
    assignment: Mapped[Assignment | None] = relationship()
