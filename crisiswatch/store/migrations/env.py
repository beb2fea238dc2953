"""Runs migrations on the connection, and in the transaction, that the store gives."""

from __future__ import annotations

from alembic import context

from crisiswatch.store.sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
