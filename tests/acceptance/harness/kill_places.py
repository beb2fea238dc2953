"""Where the story of one alert comes by, from the feed to the saved state: a daemon is killed at each of these."""

from __future__ import annotations

OF_A_STORY = (
    "ingest.before_commit",
    "ingest.after_commit",
    "watch.before_commit",
    "watch.after_commit",
    "outbox.after_claim",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.after_settle",
    "checkpoint.before_save",
    "checkpoint.midway",
    "checkpoint.after_save",
)
