"""What a store may record as a frame, and the moment it belongs to."""

from __future__ import annotations

from datetime import datetime

from crisiswatch.core.models import Frame, Heartbeat, MentionFrame
from crisiswatch.errors import BadInput


def moment_of(frame: Frame) -> datetime:
    """Return when an input took place. Raises BadInput for mentions, which are committed as a batch."""
    if isinstance(frame, MentionFrame):
        raise BadInput("mentions are committed as a batch, not recorded as a frame")
    return frame.now if isinstance(frame, Heartbeat) else frame.at
