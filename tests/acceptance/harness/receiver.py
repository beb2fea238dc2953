"""A real HTTP server that takes webhooks, and the check of their signatures as Standard Webhooks tells it."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

from harness.serving import serving

KEY = b"a key that only tests know"
SECRET = "whsec_" + b64encode(KEY).decode()


@dataclass(frozen=True, slots=True)
class Delivered:
    """One request; header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the key by which a repeat is recognised."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """Return the CloudEvent."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed(self, key: bytes = KEY) -> bool:
        """Tell whether one of the signatures is that of id, time and body with the key."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = b64encode(hmac.digest(key, signed, "sha256")).decode()
        given = [part.partition(",") for part in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(value, wanted) for version, _, value in given)


class Receiver:
    """Answers 204 to every request; what came is found by its path."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.delivered: list[Delivered] = []

    def came_to(self, path: str) -> list[Delivered]:
        """Return what came to that path, oldest first."""
        return [one for one in list(self.delivered) if one.path == path]


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, box: list[Delivered], *arguments: Any) -> None:
        self._box = box
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._box.append(Delivered(self.path, headers, self.rfile.read(int(headers.get("content-length", 0)))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver in a thread of its own."""
    box: list[Delivered] = []
    with serving(partial(_Handler, box)) as port:
        receiver = Receiver(port)
        receiver.delivered = box
        yield receiver
