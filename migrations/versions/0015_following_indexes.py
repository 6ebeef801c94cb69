"""Find when units sent, and which units end, without reading all of them.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sent, ends = sa.text("first_sent_at IS NOT NULL"), sa.text("valid_to IS NOT NULL")
    op.create_index(
        "ix_assignment_sent",
        "assignment",
        ["round_id", "first_sent_at", "withdrawn_at", "added_at"],
        sqlite_where=sent,
        postgresql_where=sent,
    )
    op.create_index("ix_unit_ends", "unit", ["valid_to"], sqlite_where=ends, postgresql_where=ends)


def downgrade() -> None:
    op.drop_index("ix_unit_ends", "unit")
    op.drop_index("ix_assignment_sent", "assignment")
