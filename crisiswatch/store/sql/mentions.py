"""Reads mentions and observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import eq, ge, lt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.models import Mention, Observation
from crisiswatch.core.queries import MentionQuery, StoredMention
from crisiswatch.store.sql.rows import MENTION, OBSERVATION, clean, mention_of, observation_of, sketch_of
from crisiswatch.store.sql.schema import mentions, observations

PAGE = 2_000
"""Observations in one page: a reader is done with it soon, and the write-ahead log can be emptied."""

_UIDS = 500
_SAID = (
    observations.c.brand,
    observations.c.event_time,
    observations.c.negativity,
    observations.c.sketch,
    observations.c.adapted,
    observations.c.relevance,
)

Key = tuple[datetime, bytes, str]
HasWord = Callable[[sa.ColumnElement[str], str], sa.ColumnElement[bool]]


async def observation_page(
    connection: AsyncConnection, stretch: tuple[datetime, datetime], after: Key | None
) -> Sequence[Observation]:
    """Return the next page of observations with start ≤ observed_at < end, beyond the key of the last one read."""
    start, end = stretch
    key = (observations.c.observed_at, observations.c.uid, observations.c.brand)
    statement = sa.select(*OBSERVATION).where(observations.c.observed_at < end).order_by(*key).limit(PAGE)
    if after is None:
        statement = statement.where(observations.c.observed_at >= start)
    else:
        # The first condition is implied, but it is the one that finds the place in the index.
        beyond = sa.tuple_(*key) > sa.tuple_(
            *(sa.literal(part, column.type) for part, column in zip(after, key, strict=True))
        )
        statement = statement.where(observations.c.observed_at >= after[0], beyond)
    return [observation_of(tuple(row)) for row in await connection.execute(statement)]


async def mentions_by_uid(connection: AsyncConnection, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
    """Return the known ones of `uids`."""
    found: dict[bytes, Mention] = {}
    for first in range(0, len(uids), _UIDS):
        chosen = mentions.c.uid.in_(uids[first : first + _UIDS])
        for row in await connection.execute(sa.select(*MENTION).where(chosen)):
            found[row[0]] = mention_of(tuple(row))
    return found


async def find_mentions(connection: AsyncConnection, query: MentionQuery, has_word: HasWord) -> Sequence[StoredMention]:
    """Return matching mentions by event time, one row per mention and brand."""
    order = (observations.c.event_time, observations.c.uid, observations.c.brand)
    statement = (
        sa.select(*_SAID, *MENTION)
        .join_from(observations, mentions, mentions.c.uid == observations.c.uid)
        .where(*_conditions(query), *_word_conditions(query, has_word))
        .order_by(*(order if query.oldest_first else map(sa.desc, order)))
        .limit(query.limit)
    )
    return [
        StoredMention(mention_of(tuple(row[6:])), row[0], row[1], row[2], sketch_of(row[3]), row[4], row[5])
        for row in await connection.execute(statement)
    ]


def _conditions(query: MentionQuery) -> list[sa.ColumnElement[bool]]:
    asked: list[tuple[sa.Column[Any], Callable[[Any, Any], Any], object]] = [
        (observations.c.brand, eq, query.brand),
        (observations.c.source, eq, query.source),
        (observations.c.language, eq, query.language),
        (observations.c.event_time, ge, query.start),
        (observations.c.event_time, lt, query.end),
        (observations.c.observed_at, lt, query.observed_before),
    ]
    return [
        compare(column, clean(value) if isinstance(value, str) else value)
        for column, compare, value in asked
        if value is not None
    ]


def _word_conditions(query: MentionQuery, has_word: HasWord) -> list[sa.ColumnElement[bool]]:
    title = sa.func.coalesce(mentions.c.title, "")
    return [sa.or_(has_word(mentions.c.text, word), has_word(title, word)) for word in clean(query.text or "").split()]
