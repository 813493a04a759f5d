"""What a browser shows to MLflow's interface is no session token any more.

The sessions that browsers took over before end here: their cookies hold tokens that the API accepts
from whoever has them, and every server on Studio's host was sent those. People sign in again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("interface_digest", sa.String(64)))
    # A ticket is used up when a browser takes the session over.
    op.execute("DELETE FROM sessions WHERE ticket_digest IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("sessions") as table:
        table.drop_column("interface_digest")
