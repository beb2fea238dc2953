"""Named places at which a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

FAILPOINTS = (
    "migration.after_step",
    "ingest.before_commit",
    "batch.in_transaction",
    "ingest.after_commit",
    "watch.before_commit",
    "decision.in_transaction",
    "watch.after_commit",
    "takeover.after_release",
    "claim.in_transaction",
    "outbox.after_claim",
    "outbox.after_find",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.after_settle",
    "checkpoint.before_save",
    "checkpoint.midway",
    "checkpoint.after_save",
    "reload.before_use",
    "reload.after_use",
    "answer.before_commit",
    "answer.after_commit",
    "holding.before_release",
    "label.midway",
    "label.after_commit",
    "own.before_commit",
    "own.after_commit",
    "fallback.before_commit",
    "fallback.after_commit",
    "digest.before_commit",
    "digest.after_commit",
    "handover.before_commit",
    "handover.after_commit",
    "heartbeat.after_probe",
    "heartbeat.after_call",
    "purge.midway",
    "purge.before_scrub",
    "erase.midway",
    "erase.before_lessons",
    "backup.midway",
    "backup.before_rename",
    "restore.midway",
    "restore.before_swap",
    "restore.after_swap",
)

ARMED_BY = "CRISISWATCH_FAILPOINT"
"""The environment variable that arms one of them."""


class Failpoints:
    """Kills the process the `count`-th time that the place `name` is reached: `NAME:kill` or `NAME:kill:COUNT`."""

    def __init__(self, armed: str | None) -> None:
        name, _, rest = (armed or "").partition(":")
        if armed and name not in FAILPOINTS:
            raise ValueError(f"unknown failpoint {name!r}; known: {', '.join(FAILPOINTS)}")
        self._name = name
        self._left = int(rest.partition(":")[2] or 1)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Failpoints:
        """Return the failpoints as an environment arms them."""
        return cls(environment.get(ARMED_BY))

    def reach(self, name: str) -> None:
        """Say that a place was reached; without an armed failpoint this does nothing."""
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
