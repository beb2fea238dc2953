"""Asks Bluesky's search, with a session that is kept: createSession is limited to 300 a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Mention
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.ports import Fetcher, Response
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.jetstream import language_of, profile
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.sweeping import Page, Sweep

PAGE = 100


def parse_posts(body: bytes) -> Page:
    """Return a page of found posts. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("posts"), list):
        raise BadInput("no list of posts")
    posts = listed(document["posts"], PAGE)
    mentions = tuple(mention for mention in map(_mention, posts) if mention is not None)
    following = document.get("cursor")
    return Page(
        mentions=mentions,
        following=following if isinstance(following, str) and len(following) <= 1_000 and posts else "",
        skipped=len(document["posts"]) - len(mentions),
    )


class SkySearch:
    """Searches as one account. A session that ran out is renewed once; what fails then is for the caller."""

    def __init__(self, service: str, handle: str, password: str, fetcher: Fetcher) -> None:
        self._service = service
        self._account = {"identifier": handle, "password": password}
        self._fetcher = fetcher
        self._token = ""

    async def page(self, query: str, sweep: Sweep, now: datetime) -> Page:
        """Return the page that a sweep is at. Raises SourceRejected, SourceUnavailable or RateLimited."""
        given = {"q": query, "sort": "latest", "limit": str(PAGE), "since": _rfc3339(sweep.since)}
        given |= {"until": _rfc3339(sweep.end)} | ({"cursor": sweep.page} if sweep.page else {})
        url = f"{self._service}/xrpc/app.bsky.feed.searchPosts?{urlencode(given)}"
        response = await self._get(url, now)
        if _has_expired(response):
            self._token = ""
            response = await self._get(url, now)
        require_success(response, now)
        try:
            return parse_posts(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"search: {error}", "parse") from error

    async def _get(self, url: str, now: datetime) -> Response:
        if not self._token:
            self._token = await self._log_in(now)
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
        return await self._fetcher.fetch(url, headers=headers)

    async def _log_in(self, now: datetime) -> str:
        url = f"{self._service}/xrpc/com.atproto.server.createSession"
        body = msgspec.json.encode(self._account)
        response = await self._fetcher.fetch(
            url, method="POST", headers={"Content-Type": "application/json", "Accept": "application/json"}, body=body
        )
        require_success(response, now)
        try:
            token = mapping(decode_json(response.body)).get("accessJwt")
        except BadInput as error:
            raise SourceUnavailable(f"createSession: {error}", "parse") from error
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise SourceRejected("createSession gave no token", "auth")
        return token


def _has_expired(response: Response) -> bool:
    if response.status not in (400, 401):
        return False
    return response.status == 401 or b"ExpiredToken" in response.body[:2_000]


def _mention(post: Mapping[str, Any]) -> Mention | None:
    """Return the post as a mention; None if it has no identity or no text."""
    uri, record, author = identity(post.get("uri")), mapping(post.get("record")), mapping(post.get("author"))
    did, text = identity(author.get("did")), record.get("text")
    if uri is None or did is None or not uri.startswith("at://") or not isinstance(text, str):
        return None
    indexed_at = moment(post.get("indexedAt"))
    claimed = moment(record.get("createdAt")) or indexed_at
    return Mention(
        source="",
        external_id=uri,
        text=clean(text, TEXT_LIMIT),
        language=language_of(record.get("langs")),
        author=profile(did),
        author_name=words(author.get("displayName")) or words(author.get("handle")),
        permalink=f"{profile(did)}/post/{uri.rpartition('/')[2]}",
        published_at=min(claimed, indexed_at) if claimed and indexed_at else claimed,
        indexed_at=indexed_at,
        engagement=Engagement(
            likes=number(post.get("likeCount")),
            reposts=number(post.get("repostCount")),
            replies=number(post.get("replyCount")),
        ),
        parent_id=identity(mapping(mapping(record.get("reply")).get("parent")).get("uri")),
    )


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
