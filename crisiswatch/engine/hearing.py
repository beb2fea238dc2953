"""Reads what was said of a brand in a stretch, for the brief of a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crisiswatch.core.hearing import Voice, stories_of, voices
from crisiswatch.core.models import Mention
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.steps import TextTools
from crisiswatch.ports import Store

MOST = 2_000
"""Mentions that are read for one brand, the newest ones."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whom to listen for: the text tools of each brand, its competitors, and how mentions are quoted ("": not)."""

    tools: Mapping[str, TextTools] = field(default_factory=dict)
    competitors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    playbooks: tuple[Playbook, ...] = ()
    excerpt: Callable[[Mention], str] = field(default=lambda mention: "")


async def heard_between(
    store: Store, hearing: Hearing, span: tuple[datetime, datetime]
) -> Mapping[str, tuple[Voice, ...]]:
    """Return what is said to each department of each brand in [start, end)."""
    found = {}
    for brand, tools in hearing.tools.items():
        query = MentionQuery(brand=brand, start=span[0], end=span[1], limit=MOST)
        mentions = list(reversed(await store.mentions(query)))
        excerpts = {one.mention.uid: hearing.excerpt(one.mention) for one in mentions if one.mention.text}
        # Some thousand texts take a second: ticks and deliveries go on meanwhile.
        found[brand] = await asyncio.to_thread(voices, stories_of(mentions, excerpts), tools, hearing.playbooks)
    return found
