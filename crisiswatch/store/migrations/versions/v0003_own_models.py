"""What a brand's own models say of a mention: an adapted negativity, and whether it is about the brand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what is there no model said anything."""
    op.add_column("observations", sa.Column("adapted", sa.Double))
    op.add_column("observations", sa.Column("relevance", sa.Double))


def downgrade() -> None:
    """Refuse: what was judged irrelevant would be counted."""
    raise NotImplementedError("there is no way back to version 0002; restore a backup")
