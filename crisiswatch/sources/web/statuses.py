"""Reads lists of statuses as Mastodon and compatible servers send them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Mention
from crisiswatch.errors import BadInput
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.plain_text import clean, from_markup
from crisiswatch.sources.web.stretches import plausible

STATUS_LIMIT = 200
NAME_LIMIT = 500


class Statuses(msgspec.Struct, frozen=True):
    """One page of a timeline: mentions (without a source) by status id, lowest and highest id, items not readable."""

    mentions: tuple[Mention, ...]
    lowest: int | None = None
    highest: int | None = None
    listed: int = 0
    skipped: int = 0


def parse_statuses(body: bytes) -> Statuses:
    """Return the public statuses in a page, in its order; ids of others count for paging too. Raises BadInput."""
    document = decode_json(body)
    if not isinstance(document, list):
        raise BadInput("an object where a list of statuses was expected")
    usable = [item for item in document[:STATUS_LIMIT] if isinstance(item, dict)]
    ids = [number for number in (_number(item.get("id")) for item in usable) if number is not None]
    mentions = [mention for mention in map(_mention, usable) if mention is not None]
    hidden = sum(item.get("visibility", "public") != "public" for item in usable)
    return Statuses(
        mentions=tuple({mention.external_id: mention for mention in mentions}.values()),
        lowest=min(ids, default=None),
        highest=max(ids, default=None),
        listed=len(document),
        skipped=len(document) - len(mentions) - hidden,
    )


def id_at(moment: datetime) -> int:
    """Return the lowest id that a server gives at a moment: milliseconds of the epoch, and 16 bits of its own."""
    return int(moment.timestamp() * 1_000) << 16


def time_of(status_id: int) -> datetime | None:
    """Return the moment at which a server gave an id, if it is of that form."""
    try:
        return plausible(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=status_id >> 16))
    except OverflowError:
        return None


def _mention(status: Mapping[str, Any]) -> Mention | None:
    """Return the status as a mention; None if it is not public or has no identity."""
    identity = status.get("uri") or status.get("url")
    content = status.get("content")
    is_readable = isinstance(identity, str) and 0 < len(identity) <= NAME_LIMIT and isinstance(content, str)
    if not is_readable or status.get("visibility", "public") != "public":
        return None
    account = status.get("account")
    account = account if isinstance(account, dict) else {}
    warning = status.get("spoiler_text")
    language = status.get("language")
    return Mention(
        source="",
        external_id=clean(str(identity), NAME_LIMIT),
        title=clean(warning.strip(), NAME_LIMIT) or None if isinstance(warning, str) else None,
        text=from_markup(str(content), TEXT_LIMIT),
        language=clean(language, 35) or None if isinstance(language, str) else None,
        author=_words(account.get("url")) or _words(account.get("acct")),
        author_name=_words(account.get("display_name")) or _words(account.get("username")),
        author_followers=_count(account.get("followers_count")),
        permalink=_link(status.get("url")) or _link(identity),
        published_at=_moment(status.get("created_at")),
        engagement=_engagement(status),
        parent_id=_words(status.get("in_reply_to_id")),
    )


def _engagement(status: Mapping[str, Any]) -> Engagement:
    return Engagement(
        likes=_count(status.get("favourites_count")),
        reposts=_count(status.get("reblogs_count")),
        replies=_count(status.get("replies_count")),
    )


def _moment(value: object) -> datetime | None:
    try:
        return plausible(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def _words(value: object) -> str | None:
    return clean(value.strip(), NAME_LIMIT) or None if isinstance(value, str) else None


def _link(value: object) -> str | None:
    is_link = isinstance(value, str) and len(value) <= 2_048 and value.lower().startswith(("http://", "https://"))
    return clean(value, 2_048) if is_link and isinstance(value, str) else None
