"""Saved views of a page, of one person or of a project."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from uac_api.access.models import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False, index=True
        ),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=True, index=True),
        sa.Column("page", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        **MYSQL,
    )


def downgrade() -> None:
    op.drop_table("views")
