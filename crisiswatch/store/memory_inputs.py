"""Cursors, coverage, metric points, recorded frames and checkpoints, in memory."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import datetime

from crisiswatch.core.models import Coverage, Frame, MetricFrame, MetricPoint
from crisiswatch.core.transactions import Enriched
from crisiswatch.store.framing import metric_frame, moment_of


class MemoryInputs:
    """What comes along with mentions, and the inputs that are not mentions."""

    def __init__(self) -> None:
        self.cursors: dict[str, str] = {}
        self.checkpoints: dict[str, tuple[datetime, bytes]] = {}
        self._coverage: dict[tuple[str, datetime, datetime], Coverage] = {}
        self._metrics: dict[tuple[str, str, str, datetime], MetricPoint] = {}
        self._frames: list[Frame] = []

    def add(self, enriched: Enriched) -> None:
        """Store cursor, coverage and metric points of a batch."""
        batch = enriched.batch
        if batch.cursor is not None:
            self.cursors[enriched.cursor_name] = batch.cursor
        for item in batch.coverage:
            self._coverage[item.source, item.start, item.end] = item
        for point in batch.metrics:
            if math.isfinite(point.value):
                self._metrics[point.source, point.series, point.brand, point.start] = point
        if batch.metrics:
            self.record(metric_frame(enriched))

    def record(self, frame: Frame) -> None:
        """Record an input; frames of one moment stay in the order in which they came."""
        moment_of(frame)
        insort(self._frames, frame, key=moment_of)

    def frames_between(self, start: datetime, end: datetime, kind: str | None = None) -> Sequence[Frame]:
        """Return the recorded inputs of that kind (None: of any) with start ≤ at < end, oldest first."""
        first = bisect_left(self._frames, start, key=moment_of)
        found = self._frames[first : bisect_left(self._frames, end, key=moment_of)]
        return [frame for frame in found if kind is None or frame.__struct_config__.tag == kind]

    def coverage_between(self, start: datetime, end: datetime) -> Sequence[Coverage]:
        """Return the coverage that overlaps [start, end), by (source, start)."""
        overlapping = (item for item in self._coverage.values() if item.start < end and item.end > start)
        return sorted(overlapping, key=lambda item: (item.source, item.start, item.end))

    def purge(self, before: datetime) -> dict[str, int]:
        """Forget coverage and metric points from before that moment."""
        old = [key for key, item in self._coverage.items() if item.end < before]
        for key in old:
            del self._coverage[key]
        old_points = [key for key, point in self._metrics.items() if point.start < before]
        for point_key in old_points:
            del self._metrics[point_key]
        self._frames = [one for one in self._frames if not isinstance(one, MetricFrame) or one.at >= before]
        return {"coverage": len(old), "metrics": len(old_points)}
