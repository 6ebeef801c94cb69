"""Let units ask the units below them, and keep the sums that came of it.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_unit_parent_code", "unit", ["parent_code"])
    op.add_column(
        "assignment",
        sa.Column("asked_by", sa.String(32), nullable=False, server_default=""),
    )
    op.create_table(
        "collected_sum",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment_id", sa.Integer, sa.ForeignKey("assignment.id"), nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("total", sa.String, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("assignment_id", "question"),
    )


def downgrade() -> None:
    op.drop_index("ix_unit_parent_code", "unit")
    op.drop_table("collected_sum")
    with op.batch_alter_table("assignment") as batch:
        batch.drop_column("asked_by")
