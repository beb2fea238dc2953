"""Removes what is older than its retention, and what a person asks to have erased.

Work goes in chunks, a transaction each, so that nobody waits long for the one writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.incidents import Condition
from crisiswatch.core.outbox import DeliveryState, NotificationKind
from crisiswatch.core.queries import Retention
from crisiswatch.store.reaching import Reach, go_on
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import coverage, frames, incidents, mentions, metric_points, observations, outbox
from crisiswatch.store.sql.transactions import Transactions
from crisiswatch.store.sql.wiping import wipe, wipe_evidence

_CHUNK = 2_000
_NOT_OWED = [state.value for state in (DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED)]
_TEXT = {"text": "", "title": None, "author_name": None, "wiped": True}


async def purge(
    transactions: Transactions, retention: Retention, now: datetime, reach: Reach = go_on
) -> Mapping[str, int]:
    """Wipe and remove what is older than its retention; return how many rows by kind."""
    with_text = sa.and_(sa.not_(mentions.c.wiped), mentions.c.observed_at < now - retention.mention_text)
    with_name = sa.and_(mentions.c.author_name.is_not(None), mentions.c.observed_at < now - retention.author_name)
    oldest = now - retention.observations
    counts = {"mention_text": await _update_mentions(transactions, with_text, _TEXT)}
    reach("purge.midway")
    counts |= {
        "author_name": await _update_mentions(transactions, with_name, {"author_name": None}),
        "observations": await _delete_observations(transactions, oldest),
        "coverage": await _delete(transactions, coverage, coverage.c.ends < oldest),
        "metrics": await _delete(transactions, metric_points, metric_points.c.starts < oldest),
        "metric_frames": await _delete(transactions, frames, sa.and_(frames.c.kind == "metrics", frames.c.at < oldest)),
        "outbox": await _delete(transactions, outbox, _unneeded(retention, now)),
        "incidents": await _delete_incidents(transactions, retention.incidents, now),
    }
    if any(counts.values()):
        reach("purge.before_scrub")
        await transactions.scrub()
    return counts


async def erase(transactions: Transactions, author: str | None, permalink: str | None, reach: Reach = go_on) -> int:
    """Wipe every mention by that author hash or with that link; return how many were wiped.

    One that was interrupted is finished by the next for the same: what is not wiped is still found.
    """
    asked = [(mentions.c.author, author), (mentions.c.permalink, permalink)]
    conditions = [column == clean(value) for column, value in asked if value is not None]
    if not conditions:
        return 0
    statement = sa.select(mentions.c.uid).where(sa.or_(*conditions))
    uids = (await transactions.read(lambda connection: connection.scalars(statement))).all()
    erased = 0
    for first in range(0, len(uids), _CHUNK):
        erased += await transactions.write(partial(_erase_chunk, uids=uids[first : first + _CHUNK]))
        reach("erase.midway")
    await transactions.scrub()
    return erased


async def _erase_chunk(connection: AsyncConnection, uids: Sequence[bytes]) -> int:
    """Wipe mentions with what incidents quote of them: once they are wiped, nobody finds the quotes by author."""
    wiped = await wipe(connection, uids)
    await wipe_evidence(connection, frozenset(uids))
    return wiped


async def _update_mentions(transactions: Transactions, which: sa.ColumnElement[bool], values: Mapping[str, Any]) -> int:
    oldest = sa.select(mentions.c.seq).where(which).order_by(mentions.c.observed_at).limit(_CHUNK)
    statement = sa.update(mentions).where(mentions.c.seq.in_(oldest.correlate(None))).values(values)
    total = 0
    while changed := await _run(transactions, statement):
        total += changed
    return total


async def _delete_observations(transactions: Transactions, before: datetime) -> int:
    moments = sa.select(observations.c.observed_at).where(observations.c.observed_at < before)
    boundary = moments.order_by(observations.c.observed_at).offset(_CHUNK).limit(1)
    total = 0
    while True:
        last = await transactions.read(lambda connection: connection.scalar(boundary))
        chunk = observations.c.observed_at < before if last is None else observations.c.observed_at <= last
        total += await _delete(transactions, observations, chunk)
        if last is None:
            return total


async def _delete_incidents(transactions: Transactions, keep: timedelta | None, now: datetime) -> int:
    if keep is None:
        return 0
    over = sa.and_(incidents.c.condition == Condition.FINAL.value, incidents.c.updated_at < now - keep)
    await _delete(transactions, outbox, outbox.c.incident.in_(sa.select(incidents.c.id).where(over)))
    return await _delete(transactions, incidents, over)


def _unneeded(retention: Retention, now: datetime) -> sa.ColumnElement[bool]:
    # While an incident lasts, its messages are needed: for their keys, and for the card that is edited in place.
    unfinished = sa.select(incidents.c.id).where(incidents.c.condition != Condition.FINAL.value)
    is_past = sa.and_(outbox.c.settled_at < now - retention.cards, outbox.c.incident.not_in(unfinished))
    # Edits are not: each stands for the one before.
    is_edit = outbox.c.kind == NotificationKind.UPDATED.value
    is_old_edit = sa.and_(is_edit, outbox.c.settled_at < now - retention.delivered)
    return sa.and_(outbox.c.state.in_(_NOT_OWED), sa.or_(is_past, is_old_edit))


async def _delete(transactions: Transactions, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    return await _run(transactions, sa.delete(table).where(which))


async def _run(transactions: Transactions, statement: sa.Update | sa.Delete) -> int:
    result = await transactions.write(lambda connection: connection.execute(statement))
    return cast("sa.CursorResult[Any]", result).rowcount
