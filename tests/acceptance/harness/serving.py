"""A server of this machine, in a thread of its own for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    """Answer by that handler; give the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _as_class(handler))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _as_class(handler: Callable[..., BaseHTTPRequestHandler]) -> Any:
    """Return the same: the server asks for a class, and calls it like any function."""
    return handler
