"""Keep exports that are made in the background.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), nullable=False, index=True),
        sa.Column("options", sa.JSON, nullable=False),
        text("request", 64, index=True),
        text("actor"),
        text("state", 16, index=True),
        moment("created_at", nullable=False),
        moment("beat_at"),
        moment("finished_at"),
        number("rows"),
        number("rows_expected"),
        text("file_name"),
        number("size_bytes"),
        text("sha256", 64),
    )


def downgrade() -> None:
    op.drop_table("export")


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, **options)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
