"""A feed and its WebSub hub on one socket: subscriptions are verified, deliveries signed, as the W3C has it."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
from harness.feeds import Post

LEASE = 3600


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who wants to be told, with the secret for signatures."""

    callback: str
    secret: str


class Hub:
    """Publishes a feed; tells whoever subscribed and confirmed it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.posts: list[Post] = []
        self.subscribers: dict[str, Subscriber] = {}
        self.refused: list[str] = []
        self.fetched = 0

    def document(self, posts: list[Post]) -> bytes:
        """Return a feed of these posts, newest first, as the site and the hub both write it."""
        items = "".join(post.item() for post in reversed(posts))
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>Forum</title>{items}</channel></rss>"
        ).encode()

    def tell(self, *posts: Post, algorithm: str = "sha256", secret: str | None = None) -> list[int]:
        """Deliver posts to every subscriber; return what these answered."""
        body = self.document(list(posts))
        return [self._deliver(one, body, algorithm, secret or one.secret) for one in self.subscribers.values()]

    def verify(self, callback: str, topic: str, secret: str = "", **more: str) -> httpx.Response:
        """Ask a subscriber whether it wants what was asked for in its name; keep it if it says so."""
        challenge = "c-" + str(len(self.subscribers))
        query = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": challenge} | more
        with _client() as client:
            answer = client.get(f"{callback}&{urlencode(query | {'hub.lease_seconds': str(LEASE)})}")
        is_confirmed = answer.status_code == 200 and answer.text == challenge
        if is_confirmed and query["hub.mode"] == "unsubscribe":
            self.subscribers.pop(callback, None)
        elif is_confirmed:
            self.subscribers[callback] = Subscriber(callback, secret)
        else:
            self.refused.append(callback)
        return answer

    @staticmethod
    def _deliver(one: Subscriber, body: bytes, algorithm: str, secret: str) -> int:
        signature = f"{algorithm}=" + hmac.new(secret.encode(), body, algorithm).hexdigest()
        headers = {"X-Hub-Signature": signature, "Content-Type": "application/rss+xml"}
        with _client() as client:
            return client.post(one.callback, content=body, headers=headers).status_code


def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=60)


@contextmanager
def running_hub(port: int) -> Iterator[Hub]:
    """Run a feed with its hub: `/feed.xml` and `/hub`."""
    hub = Hub(port)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.fetched += 1
            links = f'<{hub.url}/hub>; rel="hub", <{hub.url}/feed.xml>; rel="self"'
            self._answer(200, hub.document(hub.posts), {"Link": links})

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            wanted = {name: values[0] for name, values in form.items()}
            self._answer(202, b"", {})
            mode = {"hub.mode": wanted["hub.mode"]}
            hub.verify(wanted["hub.callback"], wanted["hub.topic"], wanted.get("hub.secret", ""), **mode)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
