"""Named places at which a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal

FAILPOINTS = (
    "ingest.before_commit",
    "ingest.after_commit",
    "watch.before_commit",
    "watch.after_commit",
    "takeover.after_release",
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
)


class Failpoints:
    """Kills the process the `count`-th time that the place `name` is reached: `NAME:kill` or `NAME:kill:COUNT`."""

    def __init__(self, armed: str | None) -> None:
        name, _, rest = (armed or "").partition(":")
        if armed and name not in FAILPOINTS:
            raise ValueError(f"unknown failpoint {name!r}; known: {', '.join(FAILPOINTS)}")
        self._name = name
        self._left = int(rest.partition(":")[2] or 1)

    def reach(self, name: str) -> None:
        """Say that a place was reached; without an armed failpoint this does nothing."""
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
