"""Bluesky's own servers on this machine, fetched from npm by `make servers`; accounts that post, edit and delete."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from harness.ports import ROOT, clean_environment
from harness.showing import show
from harness.waiting import until

from tests.store import postgres_server

FOLDER = ROOT / ".servers" / "bluesky"
SCRIPT = ROOT / "tests" / "acceptance" / "servers" / "bluesky.mjs"
POSTS = "app.bsky.feed.post"
PASSWORD = "open sesame"
ADMIN = ("admin", "admin-pass")
"""What the development environment gives to its administrator."""


def missing() -> str:
    """Return why the servers cannot run here; nothing if they can."""
    if shutil.which("node") is None:
        return "no node here"
    if not (FOLDER / "complete").exists():
        return "no Bluesky servers here: `make servers` fetches them from npm"
    return "" if postgres_server.programs() else "no PostgreSQL here, which Bluesky's search needs"


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses of the server of accounts, of the AppView behind it, and of the stream."""

    pds: str
    appview: str
    jetstream: str

    def join(self, name: str) -> Account:
        """Open an account."""
        told = {"handle": f"{name}.test", "email": f"{name}@mail.example", "password": PASSWORD}
        answer = call(self.pds, "com.atproto.server.createAccount", told)
        return Account(self.pds, answer["did"], answer["handle"], answer["accessJwt"])

    def expel(self, account: Account) -> None:
        """Delete an account with everything it wrote."""
        call(self.pds, "com.atproto.admin.deleteAccount", {"did": account.did}, auth=httpx.BasicAuth(*ADMIN))

    def wait_for(self, shown: Sequence[str], hidden: Sequence[str] = ()) -> None:
        """Wait until the AppView shows these posts (at most 25) and hides those."""

        def is_so() -> bool:
            with httpx.Client(trust_env=False, timeout=60) as client:
                uris = [("uris", uri) for uri in (*shown, *hidden)]
                answer = client.get(f"{self.appview}/xrpc/app.bsky.feed.getPosts", params=uris).raise_for_status()
            return {post["uri"] for post in answer.json()["posts"]} == set(shown)

        until(is_so, 30, "the AppView's index", every=0.5)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who writes."""

    pds: str
    did: str
    handle: str
    token: str

    def app_password(self, name: str = "crisiswatch") -> str:
        """Return a new app password."""
        return str(self._call("com.atproto.server.createAppPassword", {"name": name})["password"])

    def revoke(self, name: str = "crisiswatch") -> None:
        """Take an app password back."""
        self._call("com.atproto.server.revokeAppPassword", {"name": name})

    def post(self, text: str, at: datetime, reply_to: dict[str, str] | None = None) -> dict[str, str]:
        """Write a post; return its `uri` and `cid`."""
        record = self._record(text, at) | ({"reply": {"root": reply_to, "parent": reply_to}} if reply_to else {})
        answer = self._call("com.atproto.repo.createRecord", {**self._place, "record": record})
        return {"uri": answer["uri"], "cid": answer["cid"]}

    def post_many(self, texts: Sequence[str], at: datetime) -> list[str]:
        """Write up to 200 posts at once; return their addresses."""
        writes = [
            {"$type": "com.atproto.repo.applyWrites#create", "collection": POSTS, "value": self._record(text, at)}
            for text in texts
        ]
        answer = self._call("com.atproto.repo.applyWrites", {"repo": self.did, "writes": writes})
        return [result["uri"] for result in answer["results"]]

    def edit(self, uri: str, text: str, at: datetime) -> None:
        """Write another text in place of a post."""
        record = {**self._place, "rkey": uri.rpartition("/")[2], "record": self._record(text, at)}
        self._call("com.atproto.repo.putRecord", record)

    def delete(self, uri: str) -> None:
        """Delete a post."""
        self._call("com.atproto.repo.deleteRecord", {**self._place, "rkey": uri.rpartition("/")[2]})

    def like(self, post: dict[str, str], at: datetime) -> None:
        """Like a post."""
        record = {"$type": "app.bsky.feed.like", "subject": post, "createdAt": at.isoformat()}
        told = {"repo": self.did, "collection": "app.bsky.feed.like", "record": record}
        self._call("com.atproto.repo.createRecord", told)

    @property
    def _place(self) -> dict[str, str]:
        return {"repo": self.did, "collection": POSTS}

    def _record(self, text: str, at: datetime) -> dict[str, Any]:
        return {"$type": POSTS, "text": text, "createdAt": at.isoformat(), "langs": ["en"]}

    def _call(self, method: str, told: dict[str, Any]) -> dict[str, Any]:
        return call(self.pds, method, told, headers={"Authorization": f"Bearer {self.token}"})


def call(server: str, method: str, told: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what a procedure of the network answers."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.post(f"{server}/xrpc/{method}", json=told, **more)
    assert answer.is_success, f"{method}: {answer.status_code} {answer.text[:500]}"
    return dict(answer.json()) if answer.content else {}


@contextmanager
def running(folder: Path) -> Iterator[Network]:
    """Give a running network with no accounts; what its servers say goes into the folder."""
    bin = postgres_server.programs()
    assert bin is not None, "asked before"
    log = folder / "bluesky.log"
    with postgres_server.running_server(bin) as database, log.open("wb") as out:
        command = ["node", str(SCRIPT), str(FOLDER), f"{database}/postgres"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            env=clean_environment(LOG_ENABLED="false", TMPDIR=str(folder)),
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the servers did not start"
            yield Network(**json.loads(line))
        finally:
            process.kill()
            process.communicate()
            show(log)
