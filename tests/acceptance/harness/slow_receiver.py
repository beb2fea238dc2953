"""A webhook receiver that takes its time: at any moment some message is on its way."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from harness.serving import serving


class SlowReceiver:
    """`opened` counts the openings that came by the name of their brand."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/in"
        self.opened: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, event: dict[str, Any]) -> None:
        """Count a CloudEvent."""
        if event["type"] == "dev.crisiswatch.incident.opened.v1":
            with self._lock:
                self.opened[event["data"]["brand"]] += 1


@contextmanager
def slow_receiver(seconds: float) -> Iterator[SlowReceiver]:
    """Run a receiver that answers after so many seconds; what it read is counted at once."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            if len(body := self.rfile.read(length)) < length:
                return  # cut off on the way
            found.take(json.loads(body))
            stopped.wait(seconds)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with serving(Handler) as port:
        found = SlowReceiver(port)
        try:
            yield found
        finally:
            stopped.set()
