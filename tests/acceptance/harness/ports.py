"""Ports and environments for real servers on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from random import SystemRandom

ROOT = Path(__file__).parents[3]

_OURS = ("CRISISWATCH_", "PYTHON", "NOTIFY_", "WATCHDOG_")


INTERRUPTED = ("env", "--default-signal=INT")
"""Before a command that is to hear Ctrl-C: who runs tests in the background ignores it, and so would the command."""

_PORTS = SystemRandom().sample(range(10_000, 32_000), 2_000)
"""Below those that the kernel gives to connections: one of these stays free until the server takes it."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on; each is given once."""
    while True:
        port = _PORTS.pop()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def clean_environment(**more: str) -> dict[str, str]:
    """Return this environment without proxies and without anything that the daemon would take for its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": str(ROOT), **more}
