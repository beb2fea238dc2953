"""What leaves for a third party's channel: never more of a post, or of a person, than its source allows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_fakes import engine, mentions_of, message

from crisiswatch.channels.apprise_url import inert
from crisiswatch.channels.relaying.alertmanager import alerts
from crisiswatch.channels.relaying.pagerduty import TRIGGER, event
from crisiswatch.channels.slack.payload import card, reply, safe
from crisiswatch.channels.webhook import cloud_event
from crisiswatch.core.incidents import Incident, Post
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.composing import Composer, Wording
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import Context, compose
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.text.redacting import redact
from tests.builders import NOON, evidence, incident

BODY = "acme burned my hand, write to ana.perez@example.org or call +34 612 345 678, " + "it still smells " * 20
TAIL = "zzlastwordszz"


def _render(notification: Notification, about: Incident, *rest: Any) -> Message:
    playbook, quotes, series, now = rest
    return compose(notification, about, playbook, quotes, series, Context(now, "https://cw.example", draw=None))


def _render_many(notification: Notification, incidents: object, now: datetime) -> Message:
    return message(notification.key)


async def rendered(quoting: str) -> list[str]:
    """Return everything that is sent about one post, in every form."""
    made = engine()
    posts = mentions_of("1", text=BODY + TAIL, author_name="ana.perez@example.org")
    await made.ingest("press", Batch(mentions=posts))
    seen = tuple(Post(m.uid, m.external_id, m.permalink, NOON) for m in posts)
    await made.store.commit_decision(
        Decision(incident(version=1, number=None, evidence=evidence(posts=seen)), 0, (), ())
    )
    composer = Composer(made.store, made.clock, lambda: made.watcher.brands)
    composer.wording = Wording(_render, _render_many, (), {"press": quoting}, redact=redact)
    owed = Notification(
        "01" + "A" * 24, "team", NotificationKind.OPENED, 1, incident().severity, NOON, NOON + timedelta(hours=6)
    )
    said = await composer(owed)
    assert said is not None
    blocks = json.dumps(slack_blocks(said), ensure_ascii=False)
    forms = [plain(said), email_html(said), blocks, cloud_event(said, "h").decode(), said.preview, said.headline]
    relayed = (event(said, TRIGGER, "key", "h"), alerts(said, {}, NOON), card(said, slack_blocks(said)), reply(said))
    return [
        *forms,
        *(json.dumps(document, ensure_ascii=False) for document in relayed),
        safe(inert(plain(said)))["text"],
    ]


@pytest.mark.parametrize(
    ("quoting", "is_quoted", "is_whole"), [("never", False, False), ("short", True, False), ("full", True, True)]
)
async def test_no_form_says_more_of_a_post_than_its_source_allows(
    quoting: str, is_quoted: bool, is_whole: bool
) -> None:
    forms = await rendered(quoting)

    plain_form, mail, blocks, event, *lines = (" ".join(form.split()) for form in forms)
    for form in (plain_form, mail, blocks, event):
        assert ("burned my hand" in form) is is_quoted
    assert (TAIL in event) is (is_whole and len(BODY + TAIL) <= 280)
    assert not any("burned my hand" in line for line in lines[:2])
    assert is_quoted or not any("burned my hand" in line for line in lines)


@pytest.mark.parametrize("quoting", ["never", "short", "full"])
async def test_addresses_and_numbers_of_persons_are_in_no_form(quoting: str) -> None:
    forms = await rendered(quoting)

    assert len(forms) == 11
    for form in forms:
        assert "ana.perez" not in form
        assert "612 345 678" not in form
        assert "612345678" not in form
