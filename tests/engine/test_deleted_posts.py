"""A post that was quoted and is then deleted where it stood: nobody is shown it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from engine_fakes import Engine, engine, mentions_of, message

from crisiswatch.core.incidents import Incident, Post
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Tombstone
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.composing import Composer, Wording
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import Context, compose
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from tests.builders import NOON, evidence, incident

TEXT, NAME, LINK = "acme kettles burn zzhandszz", "Zelda Quux", "https://forum.example/zzpostzz"


def _render(owed: Notification, about: Incident, *rest: Any) -> Message:
    playbook, quotes, series, now = rest
    return compose(owed, about, playbook, quotes, series, Context(now, "https://cw.example", draw=None))


def _render_many(owed: Notification, incidents: object, now: object) -> Message:
    return message(owed.key)


async def quoting() -> tuple[Engine, Composer, Incident]:
    """Return a composer whose one open incident quotes one post."""
    made = engine()
    posts = mentions_of("1", text=TEXT, author="zelda", author_name=NAME, permalink=LINK)
    await made.ingest("press", Batch(mentions=posts))
    seen = tuple(Post(post.uid, post.external_id, post.permalink, NOON) for post in posts)
    told = await made.store.commit_decision(
        Decision(incident(version=1, number=None, evidence=evidence(posts=seen)), 0, (), ())
    )
    composer = Composer(made.store, made.clock, lambda: made.watcher.brands)
    composer.wording = Wording(_render, _render_many, (), {"press": "full"})
    return made, composer, told


def forms(said: Message) -> Sequence[str]:
    return plain(said), email_html(said), json.dumps(slack_blocks(said), ensure_ascii=False)


def owed(kind: NotificationKind, number: int) -> Notification:
    return Notification("01" + "A" * 24, "team", kind, number, incident().severity, NOON, NOON + timedelta(hours=6))


@pytest.mark.parametrize("stone", [Tombstone("press", external_id="1"), Tombstone("press", author="zelda")])
async def test_a_post_deleted_after_it_was_quoted_is_in_no_later_message_and_not_on_the_page(stone: Tombstone) -> None:
    made, composer, told = await quoting()
    before = await composer(owed(NotificationKind.OPENED, 1))
    await made.ingest("press", Batch(tombstones=(stone,)))
    edited = await composer(owed(NotificationKind.UPDATED, 2))
    page = await composer.page(told)

    assert before is not None
    assert edited is not None
    assert all("zzhandszz" in form for form in forms(before)), "it was quoted"
    for later in (edited, page):
        assert later.quotes == ()
        assert not [form for form in forms(later) for said in ("zzhandszz", NAME, "zzpostzz") if said in form]
