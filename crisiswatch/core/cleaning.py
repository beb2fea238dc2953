"""What the detector of all sources sees of a bucket: each source is cleaned before they are pooled.

A flood of copies in one source is thin in the pool: there are not enough copies in all to tell it from a busy hour, but
what bots vary of their text is enough to move the share.
"""

from __future__ import annotations

from crisiswatch.core.buckets import Bucket, Part
from crisiswatch.core.copying import FEW, flood_bar
from crisiswatch.core.counting import Buckets, Counting
from crisiswatch.core.models import Count


def pooled(state: Counting, bucket: Bucket) -> Count:
    """Return a bucket as the detector of all sources sees it: of a source that is flooded, what is usual there at most.

    A brand of one source has no parts: what it has is left to the detector.
    """
    stories, negative, copies = float(bucket.stories), bucket.negative, float(bucket.copies)
    for source, part in bucket.parts.items():
        if is_flooded(part, state.usual_copied.get(source, 0.0)):
            kept = min(part.stories, state.usual.get(source, 0.0))
            stories -= part.stories - kept
            negative -= max(0.0, part.negative - state.usual_negative.get(source, 0.0))
            copies -= part.copies - kept
    return Count(bucket.start, stories, min(max(0.0, negative), stories), copies, bucket.covered)


def pooled_open(state: Counting, buckets: Buckets) -> tuple[Count, ...]:
    """Return the open buckets as the detector of all sources sees them, oldest first."""
    return tuple(pooled(state, bucket) for bucket in buckets.open)


def is_flooded(part: Part, copied: float) -> bool:
    """Tell whether somebody says the same over and over in a source; `copied` is the logarithm of what is usual."""
    return part.copies > flood_bar(copied) * part.stories + FEW
