"""What other processes said, written where pytest shows it beside a test that failed."""

from __future__ import annotations

import sys
from pathlib import Path

SHOWN = 20_000
"""Characters of a log, its last, that are shown."""


def show(*logs: Path) -> None:
    """Write the ends of these logs to stdout; one that is not there has nothing to say."""
    for log in logs:
        said = log.read_text("utf-8", "replace")[-SHOWN:] if log.exists() else ""
        sys.stdout.write(f"--- {log.name}\n{said}\n" if said else "")
