"""What holds a message back, which digest stands for it, and how severe an incident a silence holds back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crisiswatch.errors import StoreUnusable

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there was held back by nobody."""
    op.add_column("outbox", sa.Column("held", sa.Text, nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("digest", sa.Text))
    in_digest = sa.text("digest IS NOT NULL")
    op.create_index("outbox_digest", "outbox", ["digest"], sqlite_where=in_digest, postgresql_where=in_digest)
    op.add_column("silences", sa.Column("most", sa.Integer, nullable=False, server_default="3"))


def downgrade() -> None:
    """Refuse: what is held back would be sent."""
    raise StoreUnusable("there is no way back to version 0001; restore a backup")
