"""One brand at a tick: counted and judged, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crisiswatch.core.apart import read_apart
from crisiswatch.core.assessing import Assessment, assess
from crisiswatch.core.cleaning import pooled_open
from crisiswatch.core.counting import count
from crisiswatch.core.judging import holding_rules, judge, limits_met, note_hits
from crisiswatch.core.models import Judgement, Observation, Severity
from crisiswatch.engine.watched import Onlooker, Watched


def judge_brand(watched: Watched, observations: Sequence[Observation], now: datetime) -> Judgement:
    """Count what was observed, learn the buckets that closed, and return the judgement of the open ones."""
    watched.counting.covered.add(watched.coverage)
    watched.coverage.clear()
    watched.ready_at = now
    buckets = count(watched.counting, observations, now)
    note_hits(watched.judging, [rule for seen in observations if seen.live for rule in seen.rules], now)
    plan = watched.plan
    note_hits(watched.judging, limits_met(watched.counting, plan.rules, now), now)
    return judge(watched.judging, watched.counting, buckets, plan.thresholds, plan.events, now)


def look_again(onlooker: Onlooker | None, watched: Watched, now: datetime) -> None:
    """Read a brand that is idle here for an onlooker to whom it is not; what the watcher knows stays as it was."""
    if onlooker is None or not onlooker.is_busy(watched):
        return
    watched.counting.covered.add(watched.coverage)
    watched.coverage.clear()
    buckets, judging = count(watched.counting, (), now), watched.judging
    if judging.apart is not None:
        read_apart(judging.apart, watched.counting, buckets)
    onlooker.judged(watched, judging.detector.score_open(pooled_open(watched.counting, buckets)), now)


def assess_brand(watched: Watched, now: datetime) -> Assessment:
    """Return what was judged just before as one severity."""
    rules = holding_rules(watched.judging, watched.plan.rules, now)
    is_blind = watched.judging.blind_since is not None
    notices = watched.judging.noticing.noticed
    return assess(watched.judging.judgements, rules, watched.plan.policy.most, is_blind, notices)


def is_urgent(watched: Watched, now: datetime) -> bool:
    """Tell whether a brand that was judged just before may be critical, by its score or by a rule."""
    judgement = watched.judgement
    if judgement is not None and judgement.score >= judgement.critical_at:
        return True
    rules = holding_rules(watched.judging, watched.plan.rules, now) if watched.judging.hits else ()
    return any(rule.severity is Severity.CRITICAL for rule in rules)
