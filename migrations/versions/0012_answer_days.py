"""Keep how long the board may take to answer, and until when reminders were looked for.

Revision ID: 0012
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "campaign", sa.Column("answer_days", sa.Integer, nullable=False, server_default="15")
    )
    op.add_column("round", sa.Column("reminders_looked_on", sa.Date))


def downgrade() -> None:
    for table, column in (("campaign", "answer_days"), ("round", "reminders_looked_on")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
