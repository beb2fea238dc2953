"""Fills a store with mentions of earlier days: what a daemon that ran for weeks has behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.transactions import Enriched
from crisiswatch.ports import Store

REACHES_BACK = timedelta(days=60)


async def fill(store: Store, frame: Enriched, mentions: int, until: datetime) -> None:
    """Store about that many mentions, evenly over the days before `until`: copies of a frame under ids of their own."""
    times = mentions // len(frame.mentions)
    for number in range(times):
        moment = until - REACHES_BACK * ((times - number) / times)
        await store.commit_batch(_copy(frame, number, moment))


def _copy(frame: Enriched, number: int, moment: datetime) -> Enriched:
    """Return the frame as if other people had written it then."""
    mentions = tuple(
        msgspec.structs.replace(
            mention, external_id=f"earlier-{number}-{index}", published_at=moment, observed_at=moment
        )
        for index, mention in enumerate(frame.mentions)
    )
    uids = {old.uid: new.uid for old, new in zip(frame.mentions, mentions, strict=True)}
    observations = tuple(
        msgspec.structs.replace(seen, uid=uids[seen.uid], observed_at=moment, event_time=moment, bucket_time=moment)
        for seen in frame.observations
    )
    return replace(frame, observed_at=moment, mentions=mentions, observations=observations)
