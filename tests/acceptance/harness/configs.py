"""Configurations of the daemon under test. YAML is a superset of JSON, so a mapping is written as that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from harness.mailbox import Mailbox
from harness.receiver import SECRET, Receiver

LATENESS = timedelta(seconds=10)
"""Of every feed."""

INJURY = {"name": "injury", "match": "hospital OR injured", "severity": "critical"}
"""A rule of the operator that acts at once."""


def configured(folder: Path, feeds: dict[str, str], brands: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a configuration that polls these feeds every second and listens on a port of the system's choice."""
    return {
        "version": 1,
        "defaults": {"bucket": "1m"},
        "sources": [
            {
                "name": name,
                "type": "rss",
                "preset": "phpbb",
                "url": url,
                "every": "1s",
                "lateness": f"{LATENESS.seconds}s",
            }
            for name, url in feeds.items()
        ],
        "brands": list(brands),
        "store": {"url": f"sqlite:///{folder}/crisiswatch.db"},
        "server": {"listen": "127.0.0.1:0"},
        "egress": {"allow": ["127.0.0.0/8"]},
        **more,
    }


def told(mailbox: Mailbox, receiver: Receiver, name: str = "on-call") -> dict[str, Any]:
    """Return the part of a configuration that tells everything by mail and by webhook; both are found by `name`."""
    return {
        "receivers": [
            {"name": "mail", "type": "email", "to": [f"{name}@example.org"], "smtp": mailbox.url},
            {"name": "hook", "type": "webhook", "url": f"{receiver.url}/{name}", "secret": SECRET},
        ],
        "routes": {"receivers": ["mail", "hook"]},
    }


def write(folder: Path, config: dict[str, Any]) -> Path:
    """Write a configuration into a folder; return the file."""
    file = folder / "crisiswatch.yml"
    file.write_text(json.dumps(config, indent=2), "utf-8")
    return file
