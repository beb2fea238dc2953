"""The emulator of X's API that X publishes (`playground`, MIT), where somebody has installed it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from harness.ports import free_port
from harness.showing import show
from harness.unprivileged import hand_over, ordinary_user, own_folder, start, stop
from harness.waiting import until

PROGRAM = shutil.which("playground")
MISSING = "no emulator of X's API here: a program called `playground`"

SEARCHES = 5
"""So many searches are allowed in a quarter of an hour."""


def _described(method: str, *parameters: str, scheme: str = "BearerToken") -> dict[str, Any]:
    given = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters]
    return {method: {"operationId": "", "parameters": given, "security": [{scheme: []}], "responses": {}}}


SEARCH = ("query", "max_results", "sort_order", "tweet.fields", "since_id", "start_time", "next_token")
DESCRIPTION = {
    "openapi": "3.0.0",
    "info": {"version": "as far as it is asked here"},
    "components": {},
    "paths": {
        "/2/tweets": _described("post", scheme="OAuth2UserToken"),
        "/2/tweets/search/recent": _described("get", *SEARCH),
        "/2/tweets/counts/recent": _described("get", "query", "granularity", "start_time"),
    },
}
"""What the emulator would fetch from X at its first start: the paths that it serves."""

CONFIG = {
    "persistence": {"enabled": False},
    "rate_limit": {
        "enabled": True,
        "limit": 10_000,
        "window_sec": 900,
        "endpoint_overrides": {
            "GET:/2/tweets/search/recent": {"limit": SEARCHES, "window_sec": 900},
            "POST:/2/tweets": {"limit": 10_000, "window_sec": 900},
        },
    },
}


class Emulator:
    """A running emulator, with posts of its own making."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, text: str) -> str:
        """Write a post; return its id."""
        headers = {"Authorization": "Bearer user", "X-Auth-Method": "oauth2user"}
        with httpx.Client(trust_env=False) as client:
            answer = client.post(f"{self.url}/2/tweets", json={"text": text}, headers=headers).raise_for_status()
        return str(answer.json()["data"]["id"])


@contextmanager
def running() -> Iterator[Emulator]:
    """Give an emulator that knows nothing but what it made up itself."""
    assert PROGRAM is not None, "asked before"
    with own_folder(ordinary_user()) as folder:
        port = free_port()
        _configure(folder)
        command = [PROGRAM, "start", "--host", "127.0.0.1", "--port", str(port)]
        process = start(ordinary_user(), command, folder / "out.log")
        try:
            until(lambda: _is_up(process, port), 20, "the emulator of X")
            yield Emulator(f"http://127.0.0.1:{port}")
        finally:
            stop(process)
            show(folder / "out.log")


def _configure(home: Path) -> None:
    (home / ".playground").mkdir()
    (home / ".playground" / "config.json").write_text(json.dumps(CONFIG))
    (home / ".playground-openapi-cache.json").write_text(json.dumps(DESCRIPTION))
    hand_over(ordinary_user(), home / ".playground", *home.rglob("*"), home / ".playground-openapi-cache.json")


def _is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, f"the emulator ended with {process.returncode}"
    try:
        with httpx.Client(trust_env=False) as client:
            return client.get(f"http://127.0.0.1:{port}/health").is_success
    except httpx.TransportError:
        return False
