"""Keep what the board ticks in lists: exemplary rows.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tick",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "response_id", sa.Integer, sa.ForeignKey("response.id"), nullable=False, index=True
        ),
        sa.Column("place", sa.String(128), nullable=False),
        sa.Column("row_digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("response_id", "place", "row_digest"),
    )


def downgrade() -> None:
    op.drop_table("tick")
