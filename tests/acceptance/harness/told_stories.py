"""Told stories, lived by the real daemon: its input over signed hooks, people over its API, mail to a real server."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harness.mailbox import Mailbox
from harness.stepped import HOOK_SECRET, SteppedDaemon
from ruamel.yaml import YAML

from crisiswatch.engine.clock import TICK, tick_after, tick_before

STORIES = Path(__file__).parents[2] / "stories"
sys.path.insert(0, str(STORIES))  # the parts of a story import each other by their names

from doing import Line, read  # noqa: E402
from playing import write  # noqa: E402

TOLD = STORIES / "told"
QUIET = frozenset({"pended", "updated", "silenced", "unsilenced"})
"""Changes that tell nobody; silences are noted between ticks, and stand in people.txt besides."""

SECOND = timedelta(seconds=1)

_SILENCE = re.compile(r"(?P<what>.+) for (?P<hours>\d+(\.\d+)?)h(?P<until> until it escalates)?$")
_EDITS = re.compile(r"'s card of .* edited \d+ times")


@dataclass(frozen=True)
class Post:
    """A post, the hook it comes by, and when it became known."""

    at: datetime
    source: str
    body: dict[str, Any]


def expected(name: str) -> list[str]:
    """Return what the story says must come of it, without the counts of edits."""
    lines = (TOLD / name / "told.txt").read_text("utf-8").splitlines()
    return sorted(line for line in lines if not _EDITS.search(line))


def lived(name: str, folder: Path, mailbox: Mailbox) -> list[str]:
    """Return what came of the story, in the words of its told.txt."""
    write(f"told/{name}", folder / "mentions.jsonl")
    posts = list(_posts(folder / "mentions.jsonl"))
    start = posts[0].at
    config = _configured(TOLD / name / "crisiswatch.yml", folder, posts, mailbox)
    people = sorted(read(TOLD / name / "people.txt", start), key=lambda line: line.at)
    on_the_minute = start.replace(second=0)  # what the daemon looks for once a minute it then finds on the minute
    with SteppedDaemon(config, on_the_minute) as daemon:
        life = Life(name, folder, daemon, posts, mailbox)
        _live(life, people)
        told = list(_told(life))
        assert daemon.stop() == 0, "it ends in order"
    deeds = [f"{_shown(line.at)} {line.who} {line.verb} {line.rest}" for line in people]
    return sorted([*deeds, *told])


@dataclass(frozen=True)
class Life:
    """What one story needs while it is lived."""

    name: str
    folder: Path
    daemon: SteppedDaemon
    posts: list[Post]
    mailbox: Mailbox


def _live(life: Life, people: list[Line]) -> None:
    """Hand every post over before the first tick that may see it, and let people act after the tick of their time."""
    posts, people = list(life.posts), list(people)
    end = tick_after(posts[-1].at)
    while posts or people:
        ticks = [tick_after(posts[0].at)] if posts else []
        ticks += [people[0].at] if people else []
        tick = min(ticks)
        if posts and tick_after(posts[0].at) == tick:
            life.daemon.live_until(tick - SECOND)
            known = [post for post in posts if post.at < tick]
            posts = posts[len(known) :]
            for source in sorted({post.source for post in known}):
                life.daemon.deliver(source, [post.body for post in known if post.source == source])
        life.daemon.live_until(tick)
        while people and people[0].at <= tick:
            _do(life, people.pop(0))
    life.daemon.live_until(end)


def _do(life: Life, line: Line) -> None:
    if line.verb in ("breaks", "works"):
        broken = line.rest if line.verb == "breaks" else None
        life.mailbox.breaks(_address(line.who, life.folder.name), broken)
    elif line.verb == "silences":
        found = _SILENCE.match(line.rest)
        assert found is not None, line.rest
        ends = (life.daemon.now + timedelta(hours=float(found["hours"]))).isoformat()
        asked = {"matchers": found["what"], "ends": ends, "reason": "a story", "by": line.who}
        life.daemon.post("/api/v1/silences", {**asked, "until_it_escalates": bool(found["until"])})
    elif line.verb == "unsilences":
        for silence in life.daemon.get("/api/v1/silences")["silences"]:
            life.daemon.delete(f"/api/v1/silences/{silence['id']}")
    elif line.verb == "reloads":
        _configured(TOLD / life.name / line.rest, life.folder, life.posts, life.mailbox)
        life.daemon.post("/-/reload")
    else:
        incident, *verdict = line.rest.split()
        deed = {"acks": "ack", "closes": "close", "calls": "verdict"}[line.verb]
        given = {"by": line.who, **({"verdict": verdict[0]} if verdict else {})}
        life.daemon.post(f"/api/v1/incidents/{incident}/{deed}", given)


def _posts(file: Path) -> Iterator[Post]:
    for line in file.read_text("utf-8").splitlines():
        body = json.loads(line)
        source = body.pop("source")
        yield Post(datetime.fromisoformat(body["observed_at"]), source, body)


def _configured(file: Path, folder: Path, posts: list[Post], mailbox: Mailbox) -> Path:
    """Write the story's configuration with hooks for its sources and a mail server of this machine."""
    config = YAML(typ="safe").load(file)
    for receiver in config.get("receivers", []):
        assert receiver["type"] == "email", "the only channel that these stories are told by"
        receiver["smtp"], receiver["to"] = mailbox.url, [_address(receiver["name"], folder.name)]
    names = sorted({post.source for post in posts})
    config["sources"] = [{"name": name, "type": "webhook", "secret": HOOK_SECRET} for name in names]
    config["store"] = {"url": "memory:"}
    config["server"] = {"listen": "127.0.0.1:0"}
    written = folder / "crisiswatch.yml"
    fresh = folder / "fresh.tmp"
    fresh.write_text(json.dumps(config, indent=2, default=str), "utf-8")
    fresh.replace(written)
    return written


def _address(receiver: str, story: str) -> str:
    return f"{receiver}.{story}@corp.example"


def _told(life: Life) -> Iterator[str]:
    """Yield the changes of every incident, and every mail that arrived, with the tick of each."""
    rows = {row["key"]: row for row in life.daemon.get("/api/v1/outbox?limit=1000")["outbox"]}
    for incident in life.daemon.get("/api/v1/incidents?limit=1000")["incidents"]:
        about = f"{incident['id']} {incident['brand']}/{incident['family']}"
        for event in life.daemon.get(f"/api/v1/incidents/{incident['id']}")["events"]:
            if event["change"] not in QUIET:
                yield f"{_at(event['at'])} {about} {event['change']} {event['severity']}"
    for receiver in {row["receiver"] for row in rows.values()}:
        for mail in life.mailbox.mails_to(_address(receiver, life.folder.name)):
            yield _arrival(rows[str(mail["X-Crisiswatch-Key"])])


def _arrival(row: dict[str, Any]) -> str:
    named = f"{row['incident']} {row['kind']} {row['severity']}"
    what = named if str(row["incident"]).startswith("INC-") else row["kind"]
    return f"{_at(row['settled_at'])}   → {row['receiver']}: {what}"


def _at(time: str) -> str:
    return _shown(datetime.fromisoformat(time))


def _shown(moment: datetime) -> str:
    """Return a moment as told.txt writes it: at the tick that it belongs to."""
    tick = moment if tick_before(moment) == moment else tick_before(moment) + TICK
    return f"{tick:%a %H:%M:%S}"
