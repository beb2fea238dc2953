"""Ports and environments for real servers on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

ROOT = Path(__file__).parents[3]

_OURS = ("CRISISWATCH_", "PYTHON", "NOTIFY_", "WATCHDOG_")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**more: str) -> dict[str, str]:
    """Return this environment without proxies and without anything that the daemon would take for its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": str(ROOT), **more}
