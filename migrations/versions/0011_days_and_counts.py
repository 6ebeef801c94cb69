"""Keep the days to answer and of reminders; an index of what is counted of assignments.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "campaign", sa.Column("answer_days", sa.Integer, nullable=False, server_default="15")
    )
    op.add_column("round", sa.Column("reminders_looked_on", sa.Date))
    op.create_index("ix_assignment_progress", "assignment", COUNTED)


def downgrade() -> None:
    op.drop_index("ix_assignment_progress", "assignment")
    for table, column in (("campaign", "answer_days"), ("round", "reminders_looked_on")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)


COUNTED = [
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
]
