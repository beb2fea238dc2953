"""Where a process is killed, by the suite that does it; what no other suite names is of one alert's story."""

from __future__ import annotations

from crisiswatch.engine.failpoints import FAILPOINTS

_OF_DELIVERIES = ("takeover.after_release", "outbox.after_find", "reload.before_use", "reload.after_use")
"""Of what a former process left behind, and of reloads: `benchmarks.killing` comes by there."""

OF_THE_DATABASE = tuple(
    place for place in FAILPOINTS if place.startswith(("migration.", "purge.", "erase.", "backup.", "restore."))
)
"""Of the database as a whole: `test_kills_of_the_database` and `test_kills_of_migrations` come by there."""

OF_DEEDS = tuple(
    place
    for place in FAILPOINTS
    if place.startswith(("answer.", "holding.", "label.", "own.", "fallback.", "digest.", "handover.", "heartbeat."))
)
"""Of what people and the daemon itself do beside the way of an alert: `test_kills_of_deeds` comes by there."""

OF_A_STORY = tuple(place for place in FAILPOINTS if place not in (*_OF_DELIVERIES, *OF_THE_DATABASE, *OF_DEEDS))
"""Kills on the way of one alert, from the feed to the saved state: `test_kill_and_restart`."""
