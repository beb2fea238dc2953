"""Running the command line inside a test, and what the commands work on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from crisiswatch import store as stores
from crisiswatch.cli import app
from crisiswatch.ports import Store

T = TypeVar("T")

ALONE = {
    "NO_COLOR": "1",
    "COLUMNS": "120",
    "CRISISWATCH_CONFIG": None,
    "CRISISWATCH_TOKEN": None,
    "USER": "maria",
    "SMTP_URL": "smtp://mail.example",
}
"""The environment in which every command runs."""


class Ran:
    """How a command ended: `code`, and what it wrote."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """Return what it gave, as JSON."""
        return json.loads(self.out)


def run(*arguments: object, **environment: str) -> Ran:
    """Run a command with no terminal behind it; a traceback fails the test."""
    found = CliRunner().invoke(app, [str(a) for a in arguments], env={**ALONE, **environment}, prog_name="crisiswatch")
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Ran(found.exit_code, found.stdout, found.stderr)


TOLD = """\
receivers: [{name: team, type: email, to: [team@corp.example], smtp: "${SMTP_URL}"}]
routes: {receiver: team}"""

PRESS = "{name: press, type: rss, url: 'https://news.example/f.xml'}"


def config(folder: Path, *lines: str, sources: str = PRESS, told: str = TOLD) -> Path:
    """Write a configuration whose store is in that folder; `lines` come from line 7 on."""
    file = folder / "crisiswatch.yml"
    text = [
        "version: 1",
        "brands: [{name: Acme, match: [acme]}]",
        f"sources: [{sources}]",
        f"store: {{url: 'sqlite:///{folder}/crisiswatch.db'}}",
        *([told] if told else []),
        *lines,
    ]
    file.write_text("\n".join(text) + "\n", "utf-8")
    return file


def fill(folder: Path, act: Callable[[Store], Awaitable[T]]) -> T:
    """Do something to the store of `config`, as a daemon would have; it is made if need be."""

    async def within() -> T:
        store = stores.create(f"sqlite:///{folder}/crisiswatch.db")
        await store.open()
        try:
            return await act(store)
        finally:
            await store.close()

    return asyncio.run(within())


class Answering(ThreadingHTTPServer):
    """A server on this machine that answers everything alike; `came` holds path, headers and body of each request."""

    def __init__(self, status: int, body: bytes, type_: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.type = status, body, type_
        self.came: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.came.append((self.path, headers, self.rfile.read(int(headers.get("content-length", "0")))))
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.type)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def answering(body: bytes = b"", *, status: int = 200, type_: str = "text/plain") -> Iterator[Answering]:
    """Run a server in a thread of its own."""
    server = Answering(status, body, type_)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
