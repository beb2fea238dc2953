"""What the made-up brand of the heartbeat is watched with, in the same way as every other brand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crisiswatch import text
from crisiswatch.app.converting import POLL_MARGIN
from crisiswatch.app.data import calibration
from crisiswatch.core.deciding import Policy
from crisiswatch.core.enriching import Watchlist
from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.judging import Rule, Thresholds
from crisiswatch.core.models import HISTOGRAM_BINS, Severity
from crisiswatch.core.routing import Route
from crisiswatch.engine.heart import RULE, HeartOptions
from crisiswatch.engine.watched import Plan
from crisiswatch.settings import Settings


def heart_options(settings: Settings) -> HeartOptions | None:
    """Return whom to tell that all is well; None if nobody is to be told."""
    beats = settings.heartbeat
    if beats is None:
        return None
    urls = [secret.get_secret_value() for secret in (beats.url, beats.also) if secret is not None]
    return HeartOptions(tuple(urls), beats.every)


def with_heart(watchlist: Watchlist) -> Watchlist:
    """Return the watchlist with the made-up brand, which only its own mentions match."""
    return replace(
        watchlist,
        brands=watchlist.brands | {SYNTHETIC},
        sources={**watchlist.sources, SYNTHETIC: frozenset({SYNTHETIC})},
        author_rules=(*watchlist.author_rules, RULE),
    )


def heart_plan(bucket: timedelta, every: timedelta) -> Plan:
    """Return how the made-up brand is watched: its rule is met all the time, and only its own channel hears of it.

    Between two beats nothing is seen, so a bucket stays open for longer: else the brand is blind, and nothing is told.
    """
    return Plan(
        policy=Policy(SYNTHETIC, "self", Route((SYNTHETIC,)), edits=frozenset({SYNTHETIC})),
        sources=(SYNTHETIC,),
        lateness=every * POLL_MARGIN,
        bucket=bucket,
        weights=(0.0,) * HISTOGRAM_BINS,
        thresholds=Thresholds.for_budget(calibration().bars, 0.1, 0.02),
        tools=text.tools((SYNTHETIC,)),
        rules=(Rule(RULE.name, Severity.CRITICAL),),
    )
