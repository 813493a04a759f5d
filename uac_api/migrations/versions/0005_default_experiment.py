"""Which experiment of a project the id "0" means."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default, because the version before goes on writing until it is stopped.
    op.add_column(
        "projects",
        sa.Column("default_experiment_id", sa.String(32), nullable=False, server_default=""),
    )


def downgrade() -> None:
    with op.batch_alter_table("projects") as batch:
        batch.drop_column("default_experiment_id")
