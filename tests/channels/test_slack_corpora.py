"""Sixty ways to write a call, and five thousand texts, against what Slack itself would make of the payload."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from builders_channels import message
from slack_server import fault_in

from crisiswatch.channels.slack.payload import card, reply, safe, with_buttons
from crisiswatch.core.messages import Fact, Message, Quote
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons

_CALLS = ("!channel", "!here", "!everyone", "@U0123456789", "!subteam^S0123456789|@pr", "#C0123456789")
_WRAPPINGS = (
    "<{}>", "<<{}>>", "&lt;{}&gt;", "&amp;lt;{}&amp;gt;", "&#60;{}&#62;", "&#x3c;{}&#x3e;", "\uff1c{}\uff1e",
    "<\u200b{}>", "{}>", "[x](<{}>)",
)  # fmt: skip
SIXTY = [wrapping.format(call) for wrapping in _WRAPPINGS for call in _CALLS]
"""Entities once and twice, decimal and hexadecimal, full width, zero width, nested, half open, inside a link."""

CONTROL = re.compile(r"<[@!#]")
PIECES = (
    *SIXTY, "```", "`", "*", "_", "~", ">", "\u2028", "\u2029", "\u202e", "\u2066", "\x00", "\x1b[31m", "\ud800",
    "\U0001f468\u200d\U0001f469", "﷽", "\u0489" * 30, "https://evil.example/", "<https://evil.example|bank>",
    "x" * 3001, " ", "\n", "|", "{}", "%s", "é", "中文", "🔥" * 50,
)  # fmt: skip


def hostile(text: str, url: str | None = "https://m.example/1") -> Message:
    return replace(
        message(), headline=text, preview=text, topic=text, incident=text, state=text, since=text, receiver=text,
        facts=(Fact(text, text),) * 3, quotes=(Quote(text, text, text, url, "en"),) * 3, playbook=text, owner=text,
        playbook_reason=text, steps=(text,) * 3, holding_statement=text, why=(text,) * 3, data_health=text,
    )  # fmt: skip


def payloads(said: Message) -> list[dict[str, Any]]:
    blocks = slack_blocks(said)
    return [card(said, blocks), card(said, with_buttons(blocks, slack_buttons(said))), reply(said), safe(plain(said))]


def parsed(value: Any) -> Iterator[str]:
    """Yield the texts in which Slack looks for markup: the line on top, and whatever is mrkdwn."""
    if isinstance(value, dict):
        is_marked = value.get("type") == "mrkdwn" or ("blocks" in value and "text" in value)
        if is_marked and isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from parsed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parsed(inner)


def test_the_corpus_has_sixty_different_calls() -> None:
    assert len(set(SIXTY)) == 60


@pytest.mark.parametrize("text", SIXTY)
def test_none_of_sixty_encodings_calls_anybody(text: str) -> None:
    for payload in payloads(hostile(text)):
        words = list(parsed(payload))

        assert words, "the line on top is parsed at least"
        assert not any(CONTROL.search(word) or "<" in word for word in words)
        # What is escaped once reads, after Slack undoes that, as words and not as an entity of an entity.
        assert all(html.unescape(word).count("&amp;amp;") == 0 for word in words)


@pytest.mark.parametrize("text", SIXTY)
def test_no_element_of_a_card_is_of_a_kind_that_calls(text: str) -> None:
    told = json.dumps(card(hostile(text), slack_blocks(hostile(text))))

    assert not re.search(r'"type": "(user|usergroup|broadcast|channel|mrkdwn|emoji)"', told)


def one_text(random: Random) -> str:
    text = "".join(random.choices(PIECES, k=random.randint(1, 6)))
    return text + "".join(chr(random.randrange(0x20, 0x2FFF)) for _ in range(random.randint(0, 20)))


@pytest.mark.acceptance
def test_five_thousand_texts_break_no_card() -> None:
    random = Random(20261122)
    for _ in range(500):
        texts = [one_text(random) for _ in range(10)]
        title, state, since, label, value, who, words, step, reason, name = texts
        said = replace(
            message(), headline=title, preview=title, state=state, since=since, facts=(Fact(label, value),) * 3,
            quotes=(Quote(who, since, words, random.choice((None, "https://m.example/1", words)), "en"),) * 3,
            steps=(step,) * 3, why=(reason,), playbook=name, owner=who, receiver=name,
        )  # fmt: skip

        faults = [fault_in(card(said, slack_blocks(said))), fault_in(reply(said))]

        assert faults == [None, None], texts
