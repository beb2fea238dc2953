"""Reads lists of the YouTube Data API: videos found, their statistics, and threads of comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Mention
from crisiswatch.errors import BadInput
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.plain_text import from_markup
from crisiswatch.sources.web.sweeping import Page

ITEMS = 100


def parse_videos(body: bytes) -> Page:
    """Return a page of found videos. Raises BadInput."""
    document, items = _document(body)
    mentions = tuple(mention for mention in map(_video, items) if mention is not None)
    return Page(mentions, _following(document, items), _size(document) - len(mentions))


def parse_comments(body: bytes, since: datetime, brands: tuple[str, ...]) -> Page:
    """Return a page of comments with their replies, which are about `brands`; the last one if it reaches `since`.

    Threads come newest first by their first comment. Raises BadInput.
    """
    document, threads = _document(body)
    tops = [mapping(mapping(thread.get("snippet")).get("topLevelComment")) for thread in threads]
    found = [(comment, _comment(comment, brands)) for comment in _comments(threads)]
    mentions = tuple(mention for _, mention in found if mention is not None)
    times = [moment(mapping(top.get("snippet")).get("publishedAt")) for top in tops]
    is_read = any(time < since for time in times if time is not None)
    skipped = len(found) - len(mentions) + _size(document) - len(threads)
    return Page(mentions, "" if is_read else _following(document, threads), skipped)


def parse_statistics(body: bytes) -> Mapping[str, Engagement]:
    """Return views, likes and comments by video; counts that are hidden are None. Raises BadInput."""
    _, items = _document(body)
    return {key: _statistics(mapping(item.get("statistics"))) for item in items if (key := identity(item.get("id")))}


def with_statistics(mention: Mention, found: Mapping[str, Engagement]) -> Mention:
    """Return a video with what is known of its audience."""
    engagement = found.get(mention.external_id)
    if engagement is None:
        return mention
    return msgspec.structs.replace(mention, engagement=engagement, reach=engagement.views)


def _document(body: bytes) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    document = mapping(decode_json(body))
    if not isinstance(document.get("items"), list):
        raise BadInput("no list of items")
    return document, listed(document["items"], ITEMS)


def _size(document: Mapping[str, Any]) -> int:
    return len(document["items"])


def _following(document: Mapping[str, Any], items: list[Mapping[str, Any]]) -> str:
    token = document.get("nextPageToken")
    return token if isinstance(token, str) and len(token) <= 1_000 and items else ""


def _video(item: Mapping[str, Any]) -> Mention | None:
    key, snippet = identity(mapping(item.get("id")).get("videoId")), mapping(item.get("snippet"))
    title, description = snippet.get("title"), snippet.get("description")
    if key is None or not isinstance(title, str):
        return None
    return Mention(
        source="",
        external_id=key,
        kind="video",
        # Titles and descriptions of a search come with their special characters written as HTML.
        title=from_markup(title, 500),
        text=from_markup(description, TEXT_LIMIT) if isinstance(description, str) else "",
        author=_channel(snippet.get("channelId")),
        author_name=words(snippet.get("channelTitle")),
        permalink=f"https://www.youtube.com/watch?v={key}",
        published_at=moment(snippet.get("publishedAt")),
    )


def _comments(threads: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for thread in threads:
        yield mapping(mapping(thread.get("snippet")).get("topLevelComment"))
        yield from listed(mapping(thread.get("replies")).get("comments"), ITEMS)


def _comment(item: Mapping[str, Any], brands: tuple[str, ...]) -> Mention | None:
    key, snippet = identity(item.get("id")), mapping(item.get("snippet"))
    text = words(snippet.get("textDisplay"), TEXT_LIMIT) or words(snippet.get("textOriginal"), TEXT_LIMIT)
    if key is None or text is None:
        return None
    video = identity(snippet.get("videoId"))
    return Mention(
        source="",
        external_id=key,
        kind="comment",
        text=text,
        author=_channel(mapping(snippet.get("authorChannelId")).get("value")),
        author_name=words(snippet.get("authorDisplayName")),
        permalink=f"https://www.youtube.com/watch?v={video}&lc={key}" if video else None,
        published_at=moment(snippet.get("publishedAt")),
        engagement=Engagement(likes=number(snippet.get("likeCount"))),
        parent_id=identity(snippet.get("parentId")) or video,
        brands=brands,
    )


def _statistics(counts: Mapping[str, Any]) -> Engagement:
    return Engagement(
        views=number(counts.get("viewCount")),
        likes=number(counts.get("likeCount")),
        replies=number(counts.get("commentCount")),
    )


def _channel(value: object) -> str | None:
    key = identity(value)
    return f"https://www.youtube.com/channel/{key}" if key else None
