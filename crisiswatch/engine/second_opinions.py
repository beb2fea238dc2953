"""Asks a slower, better model about a fair sample of each brand's mentions; its answers correct shares as labels do.

They are recorded as labels by `model:NAME`, so that a replay, which has no such model, learns the same from them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.enriching import whole_text
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.labelling import BY_MODEL
from crisiswatch.core.queries import MentionQuery, StoredMention
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Clock, Store

LOOKED_AT = 5_000
"""Newest mentions of a brand that a sample is drawn from."""

LOOK_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Which model, how many mentions of a brand it is asked about at a time, and how often."""

    name: str
    are_negative: Callable[[Sequence[str]], Sequence[bool]]
    sample: int
    every: timedelta


class SecondOpinions:
    """Asks every brand's turn; `plan` is None where no model is configured."""

    def __init__(self, store: Store, ingest: Ingest, watcher: Watcher, clock: Clock) -> None:
        self._store = store
        self._ingest = ingest
        self._watcher = watcher
        self._clock = clock
        self._asked_at: datetime | None = None
        self.plan: SecondOpinion | None = None

    async def run(self) -> None:
        """Ask whenever it is time, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now = self._clock.now()
            is_due = self._asked_at is None or (self.plan is not None and now - self._asked_at >= self.plan.every)
            if self.plan is not None and is_due:
                self._asked_at = now
                try:
                    await self.ask()
                except CrisiswatchError as error:
                    log.error("second_opinion_failed", error=str(error))

    async def ask(self) -> int:
        """Ask about a sample of what came since the last time; return how many answers were recorded."""
        plan, given = self.plan, 0
        for brand in list(self._watcher.brands) if plan is not None else ():
            assert plan is not None, "looked at just before"
            query = MentionQuery(brand=brand, start=self._clock.now() - plan.every, limit=LOOKED_AT)
            chosen = sample(await self._store.mentions(query), plan.sample)
            if chosen:
                texts = [whole_text(stored.mention) for stored in chosen]
                answers = await asyncio.to_thread(plan.are_negative, texts)
                given += await self._record(plan.name, chosen, answers)
        return given

    async def _record(self, name: str, chosen: Sequence[StoredMention], answers: Iterable[bool]) -> int:
        async with self._ingest.lock:  # stamped and handed over together: no tick may come in between
            now = self._clock.now()
            for stored, is_negative in zip(chosen, answers, strict=True):
                label = LabelFrame(
                    at=now,
                    uid=stored.mention.uid,
                    brand=stored.brand,
                    label="negative" if is_negative else "neutral",
                    by=f"{BY_MODEL}{name}",
                )
                await self._watcher.take_frame(label)
        return len(chosen)


def sample(mentions: Sequence[StoredMention], size: int) -> list[StoredMention]:
    """Return a fair sample, the same for the same mentions: their ids are hashes, and know nothing of what they say."""
    readable = (stored for stored in mentions if stored.mention.text)
    return sorted(readable, key=lambda stored: stored.mention.uid)[:size]
