"""A secret in every field, a world that throws them back, and the log at its loudest: none comes out anywhere.

What is read afterwards: the log, every page and metric, what commands print, the process's command line, and every byte
of the database. And once a person asked to be forgotten, the same places for what that person wrote.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.configs import INJURY, write
from harness.daemon import Daemon, command
from harness.ports import free_port
from harness.serving import serving
from harness.stores import now
from harness.waiting import until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

CANARY = "canary7Zq"
"""Every secret holds it, and nothing else does."""

NAMES = (
    "feed", "api", "forum", "imap", "hook", "hook-before", "bot", "signing", "slack-path", "smtp",
    "bell-path", "bell-key", "bell-header", "pager", "prometheus-path", "prometheus-header", "apprise", "heartbeat",
)  # fmt: skip
PATHS = (
    "/", "/i/INC-1", "/i/INC-1.json", "/i/INC-1/chart.svg", "/metrics", "/-/healthy", "/-/ready", "/login",
    "/api/v1/incidents", "/api/v1/incidents/INC-1", "/api/v1/mentions", "/api/v1/outbox", "/api/v1/sources",
    "/api/v1/silences", "/api/v1/labels", "/static/nothing", "/a/forged", "/hooks/nobody",
)  # fmt: skip
COMMANDS = ("config show", "check", "source list", "outbox list", "incident list", "incident show INC-1", "doctor",
            "notify preview", "explain INC-1", "config explain")  # fmt: skip
WRITTEN, AUTHOR = "zzbyamanwhowantstobeforgotten", "https://forum.example/@zzforgotten"
Record = Callable[[str, object], None]


class Echo(BaseHTTPRequestHandler):
    """Fails everything, and says in header, address and body what it was sent."""

    heard: list[str]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
        sent = f"{self.path} {dict(self.headers.items())} {body}"
        self.heard.append(sent)
        answer = json.dumps({"ok": False, "error": f"no_{sent}", "message": sent, "status": sent}).encode()
        self.send_response(503)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", self.path)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def echoing() -> Iterator[tuple[str, list[str]]]:
    """Run the echo in a thread; give its address, and what it heard."""
    heard: list[str] = []
    handler = type("Handler", (Echo,), {"heard": heard})
    with serving(handler) as port:
        yield f"127.0.0.1:{port}", heard


def secret(name: str) -> str:
    """Return the secret of that name; it is alphanumeric, so that it stays itself wherever it is written."""
    return f"{CANARY}{name.replace('-', '')}"


def configured(folder: Path, echo: str) -> Path:
    keys = folder / "keys"
    keys.mkdir()
    held = {name: secret(name) for name in NAMES}
    held |= {"bot": f"xoxb-1-{secret('bot')}", "smtp": f"smtps://robot:{secret('smtp')}@127.0.0.1:{free_port()}"}
    held |= {"pager": secret("pager").ljust(32, "0")}  # 32 letters and digits, as PagerDuty's are
    held |= {"apprise": f"json://robot:{secret('apprise')}@{echo}/x"}
    for name, value in held.items():
        (keys / name).write_text(value)
        (keys / name).chmod(0o600)
    key = {name: f"${{file:keys/{name}}}" for name in NAMES}
    sources = [
        {"name": "feed", "type": "rss", "url": f"http://{echo}/f?key={key['feed']}", "every": "5s"},
        {"name": "api", "type": "http_json", "url": f"http://{echo}/items", "every": "5s", "items": "items",
         "headers": {"Authorization": f"Bearer {key['api']}"},
         "fields": {"external_id": "id", "published_at": "created", "text": "body"}},
        {"name": "forum", "type": "discourse", "url": f"http://{echo}", "api_key": key["forum"], "api_username": "bot",
         "every": "5s"},
        {"name": "mail-in", "type": "imap", "host": "127.0.0.1", "port": free_port(), "user": "robot",
         "password": key["imap"], "every": "5s"},
        {"name": "hook", "type": "webhook", "secret": key["hook"], "previous_secret": key["hook-before"]},
    ]  # fmt: skip
    (folder / "nothing.jsonl").touch()  # one source that works: the heart beats while something was polled
    sources.append({"name": "quiet", "type": "replay", "path": str(folder / "nothing.jsonl"), "every": "5s"})
    receivers = [
        {"name": "bot", "type": "slack", "channel": "#x", "token": key["bot"], "signing_secret": key["signing"],
         "base_url": f"http://{echo}/api/"},
        {"name": "slack-hook", "type": "slack", "webhook_url": f"http://{echo}/services/{key['slack-path']}"},
        {"name": "mail", "type": "email", "to": ["a@example.org"], "smtp": key["smtp"]},
        {"name": "bell", "type": "webhook", "url": f"http://{echo}/{key['bell-path']}", "secret": key["bell-key"],
         "headers": {"X-Key": key["bell-header"]}},
        {"name": "pager", "type": "pagerduty", "routing_key": key["pager"], "url": f"http://{echo}/v2"},
        {"name": "prometheus", "type": "alertmanager", "url": f"http://{echo}/{key['prometheus-path']}",
         "headers": {"X-Key": key["prometheus-header"]}},
        {"name": "other", "type": "apprise", "url": key["apprise"]},
    ]  # fmt: skip
    config: dict[str, Any] = {
        "version": 1, "sources": sources, "brands": [{"name": "Acme", "match": ["acme"], "rules": [INJURY]}],
        "receivers": receivers, "routes": {"receivers": [one["name"] for one in receivers]},
        "store": {"url": f"sqlite:///{folder}/crisiswatch.db"}, "server": {"listen": "127.0.0.1:0"},
        "heartbeat": {"url": f"http://{echo}/{key['heartbeat']}", "every": "10s"}, "egress": {"allow": ["127.0.0.0/8"]},
    }  # fmt: skip
    return write(folder, config)


def deliver(daemon: Daemon, secret_of_hook: str) -> int:
    post = {
        "external_id": "1", "published_at": now().isoformat(), "author": AUTHOR, "author_name": "zzforgotten",
        "text": f"Acme, my son is injured {WRITTEN}", "permalink": "https://forum.example/zzforgotten/1",
    }  # fmt: skip
    body, stamp = json.dumps(post).encode(), str(int(time.time()))  # noqa: TID251  # as a sender does
    mac = hmac.new(secret_of_hook.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
    with httpx.Client(base_url=daemon.url, trust_env=False, timeout=60) as client:
        signed = {"X-Crisiswatch-Signature": f"t={stamp},v1={mac}"}
        return client.post("/hooks/hook", content=body, headers=signed).status_code


def shown(daemon: Daemon, folder: Path) -> dict[str, str]:
    """Return everything that can be read of the run, by where."""
    assert daemon._process is not None
    found = {f"page {path}": _whole(daemon.get(path)) for path in PATHS}
    for name in COMMANDS:
        ended = command(*name.split(), "-c", str(daemon.config), cwd=folder)
        found[f"command {name}"] = ended.stdout + ended.stderr
    found["command line"] = Path(f"/proc/{daemon._process.pid}/cmdline").read_text("utf-8", "replace")
    return found | files(folder) | {"log": daemon.log()}


def files(folder: Path) -> dict[str, str]:
    """Return every byte that the daemon wrote into its folder, and not what it was given."""
    given = {"crisiswatch.yml", "daemon.log"}
    written = [file for file in folder.iterdir() if file.is_file() and file.name not in given]
    return {f"file {file.name}": file.read_bytes().decode("latin-1") for file in written}


def _whole(answer: httpx.Response) -> str:
    return f"{answer.headers} {answer.text}"


def test_no_secret_comes_out_and_what_was_erased_is_nowhere(tmp_path: Path, record_property: Record) -> None:
    with echoing() as (echo, heard), Daemon(configured(tmp_path, echo), level="debug") as daemon:
        daemon.start()
        assert deliver(daemon, "guess") == 401
        assert deliver(daemon, secret("hook")) == 202
        until(lambda: len(daemon.events("delivery_failed")) >= 7, 90, "every channel has failed")
        until(lambda: any(secret("heartbeat") in one for one in list(heard)), 90, "a beat")
        (tmp_path / "crisiswatch.yml").write_text((tmp_path / "crisiswatch.yml").read_text() + "\n]")
        daemon.post("/-/reload")
        (tmp_path / "crisiswatch.yml").write_text((tmp_path / "crisiswatch.yml").read_text().removesuffix("\n]"))
        places = shown(daemon, tmp_path)
        assert daemon.stop() == 0
        asked = command("erase", "--author", f"hook:{AUTHOR}", "--yes", "-c", str(daemon.config), cwd=tmp_path)

    used = " ".join(heard)
    for name in ("feed", "api", "forum", "bot", "slack-path", "bell-path", "bell-header", "pager", "prometheus-path",
                 "heartbeat"):  # fmt: skip
        assert secret(name) in used, f"{name} was never used: that it does not come out says nothing"
    leaks = sorted(place for place, text in {**places, "log": daemon.log()}.items() if CANARY in text)
    record_property("number", f"secrets in a whole run: {len(NAMES)} in {len(places)} places, {len(leaks)} leaks")
    assert leaks == []
    assert WRITTEN in places["page /api/v1/mentions"], "it was there before it was erased"
    assert asked.returncode == 0, asked.stderr
    left = {**files(tmp_path), "log": daemon.log()}
    assert sorted(place for place, text in left.items() if WRITTEN in text or "zzforgotten" in text) == []
