"""`dashboards check`: every query asked, and the empty panels named."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cli_running import run

from crisiswatch.cli.terminal import Exit

SHOWS = {"status": "success", "data": {"result": [{"metric": {}, "value": [0, "1"]}]}}
EMPTY = {"status": "success", "data": {"result": []}}
REFUSED = {"status": "error", "error": "parse error: \x1b[31m unexpected <"}


@contextmanager
def prometheus(answer: Callable[[str], object]) -> Iterator[str]:
    """Run a server that answers each query as told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            said = json.dumps(answer(parse_qs(body)["query"][0])).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_all_is_well_where_every_query_shows_something() -> None:
    asked: list[str] = []

    def answer(query: str) -> object:
        asked.append(query)
        return SHOWS

    with prometheus(answer) as url:
        found = run("dashboards", "check", "--prometheus", url)

    assert (found.code, found.out) == (Exit.OK, "")
    assert len(asked) > 30
    assert not [query for query in asked if "$" in query]


def test_empty_and_refused_panels_are_named_and_nothing_else() -> None:
    def answer(query: str) -> object:
        return EMPTY if "silences_active" in query else REFUSED if "outbox_dead" in query else SHOWS

    with prometheus(answer) as url:
        found = run("dashboards", "check", "--prometheus", url)
        rows = run("dashboards", "check", "--prometheus", url, "--json").json

    wrong = {row["answer"] for row in rows if row["answer"] != "shows"}
    assert (found.code, wrong) == (Exit.FINDINGS, {"empty", "refused"})
    assert "refused" in found.out
    assert "\x1b" not in found.out


def test_what_is_no_prometheus_is_said() -> None:
    with prometheus(lambda query: []) as url:
        found = run("dashboards", "check", "--prometheus", url)

    assert found.code == Exit.USAGE
    assert "no Prometheus" in found.err


def test_nobody_there_is_said() -> None:
    assert run("dashboards", "check", "--prometheus", "http://127.0.0.1:1").code == Exit.USAGE
