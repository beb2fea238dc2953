"""systemd's protocol: starting, ready, stopping, and the watchdog that is only fed while the loops move."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

import structlog

from crisiswatch.ports import Clock

STUCK_AFTER = timedelta(seconds=60)

SAY_EVERY = timedelta(seconds=5)
"""A start that takes longer says how far it has come, so often."""

MAY_TAKE = timedelta(minutes=5)
"""So long systemd waits for the next word of a start."""

log = structlog.get_logger()


class Notifier:
    """Sends states to the socket that systemd names; without one it does nothing."""

    def __init__(self, address: str | None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    @classmethod
    def from_environment(cls) -> Notifier:
        """Return a notifier for `NOTIFY_SOCKET`."""
        return cls(os.environ.get("NOTIFY_SOCKET"))

    def tell(self, *states: str) -> None:
        """Send states such as `READY=1`."""
        if self._address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
                door.connect(self._address)
                door.sendall("\n".join(states).encode())


class Pulse:
    """When each loop last moved; the watchdog is fed only while all of them do."""

    def __init__(self) -> None:
        self._beats: dict[str, datetime] = {}

    def beat(self, loop: str, now: datetime) -> None:
        """Say that a loop moved."""
        self._beats[loop] = now

    def stuck(self, now: datetime) -> list[str]:
        """Return the loops that have not moved for too long."""
        return sorted(loop for loop, at in self._beats.items() if now - at > STUCK_AFTER)


class Progress:
    """How far a start has come: for the log, and for systemd, which stops a service that takes long without a word."""

    def __init__(self, clock: Clock, notifier: Notifier) -> None:
        self._clock = clock
        self._notifier = notifier
        self._begun = self._said = clock.now()

    def __call__(self, part: float) -> None:
        """Say that `part` (0 to 1) of what was stored is read again, unless something was said a moment ago."""
        now = self._clock.now()
        if now - self._said < SAY_EVERY:
            return
        self._said = now
        left = round((now - self._begun).total_seconds() * (1 - part) / part) if part > 0 else None
        log.info("catching_up", percent=round(100 * part), seconds_left=left)
        self._notifier.tell(
            f"STATUS=reading what was stored: {part:.0%}",
            f"EXTEND_TIMEOUT_USEC={MAY_TAKE // timedelta(microseconds=1)}",
        )
