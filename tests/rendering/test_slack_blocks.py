from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from rendering_builders import NOW, context, message
from rendering_hostile import ATTACKS, any_text, any_url, unhurried

from crisiswatch.core.incidents import Condition
from crisiswatch.core.messages import Fact, Message, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.slack_blocks import TOTAL_LIMIT, slack_blocks

OPENED = message()
OVER = {"condition": Condition.CLOSED, "closed_at": NOW, "severity": Severity.CALM}


def _hostile(text: str, url: str | None, times: int = 3) -> Message:
    return replace(
        OPENED,
        headline=text,
        incident=text,
        receiver=text,
        state=text,
        since=text,
        facts=(Fact(text, text), Fact("link", url or "")) * times,
        quotes=(Quote(text, text, text, url, text),) * times,
        playbook=text,
        owner=text,
        playbook_reason=text,
        steps=(text,) * times,
        holding_statement=text,
        why=(text,) * times,
        data_health=text,
        url=url,
    )


def _elements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _elements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _elements(inner)


def _check_limits(blocks: list[dict[str, Any]]) -> None:
    assert len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False)) < TOTAL_LIMIT
    for element in _elements(blocks):
        kind = element.get("type")
        if kind == "header":
            assert 1 <= len(element["text"]["text"]) <= 150
        if kind == "context":
            assert len(element["elements"]) <= 10
        if kind == "button":
            assert len(element["text"]["text"]) <= 75
            assert len(element["url"]) <= 3000
            assert len(element["value"]) <= 2000
        if kind in ("rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "actions"):
            assert element["elements"]
        if kind == "text":
            assert element["text"]


@unhurried
@given(any_text, any_url)
def test_any_text_stays_inside_what_slack_accepts(text: str, url: str | None) -> None:
    _check_limits(slack_blocks(_hostile(text, url)))


@unhurried
@given(any_text, any_url)
def test_any_text_stands_where_slack_parses_nothing(text: str, url: str | None) -> None:
    blocks = slack_blocks(_hostile(text, url))

    assert not any(element.get("type") == "mrkdwn" for element in _elements(blocks))
    assert "<" not in json.dumps(blocks, ensure_ascii=False)
    assert all(element.get("emoji", False) is False for element in _elements(blocks))


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_attacks_mention_nobody_and_link_nowhere(attack: str) -> None:
    blocks = slack_blocks(_hostile(attack, "https://m.example/1"))

    links = {element["url"] for element in _elements(blocks) if "url" in element}
    kinds = {element.get("type") for element in _elements(blocks)}
    assert all(link.startswith("https://m.example/1") for link in links)
    assert not kinds & {"user", "usergroup", "broadcast", "channel", "emoji", "mrkdwn", "image"}


def test_a_link_is_named_by_its_host() -> None:
    links = [element for element in _elements(slack_blocks(message())) if element.get("type") == "link"]

    assert [link["text"] for link in links] == [
        "wiki.example",
        "m.example",
        "n.example",
        "b.example",
    ]


def test_too_much_text_costs_the_least_important_part_first() -> None:
    crowded = _hostile('"' * 300, "https://m.example/" + "1" * 900, times=12)

    blocks = slack_blocks(replace(crowded, url="https://cw.example.org/i/INC-1"))
    _check_limits(blocks)
    assert [block["type"] for block in blocks][:3] == ["header", "rich_text", "actions"]
    assert "What to do next" in json.dumps(blocks)
    assert "Why did this fire" not in json.dumps(blocks)


def test_an_alert_is_read_in_the_order_of_need() -> None:
    blocks = slack_blocks(message())

    assert [block["type"] for block in blocks] == ["header", "rich_text", "actions", *["rich_text"] * 4, "context"]
    assert blocks[0]["text"]["text"] == "🔴 Acme: 12× normal mentions, 64% negative"


def test_buttons_lead_to_the_incident() -> None:
    buttons = slack_blocks(message())[2]["elements"]

    assert [(b["text"]["text"], b["url"]) for b in buttons] == [
        ("Acknowledge", "https://cw.example.org/i/INC-2031#acknowledge"),
        ("Open incident", "https://cw.example.org/i/INC-2031"),
        ("Not a crisis?", "https://cw.example.org/i/INC-2031#verdict"),
    ]


def test_an_all_clear_has_no_acknowledge_button() -> None:
    blocks = slack_blocks(message(Kind.CLOSED, **OVER))

    assert blocks[0]["text"]["text"].startswith("✅ Closed")
    assert "acknowledge" not in json.dumps(blocks)


def test_without_a_page_there_are_no_actions() -> None:
    assert "actions" not in [block["type"] for block in slack_blocks(message(told=context(public_url=None)))]


@pytest.mark.parametrize("kind", Kind)
def test_slacks_own_models_accept_every_kind(kind: Kind) -> None:
    models = pytest.importorskip("slack_sdk.models.blocks")

    parsed = [models.Block.parse(block) for block in slack_blocks(message(kind))]

    assert None not in parsed
    for block in parsed:
        block.validate_json()
