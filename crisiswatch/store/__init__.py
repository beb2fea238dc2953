"""Stores: everything that outlives the process, in memory or in a database."""

from __future__ import annotations

from crisiswatch.ports import Store
from crisiswatch.store.opening import Opening
from crisiswatch.store.reaching import Reach, go_on

__all__ = ["Opening", "create"]


def create(url: str, opening: Opening = Opening.DURABLE, reach: Reach = go_on) -> Store:
    """Return the store at `url`, not yet open: `sqlite:///path.db`, `postgresql://…` or `memory:`.

    `reach` hears of the places at which a test may end the process. Raises ConfigError for anything else.
    """
    # Imported here, because a database toolkit takes its time and `--help` must not wait for it.
    if url == "memory:":
        from crisiswatch.store.memory import MemoryStore

        return MemoryStore()
    from crisiswatch.store.sql.store import SqlStore

    return SqlStore(url, opening, reach)
