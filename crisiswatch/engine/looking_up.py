"""Threads for looking up names: one whose name server is silent must not leave the others without a thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

LOOKUPS = 256
"""Names looked up at once. The default, six on two cores, is used up by one receiver; what is idle is used again."""


def widen_lookups(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop look up many names at once; a thread is started only when no other is free.

    A lookup cannot be stopped: whoever gives up waiting leaves its thread behind until the resolver gives up, too.
    """
    loop.set_default_executor(ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup"))
