"""Wipes text and author of mentions, and keeps their rows: what was counted stays counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.models import Tombstone
from crisiswatch.core.retracting import without_links
from crisiswatch.store.sql.payloads import pack, unpack_incident
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import incidents, mentions, observations
from crisiswatch.store.tombstones import uid_of

_CHUNK = 500
_WIPED = {"text": "", "title": None, "author": None, "author_name": None, "permalink": None, "wiped": True}


async def apply_tombstones(connection: AsyncConnection, tombstones: Sequence[Tombstone]) -> None:
    """Wipe the items, and everything of the authors, that a source says were deleted."""
    if not tombstones:
        return
    uids = {uid_of(tombstone, tombstone.external_id) for tombstone in tombstones if tombstone.external_id is not None}
    for tombstone in tombstones:
        if tombstone.author is not None:
            uids |= await _uids_by_author(connection, tombstone, tombstone.author)
    await wipe(connection, sorted(uids))


async def wipe(connection: AsyncConnection, uids: Sequence[bytes]) -> int:
    """Wipe text, title, author and link of those mentions; return how many were not wiped before."""
    wiped = 0
    for chunk in _chunks(uids):
        chosen = mentions.c.uid.in_(chunk)
        wiped += await _wipe_chunk(connection, chosen)
    return wiped


async def wipe_evidence(connection: AsyncConnection, uids: frozenset[bytes]) -> None:
    """Take the links of those mentions out of the evidence of every incident.

    The version moves on, so that who holds an older copy must read this one before writing.
    """
    for payload in (await connection.scalars(sa.select(incidents.c.payload))).all():
        incident = unpack_incident(payload)
        wiped = without_links(incident, uids)
        if wiped is not incident:
            values = {"version": wiped.version, "payload": pack(wiped)}
            await connection.execute(sa.update(incidents).where(incidents.c.id == wiped.id).values(values))


async def _wipe_chunk(connection: AsyncConnection, chosen: sa.ColumnElement[bool]) -> int:
    moments = sa.select(mentions.c.observed_at).where(chosen)
    seen = sa.and_(
        observations.c.observed_at.in_(moments),  # the key begins with it
        observations.c.uid.in_(sa.select(mentions.c.uid).where(chosen)),
    )
    await connection.execute(
        sa.update(observations).where(seen, observations.c.author.is_not(None)).values(author=None)
    )
    not_empty = sa.or_(sa.not_(mentions.c.wiped), mentions.c.author.is_not(None), mentions.c.permalink.is_not(None))
    result = await connection.execute(sa.update(mentions).where(chosen, not_empty).values(_WIPED))
    return cast("sa.CursorResult[Any]", result).rowcount


async def _uids_by_author(connection: AsyncConnection, tombstone: Tombstone, author: str) -> set[bytes]:
    statement = sa.select(mentions.c.uid).where(
        mentions.c.source == clean(tombstone.source),
        mentions.c.instance == clean(tombstone.instance),
        mentions.c.author == clean(author),
    )
    return set(await connection.scalars(statement))


def _chunks(uids: Iterable[bytes]) -> Iterable[list[bytes]]:
    remaining = iter(uids)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
