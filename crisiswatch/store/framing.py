"""What a store may record as a frame, and the moment it belongs to."""

from __future__ import annotations

import math
from datetime import datetime

from crisiswatch.core.models import Frame, Heartbeat, MentionFrame, MetricFrame
from crisiswatch.core.transactions import Enriched
from crisiswatch.errors import BadInput


def moment_of(frame: Frame) -> datetime:
    """Return when an input took place. Raises BadInput for mentions, which are committed as a batch."""
    if isinstance(frame, MentionFrame):
        raise BadInput("mentions are committed as a batch, not recorded as a frame")
    return frame.now if isinstance(frame, Heartbeat) else frame.at


def metric_frame(enriched: Enriched) -> MetricFrame:
    """Return the points of a batch as the input that a restart judges again; what is no number is left out."""
    points = tuple(point for point in enriched.batch.metrics if math.isfinite(point.value))
    return MetricFrame(at=enriched.observed_at, points=points)
