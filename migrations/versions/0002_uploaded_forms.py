"""Keep uploaded forms, the files beside forms, and which versions are retired.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Each after the tables it refers to.
TABLES = (
    "form_version_act", "form_file", "form_version_file", "uploaded_form", "uploaded_file",
)  # fmt: skip


def upgrade() -> None:
    create_history()
    create_uploads()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **options})


def content(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def yes_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def reference(name: str, target: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), **{"nullable": False, **options})


def create_history() -> None:
    op.create_table(
        "form_version_act",
        key(),
        reference("form_version_id", "form_version.id", index=True),
        yes_no("retired"),
        text("actor"),
        moment("at"),
    )
    op.create_table(
        "form_file",
        text("sha256", 64, primary_key=True),
        text("media_type", 64),
        content("content"),
    )
    op.create_table(
        "form_version_file",
        reference("form_version_id", "form_version.id", primary_key=True),
        text("name", 150, primary_key=True),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("form_file.sha256"), nullable=False),
    )


def create_uploads() -> None:
    op.create_table(
        "uploaded_form",
        key(),
        content("source"),
        text("source_name"),
        yes_no("written"),
        reference("form_version_id", "form_version.id", nullable=True),
        text("form_id", 128),
        text("title"),
        sa.Column("error_count", sa.Integer, nullable=False),
        text("uploaded_by"),
        moment("uploaded_at"),
    )
    op.create_table(
        "uploaded_file",
        reference("uploaded_form_id", "uploaded_form.id", primary_key=True),
        text("name", 150, primary_key=True),
        text("sha256", 64, index=True),
        text("media_type", 64),
        content("content"),
    )
