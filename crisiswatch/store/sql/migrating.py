"""Brings the tables to the newest version, in the caller's transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from crisiswatch.errors import StoreUnusable
from crisiswatch.store.reaching import Reach, go_on


def migrate(connection: Connection, reach: Reach = go_on) -> None:
    """Run the migrations that are missing. Raises StoreUnusable if the database is of a newer version."""
    config = Config(attributes={"connection": connection, "reach": reach})
    config.set_main_option("script_location", "crisiswatch.store:migrations")
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_heads()
    unknown = [revision for revision in current if revision not in known]
    if unknown:
        raise StoreUnusable(
            f"the database has schema version {', '.join(unknown)}; this program knows versions up to "
            f"{', '.join(script.get_heads())}: install the newer program or restore an older backup"
        )
    if set(current) != set(script.get_heads()):
        command.upgrade(config, "head")
