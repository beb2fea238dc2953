"""Who ended a silence before its time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what is there nobody knows."""
    op.add_column("silences", sa.Column("expired_by", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Refuse: nobody could say any more who ended a silence."""
    raise NotImplementedError("there is no way back to version 0003; restore a backup")
