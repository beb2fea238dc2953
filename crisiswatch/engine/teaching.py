"""Teaching: after a backfill, young brands learn what is usual from what is stored. Nothing opens, rises or closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from crisiswatch.core.covering import Covered
from crisiswatch.core.history import Glimpse, glimpse, history, learn_history, seen_stretches
from crisiswatch.core.judging import WARM_AFTER
from crisiswatch.core.learning import is_irrelevant
from crisiswatch.core.steps import Detector
from crisiswatch.engine.watched import Watched
from crisiswatch.ports import Store

MARK = "backfilled"
"""The checkpoint whose time says when history was last fetched; no brand's is called so."""

OBSERVED_SINCE = timedelta(days=35)
"""History counts if it was fetched, or lived through, this recently; then a baseline has forgotten it."""

REACHES_BACK = timedelta(days=90)
"""What is older teaches nothing that is still true."""

log = structlog.get_logger()


async def mark_backfilled(store: Store, now: datetime) -> None:
    """Leave word that there is history to learn."""
    await store.save_checkpoint(MARK, now, b"")


async def teach(
    store: Store, brands: Sequence[Watched], detector: Callable[[timedelta, bytes | None], Detector], now: datetime
) -> None:
    """Let every brand that is still learning learn the history that it has not learnt yet.

    Only what its detector takes for usual changes: counts, open windows, rules and incidents stay as they are.
    """
    found = (await store.load_checkpoints([MARK])).get(MARK)
    if found is None:
        return
    pupils = {watched.brand: watched for watched in brands if _is_pupil(watched, found[0])}
    if not pupils:
        return
    glimpses: dict[str, list[Glimpse]] = {brand: [] for brand in pupils}
    async for page in store.observations(now - OBSERVED_SINCE, now):
        for seen in page:
            if seen.brand not in glimpses or is_irrelevant(seen):
                continue  # what is not about the brand is not counted live either
            if seen.bucket_time >= now - REACHES_BACK:
                glimpses[seen.brand].append(glimpse(seen))
    coverage = await store.coverage(now - REACHES_BACK, now)
    for brand, watched in pupils.items():
        watched.judging.taught = found[0]
        covered = seen_stretches(coverage, watched.plan.sources)
        covered.forget(now - REACHES_BACK)
        counts = history(glimpses[brand], covered, watched.counting, watched.counting.closed_until or now)
        points = watched.judging.points
        before = [count for count in counts if not points or count.start < points[0].start]
        if before:
            taught = detector(watched.plan.bucket, None)
            learn_history(taught, counts, points)
            watched.judging.detector = taught
            _teach_apart(watched, glimpses[brand], covered)
            log.info("history_learnt", brand=brand, since=before[0].start.isoformat(), buckets=len(before))


def _teach_apart(watched: Watched, glimpses: Sequence[Glimpse], covered: Covered) -> None:
    """Let the detector of every source learn what the source itself brought, up to now."""
    apart, counting = watched.judging.apart, watched.counting
    if apart is None or counting.closed_until is None:
        return
    for source in counting.sources:
        own = msgspec.structs.replace(counting, sources=(source,))
        seen = Covered({source: covered.stretches.get(source, [])})
        counts = history((each for each in glimpses if each.source == source), seen, own, counting.closed_until)
        if any(count.copies for count in counts):
            apart.detectors[source] = apart.make()
            learn_history(apart.detectors[source], counts, ())


def _is_pupil(watched: Watched, fetched: datetime) -> bool:
    taught = watched.judging.taught
    is_warm = watched.judging.detector.score_open(()).learnt >= WARM_AFTER
    return not is_warm and (taught is None or taught < fetched)
