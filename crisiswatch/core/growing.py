"""How fast it grows: the doubling time of new stories, where the counts can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

LEAST_STORIES = 20
"""With fewer stories no growth can be told from chance."""

SIGNIFICANT = 2.0
"""Standard deviations by which the later half must exceed the earlier one."""

LONGEST = timedelta(hours=24)
"""A slower doubling is not called growth."""


def doubling_time(counts: Sequence[float], length: timedelta) -> timedelta | None:
    """Return the doubling time of counts per stretch of `length`, oldest first; None where it does not surely grow.

    The two halves of the stretch are compared: if the later has r times the stories of the earlier, the rate grows
    by r in half the time. The difference of two Poisson counts has the variance of their sum.
    """
    half = len(counts) // 2
    earlier, later = sum(counts[:half]), sum(counts[-half:]) if half else 0.0
    if half == 0 or earlier + later < LEAST_STORIES or earlier <= 0:
        return None
    if later - earlier < SIGNIFICANT * math.sqrt(earlier + later):
        return None
    doubling = (len(counts) - half) * length * (math.log(2) / math.log(later / earlier))
    return doubling if doubling <= LONGEST else None
