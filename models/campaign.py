"""Campaigns, their rounds, who is asked in each, and the links that open them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from language.collation import stored_key
from language.text import fold
from models.database import Base, Key, Moment
from models.form import FormDefinition
from models.unit import Unit

CLOSED = "closed"
PUBLIC = "public"
STANDING = "standing"
# How official documents look: Hướng dẫn 36-HD/VPTW or Nghị định 30/2020/NĐ-CP.
PARTY = "party"
DECREE = "decree"
# Groups of fewer feedbacks are not shown, unless the round says otherwise.
THRESHOLD = 10
# So many days the board has to answer a difficulty, unless the campaign says otherwise.
ANSWER_DAYS = 15


class Campaign(Base):
    """A campaign and what its documents say of the board.

    `plan_number`, `plan_date` and `plan_issuer` are those of the plan it carries out.
    `report_symbol` ends the number of its reports ("-BC/BTGTU"), `document_style` is PARTY or
    DECREE. `groups` lists the groups of units in official order: [{"code": ..., "name": ...}].
    A difficulty that is not answered after `answer_days` is overdue.
    Until the end of the day `contacts_until` it is known whom to telephone; then it is erased.
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
    plan_number: Mapped[str] = mapped_column(default="")
    plan_date: Mapped[date | None]
    plan_issuer: Mapped[str] = mapped_column(default="")
    document_style: Mapped[str] = mapped_column(String(16), default=PARTY)
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    position: Mapped[int]
    archived_at: Mapped[datetime | None] = mapped_column(Moment)
    contacts_until: Mapped[date | None]
    answer_days: Mapped[int] = mapped_column(default=ANSWER_DAYS)


class Round(Base):
    """A form asked in a campaign.

    kind `closed`: a unit sends one report, corrected by revisions; `public`: participants answer
    anonymously; `standing`: a unit may send any number of responses at any time. Reports sent
    before `opens_at` and after `closes_at` are refused, after `due_at` they are late and taken only
    when `late_allowed`. Groups of fewer feedbacks than `threshold` are not shown. `reminders` are
    the days on which units are reminded, counted from the due day: negative ones before it;
    `reminders_looked_on` is the last day on which the worker looked whom to remind.
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
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    late_allowed: Mapped[bool] = mapped_column(default=True)
    threshold: Mapped[int] = mapped_column(default=THRESHOLD)
    reminders: Mapped[list[int]] = mapped_column(JSON, default=list)
    reminders_looked_on: Mapped[date | None]
    campaign: Mapped[Campaign] = relationship()
    form_definition: Mapped[FormDefinition] = relationship()


SENT = text("first_sent_at IS NOT NULL")


class Assignment(Base):
    """A unit asked to report in a round; what it is called and how it counts is frozen here.

    `due_at` is its own deadline in place of the round's, before the round closes. A unit that is
    added after the round has opened, or withdrawn from it, has the reason here: rates go on
    counting those that were asked at the opening. `asked_by` is the code of the unit above it that
    asked it, empty when the board did. `name_key`, by which it is sorted, and `search`, folded
    text, are made of the name. The last columns are its progress, kept by
    models.progress: they say nothing that drafts, revisions, decisions and extensions do not say,
    but they say it at once.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("round_id", "unit_id"),
        # What is counted: ten thousand rows are read without their texts.
        Index(
            "ix_assignment_progress",
            "round_id",
            "group_code",
            "required",
            "withdrawn_at",
            "first_sent_at",
            "due_at",
            "extended_to",
            "has_draft",
            "decided",
            "added_at",
            "revisions",
            "unit_id",
        ),
        # When units sent. Only of those that have: or SQLite would read lists in its order.
        Index(
            "ix_assignment_sent",
            "round_id",
            "first_sent_at",
            "withdrawn_at",
            "added_at",
            sqlite_where=SENT,
            postgresql_where=SENT,
        ),
    )

    id: Mapped[Key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    required: Mapped[bool]
    counted: Mapped[bool]
    unit_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(default="")
    group_code: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_reason: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[str] = mapped_column(String(32), default="")
    has_draft: Mapped[bool] = mapped_column(default=False)
    first_sent_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    revisions: Mapped[int] = mapped_column(default=0)
    decided: Mapped[str | None] = mapped_column(String(16))
    extended_to: Mapped[datetime | None] = mapped_column(Moment)
    round: Mapped[Round] = relationship()
    unit: Mapped[Unit] = relationship()

    @validates("unit_name")
    def _name(self, _column: str, name: str) -> str:
        """Keep what is made of the name with it."""
        self.name_key, self.search = stored_key(name), fold(name)
        return name


class Link(Base):
    """A short link; one without an assignment is public. Its code is what opens it.

    Through a public one that is `cards_only`, nobody answers without a card (models.card).
    """

    __tablename__ = "link"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    cards_only: Mapped[bool] = mapped_column(default=False)
    round: Mapped[Round] = relationship()
    assignment: Mapped[Assignment | None] = relationship()
