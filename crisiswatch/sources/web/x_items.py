"""Reads counts and posts of X's API, in both spellings of its fields, and judges whether counts are unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Mention
from crisiswatch.errors import BadInput
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.plain_text import clean

MINUTES = 12_000
POSTS = 100
RECENT = 3
"""Steps that are compared with all others before them."""

UNUSUAL_TIMES, UNUSUAL_MORE = 3.0, 10.0
"""The recent steps are unusual with so many times the usual number, and so many more."""


class Counts(msgspec.Struct, frozen=True):
    """Posts by minute: its start, its end, how many."""

    minutes: tuple[tuple[datetime, datetime, int], ...] = ()

    def fits(self, step: timedelta) -> bool:
        """Tell whether none is longer than a step: nobody knows how its posts would be spread over steps."""
        return all(finish - start <= step for start, finish, _ in self.minutes)

    def steps(self, step: timedelta, end: datetime) -> dict[datetime, int]:
        """Return the counts of those steps that lie whole within what was counted and ended before `end`, in order."""
        if not self.minutes:
            return {}
        begin = min(start for start, _, _ in self.minutes)
        whole: dict[datetime, int] = {}
        for start, finish, count in sorted(self.minutes):
            first = floor(start, step)
            if first >= begin and first + step <= end and finish <= first + step:
                whole[first] = whole.get(first, 0) + count
        return whole


class Found(msgspec.Struct, frozen=True):
    """A page of posts (without a source), the highest id, the next page's token, how many were listed (and paid)."""

    mentions: tuple[Mention, ...] = ()
    highest: str | None = None
    following: str = ""
    listed: int = 0
    skipped: int = 0


def parse_counts(body: bytes) -> Counts:
    """Return counts by minute. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("data"), list):
        raise BadInput("no counts")
    rows = [_minute(row) for row in listed(document["data"], MINUTES)]
    return Counts(tuple(row for row in rows if row is not None))


def parse_search(body: bytes) -> Found:
    """Return a page of posts; an empty one has no `data` but says so. Raises BadInput."""
    document = mapping(decode_json(body))
    meta, data = mapping(document.get("meta")), document.get("data")
    if not isinstance(data, list) and not (data is None and "result_count" in meta):
        raise BadInput("neither posts nor a count of none")
    posts = listed(data, POSTS)
    mentions = tuple(mention for mention in map(_mention, posts) if mention is not None)
    size = len(data) if isinstance(data, list) else 0
    token = meta.get("next_token")
    ids = [str(key) for key in (*(post.get("id") for post in posts), meta.get("newest_id")) if _is_id(key)]
    return Found(
        mentions=mentions,
        highest=max(ids, key=int, default=None),
        following=token if isinstance(token, str) and 0 < len(token) <= 500 and posts else "",
        listed=size,
        skipped=size - len(mentions),
    )


def is_unusual(counts: Sequence[int]) -> bool:
    """Tell whether the newest steps hold far more than the ones before: three times as many, and ten more."""
    recent, before = counts[-RECENT:], counts[:-RECENT]
    if not before:
        return False
    usual = RECENT * sum(before) / len(before)
    return sum(recent) >= max(UNUSUAL_TIMES * usual, usual + UNUSUAL_MORE)


def is_capped(body: bytes) -> bool:
    """Tell whether a refusal speaks of the paid amount, not of the rate."""
    try:
        document = mapping(decode_json(body))
    except BadInput:
        return False
    return str(document.get("type", "")).endswith("usage-capped") or document.get("title") == "UsageCapExceeded"


def floor(moment: datetime, step: timedelta) -> datetime:
    """Return the beginning of the step that a moment lies in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step


def _minute(row: Mapping[str, Any]) -> tuple[datetime, datetime, int] | None:
    start, end = moment(row.get("start")), moment(row.get("end"))
    count = number(_either(row, "post_count", "tweet_count"))
    return (start, end, count) if start and end and count is not None else None


def _mention(post: Mapping[str, Any]) -> Mention | None:
    key, text = post.get("id"), post.get("text")
    if not _is_id(key) or not isinstance(text, str):
        return None
    counts, author = mapping(post.get("public_metrics")), identity(post.get("author_id"))
    referenced = listed(_either(post, "referenced_posts", "referenced_tweets"), 10)
    parents = (identity(one.get("id")) for one in referenced if one.get("type") == "replied_to")
    return Mention(
        source="",
        external_id=str(key),
        text=clean(text, TEXT_LIMIT),
        language=words(post.get("lang"), 35),
        author=f"https://x.com/i/user/{author}" if author else None,
        permalink=f"https://x.com/i/status/{key}",
        published_at=moment(post.get("created_at")),
        engagement=Engagement(
            likes=number(counts.get("like_count")),
            reposts=number(_either(counts, "repost_count", "retweet_count")),
            replies=number(counts.get("reply_count")),
            views=number(counts.get("impression_count")),
        ),
        reach=number(counts.get("impression_count")),
        parent_id=next(parents, None),
    )


def _either(row: Mapping[str, Any], name: str, legacy: str) -> object:
    """Return a field under one of the two names that the documentation gives it."""
    return row.get(name) if row.get(name) is not None else row.get(legacy)


def _is_id(key: object) -> bool:
    return isinstance(key, str) and key.isascii() and key.isdecimal() and len(key) < 25
