"""Six hundred hostile texts through every renderer: none raises, none is slow, none becomes anything but text."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hostile_corpus import CORPUS
from rendering_builders import NOW, message
from test_mail_html import ATTRIBUTES, TAGS, Reading

from crisiswatch.channels.apprise_url import inert
from crisiswatch.channels.relaying.alertmanager import alerts
from crisiswatch.channels.relaying.pagerduty import TRIGGER, event
from crisiswatch.channels.webhook import cloud_event
from crisiswatch.core.messages import Fact, Message, Picture, Quote
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks

CALM = message()
KINDS = (Kind.OPENED, Kind.CLOSED, Kind.TEST)
ENDLESS = 5.0
"""Seconds of processor time after which a text has got hold of us, on any machine; how fast it is is only printed."""

BODY_LIMIT = 512_000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CALLS = re.compile(r"<!|<@|<#|@(everyone|here|channel|all)\b|\]\(", re.IGNORECASE)


def poisoned(text: str, kind: Kind) -> Message:
    """Return a message of which a stranger wrote everything that a stranger may write, and more."""
    return replace(
        CALM, kind=kind, is_over=kind is Kind.CLOSED, is_test=kind is Kind.TEST, headline=text, brand=text,
        state=text, since=text, facts=(Fact(text, text),), quotes=(Quote(text, text, text, text, text),) * 3,
        playbook=text, owner=text, steps=(text,) * 3, why=(text,), data_health=text, url=text,
        picture=Picture(text, str, bytes),
    )  # fmt: skip


def slack_is_wrong(hostile: Message) -> bool:
    shown = json.dumps(slack_blocks(hostile), ensure_ascii=False)
    return "<" in shown or "mrkdwn" in re.findall(r'"type": "(\w+)"', shown)


def mail_is_wrong(hostile: Message) -> bool:
    read = Reading(email_html(hostile))
    is_ours = read.tags <= TAGS and read.attributes <= ATTRIBUTES and set(read.images) <= {"cid:chart"}
    return not (is_ours and not read.open and all(link.startswith(("http://", "https://")) for link in read.links))


def plain_is_wrong(hostile: Message) -> bool:
    return bool(_CONTROL.search(plain(hostile)))


def apprise_is_wrong(hostile: Message) -> bool:
    return bool(_CALLS.search(inert(plain(hostile))))


def webhook_is_wrong(hostile: Message) -> bool:
    body = cloud_event(hostile, "cw.example.org")
    return not body.isascii() or json.loads(body)["data"]["headline"] != hostile.headline


def relays_are_wrong(hostile: Message) -> bool:
    hostile = replace(hostile, url=CALM.url)  # the page's address is the operator's
    documents = (event(hostile, TRIGGER, "key", "cw.example.org"), alerts(hostile, {}, NOW))
    return any(len(json.dumps(document)) > BODY_LIMIT for document in documents)


RENDERERS = {
    "Slack": slack_is_wrong,
    "mail": mail_is_wrong,
    "plain text": plain_is_wrong,
    "apprise": apprise_is_wrong,
    "webhook": webhook_is_wrong,
    "PagerDuty and Alertmanager": relays_are_wrong,
}


def test_there_are_six_hundred_texts() -> None:
    assert len(CORPUS) >= 600


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_hostile_text_is_only_ever_text_and_never_takes_long(
    renderer: str, record_property: Callable[[str, object], None]
) -> None:
    is_wrong, took, wrong = RENDERERS[renderer], [], []
    for number, text in enumerate(CORPUS):
        hostile = poisoned(text, KINDS[number % len(KINDS)])
        seconds, found = _timed(partial(is_wrong, hostile))
        took.append(seconds)
        wrong += [text[:80]] if found else []

    took.sort()
    p99 = took[int(len(took) * 0.99)]
    record_property("number", f"hostile texts, {renderer}: {len(took)}, {len(wrong)} wrong, p99 {p99 * 1000:.0f} ms")
    assert wrong == []
    assert took[-1] <= ENDLESS


def _timed(done: Callable[[], bool]) -> tuple[float, bool]:
    begun = time.process_time()
    found = done()
    return time.process_time() - begun, found
