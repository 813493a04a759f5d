"""What backups held, which processes run, and which artifact store belongs to this database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from uac_api.access.models import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}
TABLES = ("installation", "processes", "backups")


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=True),
        sa.Column("bytes", sa.BigInteger, nullable=True),
        **MYSQL,
    )
    op.create_table(
        "processes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("problem", sa.String(500), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        **MYSQL,
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("artifact_store", sa.String(32), nullable=False),
        **MYSQL,
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
