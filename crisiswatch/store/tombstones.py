"""Which mention a tombstone speaks of."""

from __future__ import annotations

from crisiswatch.core.models import Mention, Tombstone


def uid_of(tombstone: Tombstone, external_id: str) -> bytes:
    """Return the uid of the item that was deleted."""
    return Mention(source=tombstone.source, instance=tombstone.instance, external_id=external_id, text="").uid
