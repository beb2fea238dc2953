"""The mappings that the page about networks shows read what Discord and Slack document."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from doc_pages import blocks
from ruamel.yaml import YAML

from crisiswatch.sources.web.http_json import HttpJsonOptions
from crisiswatch.sources.web.mapping import Page, parse_page

DISCORD = [
    {
        "id": "1400000000000000002",
        "author": {"id": "12", "username": "gil"},
        "content": "acme kettle?",
        "timestamp": "2026-11-18T09:04:00.120000+00:00",
    }
]
SLACK = {
    "ok": True,
    "messages": [{"type": "message", "user": "U1", "text": "acme ticket spike", "ts": "1795252000.000200"}],
    "response_metadata": {"next_cursor": "more"},
}


def options(name: str) -> HttpJsonOptions:
    found = (YAML(typ="safe", pure=True).load(one.body) for one in blocks("how-to/connect-networks.md"))
    lists = (data["sources"] for data in found if isinstance(data, dict) and "sources" in data)
    entry = next(dict(entry) for sources in lists for entry in sources if entry["name"] == name)
    given = {key: value for key, value in entry.items() if key not in ("name", "type", "every", "lateness")}
    return HttpJsonOptions.model_validate(given)


def read(name: str, document: object) -> Page:
    wanted = options(name)
    return parse_page(json.dumps(document).encode(), wanted.items, wanted.fields, wanted.next, wanted.markup)


def test_a_channel_of_discord_is_read() -> None:
    page = read("discord-help", DISCORD)
    (mention,) = page.mentions

    assert (mention.external_id, mention.text, mention.author) == ("1400000000000000002", "acme kettle?", "12")
    assert mention.published_at == datetime(2026, 11, 18, 9, 4, 0, 120_000, tzinfo=UTC)
    assert page.skipped == 0


def test_a_channel_of_slack_is_read_and_its_next_page_found() -> None:
    page = read("slack-users", SLACK)
    (mention,) = page.mentions

    assert (mention.external_id, mention.text, mention.author) == ("1795252000.000200", "acme ticket spike", "U1")
    assert mention.published_at is not None
    assert mention.published_at.replace(microsecond=0) == datetime.fromtimestamp(1795252000, UTC)
    assert page.next == "more"
