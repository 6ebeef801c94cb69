"""Keep counts of feedback and what units are found and sorted by.

Revision ID: 0008
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from language.collation import stored_key
from language.text import fold

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

ASSIGNMENT = sa.table(
    "assignment",
    *(sa.column(name, sa.String) for name in ("unit_name", "name_key", "search")),
)


def upgrade() -> None:
    for name in ("name_key", "search"):
        op.add_column("assignment", sa.Column(name, sa.String, nullable=False, server_default=""))
    connection = op.get_bind()
    for (name,) in connection.execute(sa.select(ASSIGNMENT.c.unit_name).distinct()).all():
        connection.execute(
            ASSIGNMENT.update()
            .where(ASSIGNMENT.c.unit_name == name)
            .values(name_key=stored_key(name), search=fold(name))
        )


def downgrade() -> None:
    with op.batch_alter_table("assignment") as batch:
        for name in ("name_key", "search"):
            batch.drop_column(name)
