"""Links of traces to runs that wait for the trace."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from uac_api.access.models import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "trace_links",
        sa.Column(
            "project_id",
            sa.Integer,
            sa.ForeignKey("projects.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("trace_id", sa.String(50), primary_key=True),
        sa.Column("created_at", Moment, nullable=False),
        **MYSQL,
    )


def downgrade() -> None:
    op.drop_table("trace_links")
