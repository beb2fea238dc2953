"""The examples of the two webhook pages, against the real channel and the real parser, over real sockets."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from doc_pages import blocks

from crisiswatch.channels.webhook import KIND as OUT
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import SourceRejected
from crisiswatch.plugins import ChannelTools
from crisiswatch.sources.importing.webhook import KIND as IN

pytestmark = pytest.mark.acceptance

Taken = tuple[str, dict[str, str], bytes]


def _python(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.language == "python":
            exec(block.body, names)  # the page's own text, which the tests of the pages run in any case
    return names


@contextmanager
def _receiver() -> Iterator[tuple[str, list[Taken]]]:
    """Take requests on a free port and answer 200."""
    taken: list[Taken] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", taken
        finally:
            server.shutdown()
            thread.join()


def _message() -> Message:
    now = datetime.now(UTC)  # noqa: TID251 - the page compares with the real time
    return Message(
        key="k" * 32,
        kind="opened",
        incident="INC-7",
        number=1,
        receiver="desk",
        severity=Severity.CRITICAL,
        brand="Acme",
        headline="Acme: 4× normal mentions",
        thread_subject="Acme",
        state="open",
        since="since noon",
        opened_at=now,
        sent_at=now,
    )


async def _sent(secret: str) -> Taken:
    with _receiver() as (url, taken):
        tools = ChannelTools(None, str, str, list, "watcher.example.org", SystemClock())  # type: ignore[arg-type]  # a webhook needs no isolator
        channel = OUT.build("desk", OUT.options(url=url, secret=secret), tools)
        attempt = await channel.send(_message(), None)
        await channel.close()
    assert attempt.outcome is Outcome.DELIVERED
    return taken[0]


@pytest.mark.parametrize("secret", ["whsec_Y3Jpc2lzd2F0Y2g=", "a plain secret"])
async def test_the_verification_takes_what_the_channel_sends(secret: str) -> None:
    verify = _python("how-to/webhook-out.md")["verify"]

    _, headers, body = await _sent(secret)

    assert verify(secret, headers, body) == "k" * 32


async def test_the_verification_refuses_forged_and_old_events() -> None:
    verify = _python("how-to/webhook-out.md")["verify"]
    _, headers, body = await _sent("a plain secret")
    old = {**headers, "webhook-timestamp": "1700000000"}

    with pytest.raises(ValueError, match="does not match"):
        verify("a plain secret", headers, body + b" ")
    with pytest.raises(ValueError, match="does not match"):
        verify("another secret", headers, body)
    with pytest.raises(ValueError, match="too old"):
        verify("a plain secret", old, body)


def test_the_python_example_signs_as_the_hook_expects() -> None:
    names = _python("how-to/webhook-in.md")
    hook = IN.build("inbox", IN.options(secret="the secret"), None)

    batch = hook.receive(names["headers"], names["body"], SystemClock().now())

    assert [mention.external_id for mention in batch.mentions] == ["41"]


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
def test_the_shell_example_signs_as_the_hook_expects() -> None:
    (script,) = [block.body for block in blocks("how-to/webhook-in.md") if block.note == "sign"]
    hook = IN.build("inbox", IN.options(secret="s3cret & more"), None)

    with _receiver() as (url, taken):
        environment = {"PATH": os.environ["PATH"], "INBOX_SECRET": "s3cret & more", "CRISISWATCH_URL": url}
        subprocess.run(["bash", "-euc", script], env=environment, check=True, timeout=240)
    path, headers, body = taken[0]
    batch = hook.receive(headers, body, SystemClock().now())

    assert (path, [mention.external_id for mention in batch.mentions]) == ("/hooks/inbox", ["42"])
    with pytest.raises(SourceRejected):
        hook.receive(headers, body + b" ", SystemClock().now())
