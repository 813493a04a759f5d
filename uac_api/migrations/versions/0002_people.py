"""Groups, invitations, requests, service accounts, limits of tokens, delays, linked identities."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from uac_api.access.models import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As in 0001: byte-wise comparison, whatever the server's default is.
MYSQL: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
MYSQL |= {"mariadb_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"}

# New columns of tables that the version before also writes: each has a default of the database.
NEW_COLUMNS: dict[str, dict[str, dict[str, Any]]] = {
    "users": {"kind": {"type_": sa.String(10), "server_default": "person"}},
    "members": {
        "expires_at": {"type_": Moment, "nullable": True},
        "reason": {"type_": sa.String(300), "server_default": ""},
    },
    "tokens": {
        "run_id": {"type_": sa.String(32), "nullable": True},
        "replaces": {"type_": sa.String(16), "nullable": True},
        "created_by": {"type_": sa.String(64), "server_default": ""},
        "last_address": {"type_": sa.String(64), "server_default": ""},
        "last_client": {"type_": sa.String(100), "server_default": ""},
    },
    "sessions": {
        "last_seen_at": {"type_": Moment, "nullable": True},
        "address": {"type_": sa.String(64), "server_default": ""},
        "client": {"type_": sa.String(100), "server_default": ""},
        "signed_in_by": {"type_": sa.String(20), "server_default": "password"},
    },
}
NEW_TABLES = (
    "used_id_tokens",
    "sign_in_delays",
    "service_accounts",
    "access_requests",
    "member_groups",
    "invitations",
    "claim_rules",
    "group_people",
    "groups",
    "linked_identities",
)


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns.items():
                batch.add_column(sa.Column(name, **{"nullable": False, **kind}))
    _people()
    _projects()
    _credentials()


def _people() -> None:
    op.create_table(
        "linked_identities",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        _user(),
        sa.Column("created_at", Moment, nullable=False),
        sa.UniqueConstraint("issuer", "subject"),
        **MYSQL,
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        **MYSQL,
    )
    op.create_table(
        "group_people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("groups.id"), nullable=False),
        _user(),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.UniqueConstraint("group_id", "user_id"),
        **MYSQL,
    )
    op.create_table(
        "claim_rules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("claim", sa.String(100), nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("groups.id"), nullable=False, index=True),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.UniqueConstraint("claim", "value", "group_id"),
        **MYSQL,
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=True),
        **MYSQL,
    )


def _projects() -> None:
    op.create_table(
        "member_groups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("groups.id"), nullable=False, index=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("granted_by", sa.String(64), nullable=False),
        sa.Column("granted_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("project_id", "group_id"),
        **MYSQL,
    )
    op.create_table(
        "access_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        _project(),
        _user(),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("message", sa.String(1000), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", Moment, nullable=True),
        **MYSQL,
    )


def _credentials() -> None:
    op.create_table(
        "service_accounts",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        _project(),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        **MYSQL,
    )
    op.create_table(
        "sign_in_delays",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(254), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_failed_at", Moment, nullable=False, index=True),
        sa.Column("until", Moment, nullable=True),
        **MYSQL,
    )
    op.create_table(
        "used_id_tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires_at", Moment, nullable=False, index=True),
        **MYSQL,
    )


def _user() -> sa.Column[Any]:
    return sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False, index=True)


def _project() -> sa.Column[Any]:
    key = sa.ForeignKey("projects.id")
    return sa.Column("project_id", sa.Integer, key, nullable=False, index=True)


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
