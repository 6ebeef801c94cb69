"""Seal the log and the revisions; count the savings of drafts; keep decisions and extensions.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW_COLUMNS = {
    "draft": ("number", "changed"),
    "revision": ("explanations", "author", "reason", "digest"),
    "audit_entry": ("previous", "digest"),
}
SENT = """
    SELECT revision.id, revision.receipt_code AS receipt, campaign.code AS campaign,
        round.code AS round, unit.code AS unit, assignment.unit_name, revision.number,
        form_version.digest AS form, revision.answers, revision.submitted_at, revision.late
    FROM revision
    JOIN response ON response.id = revision.response_id
    JOIN assignment ON assignment.id = response.assignment_id
    JOIN unit ON unit.id = assignment.unit_id
    JOIN round ON round.id = assignment.round_id
    JOIN campaign ON campaign.id = round.campaign_id
    JOIN form_version ON form_version.id = revision.form_version_id
    ORDER BY revision.id
"""


def upgrade() -> None:
    add_columns()
    create_tables()
    adopt_revisions()
    seal_log()
    op.create_index("ix_audit_entry_digest", "audit_entry", ["digest"], unique=True)


def downgrade() -> None:
    op.drop_table("extension")
    op.drop_table("decision")
    op.drop_index("ix_audit_entry_digest", "audit_entry")
    for table, names in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)


# --- columns and tables ---------------------------------------------------------------------------


def text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **options})


def moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **options})


def reference(name: str, target: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=False, index=True)


def add_columns() -> None:
    one = sa.Column("number", sa.Integer, nullable=False, server_default="1")
    op.add_column("draft", one)
    op.add_column("draft", sa.Column("changed", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("revision", text("explanations", server_default="{}"))
    for name in ("author", "reason"):
        op.add_column("revision", text(name, server_default=""))
    op.add_column("revision", text("digest", 64, server_default=""))
    for name in ("previous", "digest"):
        op.add_column("audit_entry", text(name, 64, server_default=""))


def create_tables() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, primary_key=True),
        reference("revision_id", "revision.id"),
        text("kind", 16),
        text("note"),
        sa.Column("reasons", sa.JSON, nullable=False),
        moment("deadline", nullable=True),
        text("actor"),
        moment("at"),
    )
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer, primary_key=True),
        reference("assignment_id", "assignment.id"),
        moment("due_at"),
        text("reason"),
        text("actor"),
        moment("at"),
    )


# --- what is there already ------------------------------------------------------------------------


def adopt_revisions() -> None:
    """Give every revision its author and digest, and the log an entry that names the digest."""
    for row in rows(sa.text(SENT).columns(submitted_at=sa.DateTime(timezone=True))):
        row_id, sent_at = row.pop("id"), row["submitted_at"]
        author = f"unit:{row['unit']}"
        added = {"explanations": "{}", "author": author, "reason": ""}
        sent = {**row, **added, "submitted_at": moment_text(sent_at), "late": bool(row["late"])}
        digest = digest_of(sent)
        op.execute(
            sa.text("UPDATE revision SET author = :author, digest = :digest WHERE id = :id")
            .bindparams(author=author, digest=digest, id=row_id)
        )  # fmt: skip
        note("report.adopted", f"round:{row['campaign']}/{row['round']}", {
            "unit": row["unit"], "receipt": row["receipt"], "digest": digest,
        })  # fmt: skip


def note(act: str, subject: str, details: dict[str, Any]) -> None:
    """Append an entry to the log, not sealed yet."""
    log = sa.table(
        "audit_entry",
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name, sa.String) for name in ("actor", "act", "subject")),
        sa.column("details", sa.JSON),
    )
    op.execute(
        log.insert().values(
            at=datetime.now(UTC), actor="system", act=act, subject=subject, details=details
        )
    )


def seal_log() -> None:
    """Chain the entries in their order."""
    previous = ""
    statement = sa.text("SELECT id, at, actor, act, subject, details FROM audit_entry ORDER BY id")
    for row in rows(statement.columns(at=sa.DateTime(timezone=True), details=sa.JSON)):
        parts = [row["actor"], row["act"], row["subject"], row["details"]]
        digest = digest_of([previous, moment_text(row["at"]), *parts])
        op.execute(
            sa.text("UPDATE audit_entry SET previous = :previous, digest = :digest WHERE id = :id")
            .bindparams(previous=previous, digest=digest, id=row["id"])
        )  # fmt: skip
        previous = digest


def rows(statement: Any) -> Iterator[dict[str, Any]]:
    for row in op.get_bind().execute(statement).mappings().all():
        yield dict(row)


def digest_of(value: Any) -> str:
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def moment_text(at: datetime) -> str:
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.isoformat(timespec="microseconds")
