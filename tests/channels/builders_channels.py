"""Builders and fakes for channel tests: a message, tools with simple renderers, a clock, an isolator in process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crisiswatch.channels import CATALOGUE
from crisiswatch.core.messages import Fact, Message, Picture, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Channel

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\nnot really a picture"
LINKS = ("https://m.example/1", "https://n.example/2?a=1&b=2", "https://cw.example.org/i/INC-2031")

_BASE = Message(
    key="0123456789abcdef0123456789abcdef",
    kind="opened",
    incident="INC-2031",
    number=1,
    receiver="pr-team",
    severity=Severity.CRITICAL,
    brand="Acme",
    headline="Acme: 12× normal mentions, 64% negative",
    thread_subject="[Critical] Acme: 12x normal mentions, 64% negative (INC-2031)",
    state="opened",
    since="Since 13:20 UTC (40 min), still growing",
    opened_at=NOW - timedelta(minutes=40),
    sent_at=NOW,
    facts=(Fact("Where", "Mastodon 46%"),),
    quotes=(
        Quote("@laura", "13:14", "Mi Acme empezó a echar humo", LINKS[0], "es"),
        Quote("El D", "13:31", "x", LINKS[1]),
    ),
    playbook="Product safety",
    owner="product",
    steps=("Confirm the facts", "Pause posts"),
    why=("score 1.3 against 1.0",),
    url=LINKS[2],
    picture=Picture("Mentions rise from 20 to 241", lambda: "<svg/>", lambda: PNG),
)


def message(**changes: Any) -> Message:
    return replace(_BASE, **changes)


def plain(message: Message) -> str:
    quotes = "\n".join(f"{quote.who}: {quote.text}\n{quote.url}" for quote in message.quotes)
    return f"{message.headline}\n{message.state}\n{quotes}\n{message.url}"


def email_html(message: Message) -> str:
    picture = '<img src="cid:chart" alt="chart">' if message.picture else ""
    return f"<!doctype html><html><body><h1>{message.incident}</h1>{picture}</body></html>"


def slack_blocks(message: Message) -> Sequence[Mapping[str, Any]]:
    words = {"type": "plain_text", "text": message.headline[:150] or "-", "emoji": False}
    return [{"type": "header", "text": words}, {"type": "section", "text": {**words, "text": plain(message)[:3000]}}]


class FakeClock:
    """A clock that stands still."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    async def sleep(self, delay: timedelta) -> None:
        self.at += delay


class FakeIsolator:
    """Answers with what it was given, or raises it; remembers what was asked."""

    def __init__(self, result: object = None) -> None:
        self.result = result
        self.calls: list[tuple[Any, ...]] = []
        self.is_closed = False

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self.calls.append((function, *arguments))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def close(self) -> None:
        self.is_closed = True


def tools(**changes: Any) -> ChannelTools:
    base = ChannelTools(
        isolator=FakeIsolator(),
        plain=plain,
        email_html=email_html,
        slack_blocks=slack_blocks,
        host="cw.example.org",
        clock=FakeClock(),
    )
    return replace(base, **changes)


def channel(type_: str, options: dict[str, Any], **changes: Any) -> Channel:
    kind = CATALOGUE[type_]
    return kind.build("pr-team", kind.options.model_validate(options), tools(**changes))


async def send(type_: str, options: dict[str, Any], **changes: Any) -> Attempt:
    one = channel(type_, options)
    attempt = await one.send(message(**changes), None)
    await one.close()
    return attempt
