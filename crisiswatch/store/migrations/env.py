"""Runs migrations on the connection, and in the transaction, that the store gives."""

from __future__ import annotations

from alembic import context

from crisiswatch.store.sql.schema import metadata

_given = context.config.attributes


def _taken(ctx: object, step: object, heads: object, run_args: object) -> None:
    _given["reach"]("migration.after_step")


context.configure(connection=_given["connection"], target_metadata=metadata, on_version_apply=_taken)
with context.begin_transaction():
    context.run_migrations()
