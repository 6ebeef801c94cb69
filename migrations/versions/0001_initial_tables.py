"""Create the tables.

Revision ID: 0001
Revises: none
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Each after the tables it refers to.
TABLES = (
    "role", "account", "account_role", "audit_entry", "form_definition", "form_version", "unit",
    "campaign", "round", "assignment", "link", "draft", "response", "revision", "attachment",
    "feedback",
)  # fmt: skip


def upgrade() -> None:
    create_accounts()
    create_forms()
    create_unit()
    create_campaigns()
    create_links()
    create_responses()
    create_attachment()
    create_feedback()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **options})


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def yes_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def reference(name: str, target: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), **{"nullable": False, **options})


def create_accounts() -> None:
    op.create_table("role", key(), text("name", 80, unique=True))
    op.create_table(
        "account",
        key(),
        text("email", 255, unique=True),
        text("password", 255, nullable=True),
        text("name"),
        yes_no("active"),
        text("fs_uniquifier", 64, unique=True),
        moment("created_at"),
    )
    op.create_table(
        "account_role",
        reference("account_id", "account.id", primary_key=True),
        reference("role_id", "role.id", primary_key=True),
    )
    op.create_table(
        "audit_entry",
        key(),
        moment("at"),
        text("actor", index=True),
        text("act", 64),
        text("subject"),
        sa.Column("details", sa.JSON, nullable=False),
    )


def create_forms() -> None:
    op.create_table("form_definition", key(), text("form_id", 128, unique=True))
    op.create_table(
        "form_version",
        key(),
        reference("form_definition_id", "form_definition.id"),
        number("number"),
        text("version", 64),
        text("digest", 64, unique=True),
        text("definition"),
        sa.Column("source", sa.LargeBinary, nullable=False),
        text("source_digest", 64, index=True),
        text("source_name"),
        moment("published_at"),
        sa.UniqueConstraint("form_definition_id", "number"),
    )


def create_unit() -> None:
    op.create_table(
        "unit",
        key(),
        text("code", 32, unique=True),
        text("name"),
        text("short_name"),
        text("group_code", 64),
        text("level", 32),
        text("parent_code", 32),
        text("email"),
        text("admin_code", 32),
        text("report_duty", 16),
        yes_no("count_in_total"),
        number("position"),
        text("note"),
        text("search"),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        text("successor_code", 32),
    )


def create_campaigns() -> None:
    op.create_table(
        "campaign",
        key(),
        text("code", 32, unique=True),
        text("title"),
        text("subject"),
        text("board_name"),
        text("parent_body"),
        text("place"),
        text("signer_title"),
        text("signer_name"),
        text("report_symbol"),
        sa.Column("groups", sa.JSON, nullable=False),
        number("position"),
    )
    op.create_table(
        "round",
        key(),
        reference("campaign_id", "campaign.id"),
        text("code", 32),
        text("title"),
        text("kind", 16),
        reference("form_definition_id", "form_definition.id"),
        number("position"),
        moment("due_at", nullable=True),
        moment("closes_at", nullable=True),
        yes_no("late_allowed"),
        sa.UniqueConstraint("campaign_id", "code"),
    )


def create_links() -> None:
    op.create_table(
        "assignment",
        key(),
        reference("round_id", "round.id"),
        reference("unit_id", "unit.id", index=True),
        yes_no("required"),
        yes_no("counted"),
        text("unit_name"),
        sa.UniqueConstraint("round_id", "unit_id"),
    )
    op.create_table(
        "link",
        text("code", 12, primary_key=True),
        reference("round_id", "round.id", index=True),
        reference("assignment_id", "assignment.id", nullable=True, index=True),
        text("label"),
        moment("created_at"),
        moment("revoked_at", nullable=True),
    )


def create_responses() -> None:
    op.create_table(
        "draft",
        key(),
        reference("assignment_id", "assignment.id", unique=True),
        reference("form_version_id", "form_version.id"),
        sa.Column("values", sa.JSON, nullable=False, quote=True),
        number("base_revision"),
        moment("saved_at"),
    )
    op.create_table(
        "response",
        key(),
        reference("assignment_id", "assignment.id", index=True),
        moment("created_at"),
    )
    op.create_table(
        "revision",
        key(),
        reference("response_id", "response.id"),
        number("number"),
        reference("form_version_id", "form_version.id"),
        text("answers"),
        text("instance", 64, unique=True),
        text("receipt_code", 12, unique=True),
        moment("submitted_at"),
        yes_no("late"),
        sa.UniqueConstraint("response_id", "number"),
    )


def create_attachment() -> None:
    op.create_table(
        "attachment",
        text("id", 32, primary_key=True),
        reference("assignment_id", "assignment.id", index=True),
        text("question", 128),
        text("shown_name", 150),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        text("content_type", 128),
        text("sha256", 64),
        moment("stored_at"),
    )


def create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("link_code", sa.String(12), sa.ForeignKey("link.code"), primary_key=True),
        text("id", 32, primary_key=True),
        reference("form_version_id", "form_version.id"),
        text("answers"),
        sa.Column("sent_on", sa.Date, nullable=False),
        # No row number: it would tell the order of arrival.
        sqlite_with_rowid=False,
    )
