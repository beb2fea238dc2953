"""Where the story of one alert comes by, from the feed to the saved state: a daemon is killed at each of these."""

from __future__ import annotations

from crisiswatch.engine.failpoints import FAILPOINTS

_OF_OTHER_STORIES = ("takeover.after_release", "outbox.after_find", "reload.before_use", "reload.after_use")
"""Of what a former process left behind, and of reloads: `benchmarks.killing` comes by there."""

OF_A_STORY = tuple(place for place in FAILPOINTS if place not in _OF_OTHER_STORIES)
