"""A module that takes long to load: two and a half seconds of the processor."""

from __future__ import annotations

import time

while time.process_time() < 2.5:
    pass


def process() -> str:
    return "loaded"
