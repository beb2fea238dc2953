"""systemd's protocol: ready, reloading, stopping, and the watchdog that is only fed while the loops move."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

STUCK_AFTER = timedelta(seconds=60)


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
