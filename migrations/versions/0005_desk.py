"""Describe plans, openings and contacts; keep the progress of assignments beside them.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SENT = """
    FROM revision JOIN response ON response.id = revision.response_id
    WHERE response.assignment_id = assignment.id
"""
# What the progress of an assignment is computed from.
PROGRESS = {
    "has_draft": "EXISTS (SELECT 1 FROM draft WHERE draft.assignment_id = assignment.id)",
    "first_sent_at": f"(SELECT min(revision.submitted_at) {SENT})",
    "sent_at": f"(SELECT max(revision.submitted_at) {SENT})",
    "revisions": f"(SELECT count(*) {SENT})",
    "decided": f"""(
        SELECT decision.kind FROM decision WHERE decision.revision_id = (
            SELECT max(revision.id) {SENT}
        ) ORDER BY decision.id DESC LIMIT 1
    )""",  # noqa: S608 - constants
    "extended_to": """(
        SELECT extension.due_at FROM extension WHERE extension.assignment_id = assignment.id
        ORDER BY extension.id DESC LIMIT 1
    )""",
    "group_code": "(SELECT unit.group_code FROM unit WHERE unit.id = assignment.unit_id)",
    # A unit was asked when it was given its first link.
    "added_at": """COALESCE(
        (SELECT min(link.created_at) FROM link WHERE link.assignment_id = assignment.id), added_at
    )""",
}


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=False, index=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("name", "title", "email")),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("keep_until", sa.Date),
    )
    computed = ", ".join(f"{name} = {value}" for name, value in PROGRESS.items())
    op.execute(sa.text(f"UPDATE assignment SET {computed}"))  # noqa: S608 - constants


def downgrade() -> None:
    op.drop_table("contact")
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)


def text(name: str, default: str = "", length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=default)


def whole(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(default))


def moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


NEW_COLUMNS: dict[str, list[sa.Column[Any]]] = {
    "campaign": [
        text("plan_number"),
        sa.Column("plan_date", sa.Date),
        text("plan_issuer"),
        text("document_style", "party", 16),
        moment("archived_at"),
    ],
    "round": [
        moment("opens_at"),
        whole("threshold", 10),
        sa.Column("reminders", sa.JSON, nullable=False, server_default="[]"),
    ],
    "assignment": [
        text("group_code", length=64),
        moment("due_at"),
        moment("added_at", nullable=False, server_default="1970-01-01 00:00:00+00:00"),
        text("added_reason"),
        moment("withdrawn_at"),
        text("withdrawn_reason"),
        sa.Column("has_draft", sa.Boolean, nullable=False, server_default=sa.false()),
        moment("first_sent_at"),
        moment("sent_at"),
        whole("revisions", 0),
        sa.Column("decided", sa.String(16)),
        moment("extended_to"),
    ],
}
