"""Waiting for something that happens in another process: asked again and again, up to a deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.05

PATIENCE = 6
"""A deadline only ends a test that fails: on a machine that does much else, everything takes its time."""

_NOBODY_SETS_IT = threading.Event()


def until(question: Callable[[], T], within: float, what: str, *, every: float = PAUSE) -> T:
    """Return the first answer that is true; fail, naming what was waited for, long after `within` seconds are over."""
    deadline = monotonic() + PATIENCE * within
    while not (answer := question()):
        assert monotonic() < deadline, f"waited {within:g} s in vain for {what}"
        _NOBODY_SETS_IT.wait(every)
    return answer
