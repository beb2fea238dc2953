"""`backfill` and what the daemon learns from it: real servers on real sockets, the real process, killed on the way."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cli_running import Ran, run

from crisiswatch.engine.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
POSTS = 130
"""Posts on each server, one an hour, the newest of half an hour ago: none stands where a stretch begins or ends."""

pytestmark = pytest.mark.acceptance


class Network(ThreadingHTTPServer):
    """Speaks as Hacker News' search and as a Discourse forum do; `asked` are the addresses, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.newest = SystemClock().now() - timedelta(minutes=30)
        self.asked: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def times(self) -> list[tuple[int, datetime]]:
        """Return number and time of every post, newest first."""
        return [(POSTS - n, self.newest - timedelta(hours=n)) for n in range(POSTS)]

    def search(self, query: dict[str, list[str]]) -> dict[str, Any]:
        since, until = (int(part.partition("=")[2]) for part in query["numericFilters"][0].split(","))
        page, size = int(query["page"][0]), int(query["hitsPerPage"][0])
        found = [
            {"objectID": str(n), "title": f"Acme kettle, number {n}", "created_at_i": int(at.timestamp())}
            for n, at in self.times()
            if since <= at.timestamp() <= until
        ]
        return {"hits": found[page * size : (page + 1) * size], "nbHits": len(found), "page": page}

    def posts(self, query: dict[str, list[str]]) -> dict[str, Any]:
        before = int(query.get("before", [str(POSTS + 1)])[0])
        found = [
            {"id": n, "cooked": f"<p>My acme number {n}</p>", "created_at": at.isoformat(), "post_number": 2}
            for n, at in self.times()
            if n < before
        ]
        return {"latest_posts": found[:50]}


class _Handler(BaseHTTPRequestHandler):
    server: Network

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        address = urlsplit(self.path)
        answer = self.server.search if address.path.endswith("search_by_date") else self.server.posts
        body = json.dumps(answer(parse_qs(address.query))).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def network() -> Iterator[Network]:
    server = Network()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config(folder: Path, *sources: str) -> Path:
    file = folder / "crisiswatch.yml"
    lines = [
        "version: 1",
        "brands: [{name: Acme, match: [acme]}]",
        'egress: {allow: ["127.0.0.0/8"]}',
        f"store: {{url: 'sqlite:///{folder}/crisiswatch.db'}}",
        "sources:",
        *(f"  - {source}" for source in sources),
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def hacker_news(server: Network) -> str:
    return (
        f"{{name: hn, type: hackernews, queries: [acme], search_server: '{server.url}', item_server: '{server.url}'}}"
    )


def forum(server: Network) -> str:
    return f"{{name: forum, type: discourse, url: '{server.url}'}}"


def backfill(file: Path, *arguments: str) -> Ran:
    return run("backfill", "-c", file, "--json", *arguments)


def killed_backfill(file: Path, *arguments: str) -> int:
    """Run it in a process that is killed after its first commit; return how that ended."""
    command = [sys.executable, "-m", "crisiswatch", "backfill", "-c", str(file), *arguments]
    own = {"PATH": os.environ["PATH"], "HOME": str(file.parent), "PYTHONPATH": str(ROOT)}
    failpoint = {"CRISISWATCH_FAILPOINT": "ingest.after_commit:kill"}
    return subprocess.run(command, env=own | failpoint, capture_output=True, timeout=240, check=False).returncode


def stored(file: Path, question: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file.parent / "crisiswatch.db")
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_two_networks_give_their_past_and_a_feed_says_why_it_cannot(tmp_path: Path) -> None:
    with network() as server:
        press = f"{{name: press, type: rss, url: '{server.url}/f.xml'}}"
        file = config(tmp_path, hacker_news(server), forum(server), press)
        done = backfill(file, "--days", "4")

    rows = {row["source"]: row for row in done.json}
    assert done.code == 0, done.err
    assert [rows[name]["result"] for name in ("hn", "forum", "press")] == ["done", "done", "cannot"]
    assert "rss cannot be asked for its past" in rows["press"]["reason"]
    assert [row for row in server.asked if "f.xml" in row] == []
    begin = datetime.fromisoformat(rows["hn"]["from"]).timestamp()
    end = datetime.fromisoformat(rows["hn"]["to"]).timestamp()
    expected = [n for n, at in server.times() if begin <= at.timestamp() < end]
    assert [rows[name]["mentions"] for name in ("hn", "forum")] == [len(expected)] * 2
    assert stored(file, "select distinct via from mentions") == [("backfill",)]
    assert stored(file, "select count(*) from observations where live") == [(0,)]
    assert {name for (name,) in stored(file, "select source from coverage")} == {"hn:backfill", "forum:backfill"}


def test_doing_it_again_asks_nothing_and_stores_nothing_twice(tmp_path: Path) -> None:
    with network() as server:
        file = config(tmp_path, hacker_news(server))
        (before,) = backfill(file, "--days", "3").json
        asked, kept = len(server.asked), stored(file, "select count(*) from mentions")
        again = backfill(file, "--days", "3")

        assert (again.code, len(server.asked)) == (0, asked)
        (further,) = backfill(file, "--days", "4").json

    # A day more, unless it is past midnight by now: then the older one began there, too.
    begin, end = (datetime.fromisoformat(row["from"]) for row in (further, before))
    assert stored(file, "select count(*) from mentions")[0][0] == kept[0][0] + further["mentions"]
    assert further["mentions"] == sum(begin <= at < end for _, at in server.times())


@pytest.mark.parametrize("source", [hacker_news, forum])
def test_a_run_that_was_killed_goes_on_where_it_was(source: Any, tmp_path: Path) -> None:
    with network() as server:
        file = config(tmp_path, source(server))
        killed = killed_backfill(file, "--days", "6")
        first = list(server.asked)
        done = backfill(file, "--days", "6")

    assert killed == -signal.SIGKILL
    assert (len(first), done.code) == (1, 0), done.err
    assert first[0] not in server.asked[1:], "the page before the kill is not asked for again"
    (row,) = done.json
    begin, end = (datetime.fromisoformat(row[key]).timestamp() for key in ("from", "to"))
    found = [int(n) for (n,) in stored(file, "select external_id from mentions")]
    # What was under way is finished: it may have begun a day earlier, before midnight.
    assert sorted(found) == sorted(
        {n for n, at in server.times() if at.timestamp() < end and (at.timestamp() >= begin or n in found)}
    )


def test_a_server_that_is_down_fails_alone(tmp_path: Path) -> None:
    with network() as broken, network() as server:
        broken.status = 403
        file = config(tmp_path, hacker_news(server), forum(broken))
        partly = backfill(file, "--days", "2")
        nothing = backfill(file, "--days", "2", "--source", "forum")

    assert [row["result"] for row in partly.json] == ["done", "failed"]
    assert (partly.code, nothing.code) == (4, 1)


def test_a_source_that_nobody_knows_is_a_wrong_use(tmp_path: Path) -> None:
    found = backfill(
        config(tmp_path, "{name: press, type: rss, url: 'https://news.example/f.xml'}"), "--source", "pres"
    )

    assert found.code == 2
    assert "known: press" in found.err


def test_where_nothing_has_a_past_nothing_is_found(tmp_path: Path) -> None:
    found = backfill(config(tmp_path, "{name: press, type: rss, url: 'https://news.example/f.xml'}"))

    assert found.code == 3
