"""Signer of events, and the chain of seals over them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from uac_api.access.models import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # Nullable: the version before goes on writing events without a mark until it is stopped.
    op.add_column("events", sa.Column("mark", sa.String(88), nullable=True))
    op.create_index("ix_events_mark", "events", ["mark"], unique=True)
    op.create_table(
        "seals",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("unmarked", sa.Integer, nullable=False),
        sa.Column("top", BIG, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("pruned_at", Moment, nullable=True),
        sa.Column("pruned_mark", sa.String(64), nullable=False, server_default=""),
        **MYSQL,
    )


def downgrade() -> None:
    op.drop_table("seals")
    op.drop_index("ix_events_mark", "events")
    with op.batch_alter_table("events") as batch:
        batch.drop_column("mark")
