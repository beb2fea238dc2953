"""The state of a brand when watching it begins, and when it goes on by another plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from crisiswatch.core.apart import apart_of
from crisiswatch.core.counting import Counting
from crisiswatch.core.judging import Judging
from crisiswatch.core.steps import Detector
from crisiswatch.engine.noticers import adopt
from crisiswatch.engine.watched import Plan, Watched


def begin(plan: Plan, detector: Callable[[timedelta, bytes | None], Detector]) -> Watched:
    """Return a brand about which nothing is known yet."""
    counting = Counting(plan.policy.brand, plan.bucket, plan.lateness, plan.sources, plan.weights)
    return go_on(Watched(plan, counting, Judging(detector(plan.bucket, None))), plan, detector)


def go_on(watched: Watched, plan: Plan, detector: Callable[[timedelta, bytes | None], Detector]) -> Watched:
    """Return a brand with its state, watched by that plan from now on. Buckets are as long as they were."""
    watched.plan = plan
    counting, judging = watched.counting, watched.judging
    counting.sources, counting.weights, counting.lateness = plan.sources, plan.weights, plan.lateness
    judging.apart = apart_of(plan.sources, partial(detector, plan.bucket, None), judging.apart)
    adopt(judging.noticing, plan)
    return watched
