"""`source list`, `source test` and `source types`; a test asks a real server on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_running import answering, config, run

from crisiswatch.cli.terminal import Exit
from crisiswatch.sources import CATALOGUE

KEYS = ["type", "network", "access", "cost", "look_back", "delay", "tested", "route"]

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Press</title><link>https://news.example/</link>
<item><title>Acme kettle catches fire, a terrible disaster</title><link>https://news.example/1</link>
<guid>n1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>
<item><title>Weather \x1b[2J stays fine</title><link>https://news.example/2</link><guid>n2</guid></item>
</channel></rss>"""


def feed_config(folder: Path, url: str) -> Path:
    return config(folder, 'egress: {allow: ["127.0.0.0/8"]}', sources=f"{{name: press, type: rss, url: '{url}/f.xml'}}")


def test_every_source_type_is_listed_with_the_promised_keys() -> None:
    rows = run("source", "types", "--json").json

    assert [list(row) for row in rows] == [KEYS] * len(rows)
    assert set(CATALOGUE.names) <= {row["type"] for row in rows}
    assert all(isinstance(value, str) for row in rows for value in row.values())


CLOSED = ["linkedin", "xing", "viadeo", "tiktok", "reddit", "trustpilot", "google_business"]
WITH_A_KEY = ["discord", "slack", "newsapi"]


@pytest.mark.parametrize("name", CLOSED + WITH_A_KEY)
def test_a_network_without_code_has_its_route_in_the_table_and_in_json(name: str) -> None:
    row = next(row for row in run("source", "types", "--json").json if row["type"] == name)
    line = next(line for line in run("source", "types").out.splitlines() if line.startswith(f"{name} "))

    assert line.endswith(row["route"])
    assert any(way in row["route"] for way in ("rss", "imap", "webhook", "http_json", "import"))
    assert all(row.values())


def test_types_are_lower_case_names_each_listed_once() -> None:
    types = [row["type"] for row in run("source", "types", "--json").json]

    assert [type_ for type_ in types if type_ != type_.lower() or " " in type_] == []
    assert len(types) == len(set(types))


def test_channel_types_are_listed_without_a_configuration() -> None:
    rows = run("notify", "types", "--json").json

    assert {"slack", "email", "webhook", "apprise"} <= {row["type"] for row in rows}
    assert "slack" in run("notify", "types").out


def test_configured_sources_are_listed_with_their_rhythm(tmp_path: Path) -> None:
    file = config(
        tmp_path, sources="{name: press, type: rss, url: 'https://news.example/f.xml', every: 7m, lateness: 20m}"
    )

    assert run("source", "list", "--json", "-c", file).json == [
        {"name": "press", "type": "rss", "every": "7m", "lateness": "20m"}
    ]


def test_an_unknown_source_is_answered_with_those_that_are_known(tmp_path: Path) -> None:
    found = run("source", "test", "pres", "-c", config(tmp_path))

    assert found.code == Exit.USAGE
    assert "known: press" in found.err


@pytest.mark.acceptance
def test_a_source_is_tried_and_its_mentions_are_matched_and_scored(tmp_path: Path) -> None:
    with answering(FEED, type_="application/rss+xml") as server:
        found = run("source", "test", "press", "--json", "-c", feed_config(tmp_path, server.url))
        table = run("source", "test", "press", "-c", feed_config(tmp_path, server.url))

    rows = {row["text"][:5]: row for row in found.json}
    assert (rows["Acme "]["brands"], rows["Weath"]["brands"]) == ("Acme", "no match")
    assert float(rows["Acme "]["negativity"]) > 0.5
    assert rows["Acme "]["published_at"] == "2026-03-02T10:00:00+00:00"
    assert "\x1b" not in table.out
    assert [path.name for path in tmp_path.iterdir()] == ["crisiswatch.yml"], "nothing is stored"


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("status", "body", "said"), [(500, b"", "500"), (404, b"", "404"), (200, b"\x00\xff not a feed", "press")]
)
def test_a_source_that_fails_says_how(status: int, body: bytes, said: str, tmp_path: Path) -> None:
    with answering(body, status=status) as server:
        found = run("source", "test", "press", "-c", feed_config(tmp_path, server.url))

    assert found.code == Exit.FINDINGS
    assert said in found.err


@pytest.mark.acceptance
def test_a_private_address_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    with answering(FEED) as server:
        file = config(tmp_path, sources=f"{{name: press, type: rss, url: '{server.url}/f.xml'}}")
        found = run("source", "test", "press", "-c", file)

    assert (found.code, server.came) == (Exit.FINDINGS, [])
    assert "not public" in found.err


@pytest.mark.acceptance
def test_an_empty_feed_is_nothing_found(tmp_path: Path) -> None:
    with answering(b'<rss version="2.0"><channel><title>x</title></channel></rss>') as server:
        found = run("source", "test", "press", "-c", feed_config(tmp_path, server.url))

    assert found.code == Exit.NOTHING


@pytest.mark.acceptance
def test_a_fetch_is_kept_as_an_example_without_persons_and_secrets(tmp_path: Path) -> None:
    body = b'{"items": [{"id": 1, "text": "Acme fails, write to ann@corp.example", "author": "Ann Archer"}]}'
    fields = "{external_id: 'to_string(id)', text: text, author_name: author}"
    with answering(body, type_="application/json") as server:
        source = f"{{name: api, type: http_json, url: '{server.url}/?key=x', items: items, fields: {fields}, "
        source += "headers: {Authorization: 'Bearer hush-hush-1'}}"
        file = config(tmp_path, 'egress: {allow: ["127.0.0.0/8"]}', sources=source)
        found = run("source", "record", "api", "-c", file, "--output", tmp_path / "api.json")
        again = run("source", "record", "api", "-c", file, "--output", tmp_path / "api.json")

    kept = (tmp_path / "api.json").read_text("utf-8")
    document = json.loads(kept)
    assert (found.code, again.code) == (Exit.OK, Exit.FINDINGS), found.err
    assert [word for word in ("Ann", "Archer", "corp.example", "hush") if word in kept] == []
    assert json.loads(document["exchanges"][0]["body"])["items"][0]["text"] == "Acme fails, write to [e-mail]"
    assert document["mentions"][0]["external_id"] == "1"
