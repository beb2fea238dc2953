"""A name server that does not answer: names under `stuck.invalid` are looked up until they are let go.

As a folder's `sitecustomize` it does the same to the worker processes, which end when they are killed.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

IN_WORKERS = """\
import socket, time
real = socket.getaddrinfo
def lookup(host, *rest, **more):
    if str(host).endswith("stuck.invalid"):
        time.sleep(600)
    return real(host, *rest, **more)
socket.getaddrinfo = lookup
"""


class StuckNames:
    """Looks up names in this process; `waiting` counts the threads that are stuck."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self._real = socket.getaddrinfo
        self.waiting = 0

    def lookup(self, host: Any, *rest: Any, **more: Any) -> Any:
        """Stand for `socket.getaddrinfo`."""
        if str(host if isinstance(host, str) else (host or b"").decode("ascii")).endswith("stuck.invalid"):
            self.waiting += 1
            self._go.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "gave up")
        return self._real(host, *rest, **more)

    def let_go(self) -> None:
        """End every lookup that is stuck."""
        self._go.set()


def stick(patch: pytest.MonkeyPatch, folder: Path) -> StuckNames:
    """Let names under `stuck.invalid` hang, here and in worker processes started from now on."""
    names = StuckNames()
    patch.setattr(socket, "getaddrinfo", names.lookup)
    (folder / "sitecustomize.py").write_text(IN_WORKERS, "utf-8")
    patch.syspath_prepend(str(folder))
    return names
