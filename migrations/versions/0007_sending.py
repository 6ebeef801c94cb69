"""Send letters in batches, word them, remind on schedule, know what fails; cards for feedback.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        reference("round_id", "round.id", index=True),
        text("kind", 32),
        text("instance", 64, unique=True),
        text("actor"),
        moment("created_at", nullable=False),
    )
    with op.batch_alter_table("letter") as batch:
        batch.add_column(
            sa.Column(
                "batch_id",
                sa.Integer,
                sa.ForeignKey("letter_batch.id", name="fk_letter_batch_id_letter_batch"),
            )
        )
        batch.add_column(sa.Column("key", sa.String(64)))
        batch.add_column(moment("next_try_at"))
        batch.create_index("ix_letter_batch_id", ["batch_id"])
        batch.create_unique_constraint("uq_letter_key", ["key"])
    op.create_table(
        "letter_template",
        sa.Column("id", sa.Integer, primary_key=True),
        reference("campaign_id", "campaign.id"),
        text("kind", 32),
        text("subject"),
        text("body"),
        moment("changed_at", nullable=False),
        text("changed_by"),
        sa.UniqueConstraint("campaign_id", "kind"),
    )
    op.create_table(
        "reminder_run",
        reference("round_id", "round.id", primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
    )
    op.create_table(
        "failing_address",
        sa.Column("address", sa.String, primary_key=True),
        text("problem"),
        moment("since", nullable=False),
    )
    op.add_column(
        "link", sa.Column("cards_only", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_table(
        "card_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "link_code", sa.String(12), sa.ForeignKey("link.code"), nullable=False, index=True
        ),
        text("label"),
        sa.Column("made_on", sa.Date, nullable=False),
        text("made_by"),
    )
    op.create_table(
        "card",
        sa.Column("code", sa.String(12), primary_key=True),
        reference("batch_id", "card_batch.id", index=True),
        sa.Column("used", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("card")
    op.drop_table("card_batch")
    with op.batch_alter_table("link") as batch:
        batch.drop_column("cards_only")
    for table in ("failing_address", "reminder_run", "letter_template"):
        op.drop_table(table)
    with op.batch_alter_table("letter") as batch:
        batch.drop_constraint("uq_letter_key", type_="unique")
        batch.drop_index("ix_letter_batch_id")
        batch.drop_constraint("fk_letter_batch_id_letter_batch", type_="foreignkey")
        for column in ("next_try_at", "key", "batch_id"):
            batch.drop_column(column)
    op.drop_table("letter_batch")


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, **options)


def moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def reference(name: str, target: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=False, **options)
