"""Keep letters to units until they are delivered, and afterwards.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        text("kind", 32),
        sa.Column(
            "assignment_id", sa.Integer, sa.ForeignKey("assignment.id"), nullable=False, index=True
        ),
        text("to", quote=True),
        text("subject"),
        text("text"),
        text("html"),
        moment("created_at", nullable=False),
        text("state", 16, index=True),
        sa.Column("tries", sa.Integer, nullable=False),
        moment("tried_at"),
        moment("sent_at"),
        text("problem"),
    )


def downgrade() -> None:
    op.drop_table("letter")


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, **options)


def moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
