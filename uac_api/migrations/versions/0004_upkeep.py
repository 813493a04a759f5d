"""Scheduled jobs, quotas and their use, the trash, and who deleted a project."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from uac_api.access.models import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
TABLES = ("trash", "usage_counts", "usage", "quotas", "jobs")


def upgrade() -> None:
    # With a default, because the version before goes on writing until it is stopped.
    op.add_column(
        "projects", sa.Column("deleted_by", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("projects", sa.Column("purged_at", Moment, nullable=True))
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("lease_until", Moment, nullable=True),
        sa.Column("next_at", Moment, nullable=True),
        sa.Column("started_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("succeeded_at", Moment, nullable=True),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("detail", sa.String(1000), nullable=False),
        **MYSQL,
    )
    op.create_table(
        "quotas",
        _project(primary_key=True, autoincrement=False),
        sa.Column("storage_mb", sa.BigInteger, nullable=True),
        sa.Column("runs_per_day", sa.Integer, nullable=True),
        sa.Column("requests_per_minute", sa.Integer, nullable=True),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        **MYSQL,
    )
    op.create_table(
        "usage",
        _project(primary_key=True, autoincrement=False),
        sa.Column("storage_bytes", sa.BigInteger, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.Column("measured_at", Moment, nullable=False),
        **MYSQL,
    )
    op.create_table(
        "usage_counts",
        _project(primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("period", sa.String(16), primary_key=True, index=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        **MYSQL,
    )
    op.create_table(
        "trash",
        sa.Column("id", sa.Integer, primary_key=True),
        _project(nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("content", LONG_TEXT, nullable=False),
        sa.Column("deleted_by", sa.String(64), nullable=False),
        sa.Column("deleted_at", Moment, nullable=False, index=True),
        **MYSQL,
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("projects") as batch:
        batch.drop_column("purged_at")
        batch.drop_column("deleted_by")


def _project(**options: Any) -> sa.Column[int]:
    return sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), **options)
