"""Live state to bytes, every hour and at shutdown; and back, with the newer observations replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import structlog

from crisiswatch.core.apart import Apart, apart_of
from crisiswatch.core.counting import Counting
from crisiswatch.core.judging import Judging
from crisiswatch.core.models import Coverage, MetricFrame
from crisiswatch.core.series import Point
from crisiswatch.core.steps import Detector
from crisiswatch.engine.clock import TICK, tick_after, tick_before
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.noticers import SavedNoticing, restored, saved
from crisiswatch.engine.teaching import teach
from crisiswatch.engine.watched import Watched, allot, hand_over
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import StoreUnusable
from crisiswatch.ports import Store

VERSION = 2

REBUILD_FROM = timedelta(days=35)
"""Without a checkpoint, state is rebuilt from this much history."""

LATE_COVERAGE = timedelta(days=1)
"""Coverage that ended before a checkpoint may have become known after it; adding it twice changes nothing."""

LAST = datetime.max.replace(tzinfo=UTC)
"""No clock shows it: what an earlier process committed counts, though a clock that was set back says it is to come."""

log = structlog.get_logger()


class Saved(msgspec.Struct):
    """The state of one brand at a tick. `plan` tells whether it still fits the configuration."""

    version: int
    counting: Counting
    detector: bytes
    points: list[Point]
    hits: dict[str, datetime]
    blind_since: datetime | None
    covered: float
    noticing: SavedNoticing | None = None
    taught: datetime | None = None
    apart: dict[str, bytes] = msgspec.field(default_factory=dict)


class Checkpoints:
    """Saves and restores the live state of the watcher's brands."""

    def __init__(self, store: Store, watcher: Watcher, failpoints: Failpoints) -> None:
        self._store = store
        self._watcher = watcher
        self._failpoints = failpoints

    async def save(self, at: datetime) -> None:
        """Save every brand with the tick that last counted for it, `at` where none did; a tick may be under way."""
        self._failpoints.reach("checkpoint.before_save")
        for watched in list(self._watcher.brands.values()):
            await self._store.save_checkpoint(_name(watched.brand), watched.ready_at or at, _encode(watched))
            self._failpoints.reach("checkpoint.midway")
        await self._watcher.learning.save(at)
        self._failpoints.reach("checkpoint.after_save")

    async def restore(
        self, detector: Callable[[timedelta, bytes | None], Detector], now: datetime, progress: Callable[[float], None]
    ) -> None:
        """Take up the state of every brand, and count and learn what came since, tick by tick.

        A checkpoint that does not fit is left aside and the state is rebuilt from the stored observations.
        """
        await self._watcher.learning.restore(now)
        kept = await self._store.load_checkpoints([_name(brand) for brand in self._watcher.brands])
        starts = [
            _take_up(watched, kept.get(_name(watched.brand)), detector) for watched in self._watcher.brands.values()
        ]
        begun = [start for start in starts if start is not None]
        if len(begun) < len(starts):
            begun.append(await self._first_observation(now))
        if begun:
            await self._catch_up(min(begun), now, LAST, progress)
        await teach(self._store, list(self._watcher.brands.values()), detector, now)

    async def rebuild(self, until: datetime) -> None:
        """Bring every brand to where it was at `until`, from stored observations alone; checkpoints are not used."""
        await self._catch_up(await self._first_observation(until), until, until, lambda part: None)

    async def _first_observation(self, now: datetime) -> datetime:
        """Return when the history that is worth rebuilding from begins."""
        frames = await self._store.frames(now - REBUILD_FROM, now, "metrics")
        begins = [frame.at for frame in frames[:1] if isinstance(frame, MetricFrame)]
        async for page in self._store.observations(now - REBUILD_FROM, now):
            begins.append(page[0].observed_at)
            break
        return tick_before(min(begins, default=now))

    async def _catch_up(
        self, start: datetime, now: datetime, until: datetime, progress: Callable[[float], None]
    ) -> None:
        """Run the ticks from `start` to `now` without deciding; what is decided already stays as it is.

        What was observed after the last of them, and before `until`, is for the ticks to come.
        """
        coverage = sorted(
            await self._store.coverage(start - LATE_COVERAGE, until), key=lambda piece: (piece.end, piece.source)
        )
        await self._note_frames(start, until)
        tick, index, end = tick_after(start), 0, tick_before(now)
        async for page in self._store.observations(start, until):
            for observation in page:
                while tick <= min(observation.observed_at, end):
                    tick, index = await self._pass(coverage, index, tick)
                watched = self._watcher.brands.get(observation.brand)
                if watched is not None and _is_news(watched, observation.observed_at):
                    watched.inbox.append(observation)
            progress((tick - start) / max(now - start, TICK))
        while tick <= end:
            tick, index = await self._pass(coverage, index, tick)
            progress((tick - start) / max(now - start, TICK))
        self._hand_over(coverage, index, until)

    async def _note_frames(self, start: datetime, until: datetime) -> None:
        for frame in (
            *await self._store.frames(start - REBUILD_FROM, until, "planned_event"),  # says itself when it holds
            *await self._store.frames(start, until, "metrics"),
        ):
            self._watcher.note(frame)
        for brand in self._watcher.brands.values():
            brand.points = [point for point in brand.points if _is_news(brand, point.observed_at)]

    async def _pass(self, coverage: Sequence[Coverage], index: int, tick: datetime) -> tuple[datetime, int]:
        """Count and learn at that tick; return the next one, and the first piece of coverage that is left for it."""
        index = self._hand_over(coverage, index, tick)
        await self._watcher.learning.learn(tick)
        allot(self._watcher.brands.values(), tick)
        for watched in self._watcher.brands.values():
            if watched.ready_at is None or watched.ready_at < tick:
                self._watcher.advance(watched, tick)
        return tick + TICK, index

    def _hand_over(self, coverage: Sequence[Coverage], index: int, tick: datetime) -> int:
        while index < len(coverage) and coverage[index].end < tick:
            hand_over(coverage[index], self._watcher.brands.values())
            index += 1
        return index


