"""Keep counts of feedback and what units are found and sorted by.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from language.collation import stored_key
from language.text import fold

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# In the order in which they are taken back.
TABLES = (
    "material_day",
    "material_file",
    "material",
    "difficulty",
    "comment",
    "feedback_cell",
    "feedback_group",
)
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
    op.add_column("feedback", sa.Column("cell", sa.String(16)))
    uncounted = sa.text("cell IS NULL")
    op.create_index(
        "ix_feedback_uncounted",
        "feedback",
        ["link_code"],
        sqlite_where=uncounted,
        postgresql_where=uncounted,
    )
    create_counts()
    create_difficulties()
    create_materials()


def create_materials() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "material",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "campaign_id", sa.Integer, sa.ForeignKey("campaign.id"), nullable=False, index=True
        ),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("withdrawn_at", moment),
    )
    op.create_table(
        "material_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "material_id", sa.Integer, sa.ForeignKey("material.id"), nullable=False, index=True
        ),
        sa.Column("shown_name", sa.String(150), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.String(128), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("replaced_at", moment),
    )
    op.create_table(
        "material_day",
        sa.Column("material_id", sa.Integer, sa.ForeignKey("material.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def create_difficulties() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "difficulty",
        sa.Column("response_id", sa.Integer, sa.ForeignKey("response.id"), primary_key=True),
        sa.Column("category", sa.String(128), nullable=False),
        sa.Column("owner_id", sa.Integer, sa.ForeignKey("account.id")),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("answered_at", moment),
        sa.Column("ended_at", moment),
        sa.Column("changed_at", moment, nullable=False),
    )


def create_counts() -> None:
    op.create_table(
        "feedback_group",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), nullable=False, index=True),
        sa.Column("labels", sa.String, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("shown", "held", "versions")),
        sqlite_with_rowid=False,
    )
    group_id = sa.ForeignKey("feedback_group.id")
    op.create_table(
        "feedback_cell",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("group_id", sa.String(16), group_id, nullable=False, index=True),
        sa.Column("link_code", sa.String(12), sa.ForeignKey("link.code")),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), nullable=False),
        sa.Column("group_id", sa.String(16), sa.ForeignKey("feedback_group.id"), nullable=False),
        sa.Column("question", sa.String(128), nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comment_round_id_state_id", "comment", ["round_id", "state", "id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_feedback_uncounted", "feedback")
    # SQLite would make the table anew with a row number, which tells the order of arrival.
    op.drop_column("feedback", "cell")
    with op.batch_alter_table("assignment") as batch:
        for name in ("name_key", "search"):
            batch.drop_column(name)
