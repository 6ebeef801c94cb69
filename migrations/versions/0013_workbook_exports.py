"""Make consolidated workbooks in the background, too: exports of a campaign.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CAMPAIGN = "fk_export_campaign_id"
INDEX = "ix_export_campaign_id"
NAMING = {"fk": "fk_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    op.add_column("export", sa.Column("campaign_id", sa.Integer))
    op.execute(
        sa.text(
            "UPDATE export SET campaign_id ="
            " (SELECT round.campaign_id FROM round WHERE round.id = export.round_id)"
        )
    )
    with op.batch_alter_table("export") as batch:
        batch.alter_column("round_id", existing_type=sa.Integer, nullable=True)
        batch.alter_column("campaign_id", existing_type=sa.Integer, nullable=False)
        batch.create_foreign_key(CAMPAIGN, "campaign", ["campaign_id"], ["id"])
        batch.create_index(INDEX, ["campaign_id"])


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM export WHERE round_id IS NULL"))
    with op.batch_alter_table("export", naming_convention=NAMING) as batch:
        batch.drop_index(INDEX)
        batch.drop_constraint(CAMPAIGN, type_="foreignkey")
        batch.drop_column("campaign_id")
        batch.alter_column("round_id", existing_type=sa.Integer, nullable=False)
