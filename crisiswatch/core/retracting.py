"""What is taken back: the links of posts that are gone, and what cards still show of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.deciding import record
from crisiswatch.core.incidents import Change, Incident, Post
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.models import Mention
from crisiswatch.core.routing import plan_notifications
from crisiswatch.core.transactions import Decision

WORTH = timedelta(days=7)
"""For so long an edit that takes something back is tried: a channel that is away must not keep what was deleted."""


class Shown(msgspec.Struct, frozen=True):
    """What is known of the posts that an incident quotes: whose text is gone, and whose author is still named."""

    gone: frozenset[bytes] = frozenset()
    named: frozenset[bytes] = frozenset()

    def is_less_than(self, before: Shown) -> bool:
        """Tell whether something has gone since that a card may show."""
        return bool(self.gone - before.gone or before.named - self.named)


def quoted(incident: Incident) -> tuple[Post, ...]:
    """Return the posts that an incident shows: the quoted ones and the first."""
    evidence = incident.evidence
    if evidence is None:
        return ()
    return (*evidence.posts, *((evidence.first,) if evidence.first is not None else ()))


def shown(incident: Incident, known: Mapping[bytes, Mention]) -> Shown:
    """Return what is left of the posts of an incident, given those that are stored."""
    own = {post.uid: known[post.uid] for post in quoted(incident) if post.uid in known}
    return Shown(
        gone=frozenset(uid for uid, mention in own.items() if not mention.text),
        named=frozenset(uid for uid, mention in own.items() if mention.text and mention.author_name),
    )


def deleted(incident: Incident, known: Mapping[bytes, Mention]) -> frozenset[bytes]:
    """Return the posts of an incident that were deleted or erased, and did not merely grow old: their link is gone."""
    own = {post.uid: known[post.uid] for post in quoted(incident) if post.uid in known}
    return frozenset(uid for uid, mention in own.items() if not mention.text and mention.permalink is None)


def retracted(incident: Incident, gone: frozenset[bytes], edits: frozenset[str], now: datetime) -> Decision | None:
    """Return the decision to show an incident anew wherever its message can be edited, without the links of `gone`."""
    wiped = replace(without_links(incident, gone), version=incident.version)
    told, owed = plan_notifications(Transition(wiped, Change.UPDATED), (), edits, now)
    return record(incident, told, (), tuple(replace(one, deadline=now + WORTH) for one in owed))


def without_links(incident: Incident, uids: frozenset[bytes]) -> Incident:
    """Return the incident, one version on, without links to those mentions; itself if it has none."""
    evidence = incident.evidence
    if evidence is None:
        return incident
    posts = tuple(_without_link(post, uids) for post in evidence.posts)
    first = None if evidence.first is None else _without_link(evidence.first, uids)
    if posts == evidence.posts and first == evidence.first:
        return incident
    return replace(incident, version=incident.version + 1, evidence=replace(evidence, posts=posts, first=first))


def _without_link(post: Post, uids: frozenset[bytes]) -> Post:
    return replace(post, permalink=None) if post.uid in uids else post
