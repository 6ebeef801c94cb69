"""Campaigns, second factors, links and sign-ins of accounts; what was erased from reports."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "account_campaign",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("campaign_id", sa.Integer, sa.ForeignKey("campaign.id"), primary_key=True),
    )
    op.create_table(
        "account_link",
        *row_of_account(),
        sa.Column("kind", sa.String(16), nullable=False),
        moment("created_at"),
        moment("expires_at"),
        moment("used_at", nullable=True),
    )
    op.create_table(
        "sign_in",
        *row_of_account(),
        sa.Column("device", sa.String, nullable=False),
        moment("at"),
        moment("seen_at"),
        moment("ended_at", nullable=True),
    )
    op.create_table(
        "redaction",
        sa.Column("revision_id", sa.Integer, sa.ForeignKey("revision.id"), primary_key=True),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        moment("at"),
    )


def downgrade() -> None:
    for table in ("redaction", "sign_in", "account_link", "account_campaign"):
        op.drop_table(table)
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)


def row_of_account() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False, index=True
        ),
    ]


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


NEW_COLUMNS: dict[str, list[sa.Column]] = {
    "account": [
        sa.Column("everywhere", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("tf_primary_method", sa.String(64)),
        sa.Column("tf_totp_secret", sa.String(255)),
        sa.Column("tf_last_counter", sa.Integer),
        sa.Column("mf_recovery_codes", sa.JSON),
        sa.Column("oidc_subject", sa.String(255), nullable=False, server_default=""),
    ],
    "campaign": [sa.Column("contacts_until", sa.Date)],
}