def _is_news(watched: Watched, observed_at: datetime | None) -> bool:
    """Tell whether what was observed then is not in the state yet: a tick has seen what was observed before it.

    Catching up begins with the brand that was counted longest ago; others are further.
    """
    return watched.ready_at is None or observed_at is None or observed_at >= watched.ready_at


def _take_up(
    watched: Watched,
    found: tuple[datetime, bytes] | None,
    detector: Callable[[timedelta, bytes | None], Detector],
) -> datetime | None:
    """Take up the state of a brand; return its moment, None where there is none that fits."""
    if found is None:
        return None
    at, data = found
    try:
        kept = msgspec.msgpack.decode(data, type=Saved)
        if kept.version != VERSION or kept.counting.bucket != watched.plan.bucket:
            raise StoreUnusable("the checkpoint is of another version or bucket length")
        judging = Judging(detector(watched.plan.bucket, kept.detector))
        judging.apart = _apart(kept, watched, detector)
    except (msgspec.MsgspecError, StoreUnusable) as error:
        log.warning("checkpoint_left_aside", brand=watched.brand, reason=str(error))
        return None
    judging.points, judging.hits = kept.points, kept.hits
    judging.blind_since, judging.covered = kept.blind_since, kept.covered
    judging.noticing, judging.taught = restored(kept.noticing, watched.plan), kept.taught
    watched.counting, watched.judging, watched.ready_at = kept.counting, judging, at
    plan = watched.plan
    watched.counting.sources, watched.counting.weights = plan.sources, plan.weights
    watched.counting.lateness = plan.lateness
    return at


def _encode(watched: Watched) -> bytes:
    # A quiet brand is not counted at every tick: what was seen meanwhile belongs to its state all the same.
    watched.counting.covered.add(watched.coverage)
    watched.coverage.clear()
    judging = watched.judging
    return msgspec.msgpack.encode(
        Saved(
            VERSION,
            watched.counting,
            judging.detector.to_bytes(),
            judging.points,
            judging.hits,
            judging.blind_since,
            judging.covered,
            saved(judging.noticing),
            judging.taught,
            {source: each.to_bytes() for source, each in judging.apart.detectors.items()} if judging.apart else {},
        )
    )


def _apart(kept: Saved, watched: Watched, detector: Callable[[timedelta, bytes | None], Detector]) -> Apart | None:
    """Return the detectors of the sources as they were. Raises StoreUnusable for a state of another version."""
    bucket = watched.plan.bucket
    make = partial(detector, bucket, None)
    known = Apart(make, {source: detector(bucket, state) for source, state in kept.apart.items()})
    return apart_of(watched.plan.sources, make, known)


def _name(brand: str) -> str:
    return f"brand/{brand}"
