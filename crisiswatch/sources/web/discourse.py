"""`discourse`: every public post of a Discourse forum, by the ids that its server counts up.

*Access*: free where the forum is public; else an API key and the name of its user. *Cost*: one request a poll, one
more for every 50 posts. *Limits*: the forum's own, about 60 requests a minute with a key; its waits are kept.
*Look-back*: all posts by id; the first poll reads the newest 50, an absence at most 5,000. *Delay*: the list may be a
minute old. *Cannot see*: deletions and edits, posts of closed categories, and a private topic that is made public
later (its posts have ids of the past). *Quality*: complete; gaps in the ids are walked over, not mistaken for the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pydantic import ConfigDict, Field, SecretStr, model_validator

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Quality
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, RateLimited, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import decode_json, require_success, seconds
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.plain_text import from_markup
from crisiswatch.sources.web.stretches import coverage, via

STEP = 49
"""Older servers list the 50 ids up to and with `before`, newer ones 50 posts below it: a step that suits both."""

PAGES = 100


class DiscourseOptions(Options):
    """Which forum, and with which key."""

    model_config = ConfigDict(defer_build=True)

    url: str = Field(pattern=r"^https?://[^\s?#]+$", max_length=500, description="Address of the forum.")
    api_key: SecretStr | None = Field(default=None, description="Key, where the forum is not public.")
    api_username: str | None = Field(default=None, pattern=r"^[\w.-]{1,100}$", description="User of that key.")

    @model_validator(mode="after")
    def _key_has_a_user(self) -> DiscourseOptions:
        if (self.api_key is None) != (self.api_username is None):
            raise ValueError("api_key and api_username go together")
        return self


class Descent(msgspec.Struct, frozen=True):
    """A walk down from the newest id: when it began, from where, and below which id it goes on."""

    started: datetime
    target: int
    before: int
    pages: int = 1


class DiscourseCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest id read, until when, and the walk under way."""

    highest: int | None = None
    until: datetime | None = None
    walk: Descent | None = None


class Backward(msgspec.Struct, frozen=True, omit_defaults=True):
    """A walk into the past: below which id it goes on, and the part that it has walked."""

    before: int | None = None
    part: float = 0.0


class Posts(msgspec.Struct, frozen=True):
    """One page: mentions (without a source), its lowest and highest id, items that were not readable."""

    mentions: tuple[Mention, ...]
    lowest: int | None = None
    highest: int | None = None
    skipped: int = 0


class DiscourseSource:
    """A `Source` that reads one page a fetch, from the newest post down to the highest one known."""

    budget = Budget(60, timedelta(minutes=1))

    def __init__(self, name: str, options: DiscourseOptions, tools: SourceTools) -> None:
        self.name = name
        self._base = options.url.rstrip("/")
        self._fetcher = tools.fetcher
        key = options.api_key.get_secret_value() if options.api_key else ""
        own = {"Api-Key": key, "Api-Username": options.api_username or ""} if key else {}
        self._headers = {"Accept": "application/json"} | own

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        posts = await self._posts(known.walk.before if known.walk else None, now)
        return self._batch(known, posts, now)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        known = _parse_backward(cursor)
        posts = await self._posts(known.before, now)
        times = [mention.published_at for mention in posts.mentions if mention.published_at is not None]
        part = max(known.part, min(1.0, (stretch.end - min(times, default=stretch.end)) / stretch.length))
        lowest = _lowest(posts, known.before)
        is_done = lowest is None or lowest <= 1 or any(time < stretch.start for time in times)
        batch = Batch(
            mentions=tuple(msgspec.structs.replace(mention, source=self.name) for mention in posts.mentions),
            cursor=None if is_done else msgspec.json.encode(Backward(lowest, part)).decode(),
            more=not is_done,
            cost=1.0,
            skipped=posts.skipped,
        )
        return Past(batch, 1.0 if is_done else part)

    async def _posts(self, before: int | None, now: datetime) -> Posts:
        query = "" if before is None else f"?before={before}"
        response = await self._fetcher.fetch(f"{self._base}/posts.json{query}", headers=self._headers)
        _require_success(response, now)
        try:
            return parse_posts(response.body, self._base)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _batch(self, known: DiscourseCursor, posts: Posts, now: datetime) -> Batch:
        walk = known.walk
        started = walk.started if walk else now
        target = walk.target if walk else max(posts.highest or 0, known.highest or 0)
        following = self._following(known, posts, started, target)
        is_cut = following is not None and following.pages > PAGES
        is_done = following is None or is_cut
        cursor = DiscourseCursor(target, started) if is_done else DiscourseCursor(known.highest, known.until, following)
        quality = Quality.PARTIAL if is_cut else Quality.COMPLETE
        return Batch(
            mentions=tuple(
                msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, known.until, started))
                for mention in posts.mentions
            ),
            coverage=coverage(self.name, known.until, started, quality) if is_done else (),
            cursor=msgspec.json.encode(cursor).decode(),
            more=not is_done,
            cost=1.0,
            skipped=posts.skipped,
            warnings=(f"more than {PAGES} pages of new posts: the oldest were not read",) if is_cut else (),
        )

    def _following(self, known: DiscourseCursor, posts: Posts, started: datetime, target: int) -> Descent | None:
        """Return where the walk goes on; None when it reached what is known, or on the first poll."""
        if known.highest is None:
            return None
        before = known.walk.before if known.walk else target + 1
        lowest = posts.lowest if posts.lowest is not None and posts.lowest < before else before - STEP
        pages = known.walk.pages + 1 if known.walk else 2
        return Descent(started, target, lowest, pages) if lowest > known.highest + 1 else None


def parse_posts(body: bytes, base: str) -> Posts:
    """Return the posts in a page of a forum at `base`; ids of unreadable ones count for the walk. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("latest_posts"), list):
        raise BadInput("no list of latest_posts")
    posts = listed(document["latest_posts"], 1_000)
    ids = [key for key in (number(post.get("id")) for post in posts) if key is not None]
    found = [_mention(post, base) for post in posts if not _is_hidden(post)]
    mentions = tuple(mention for mention in found if mention is not None)
    skipped = len(found) - len(mentions) + len(document["latest_posts"]) - len(posts)
    return Posts(mentions, min(ids, default=None), max(ids, default=None), skipped)


def _require_success(response: Response, now: datetime) -> None:
    """Raise what a status means; a 429 may name its wait in the body."""
    if response.status == 429 and "retry-after" not in response.headers:
        try:
            extras = mapping(mapping(decode_json(response.body)).get("extras"))
        except BadInput:
            extras = {}
        raise RateLimited("the forum answered 429", seconds(number(extras.get("wait_seconds"))))
    require_success(response, now)


def _is_hidden(post: Mapping[str, Any]) -> bool:
    return post.get("hidden") is True or post.get("user_deleted") is True or post.get("deleted_at") is not None


def _mention(post: Mapping[str, Any], base: str) -> Mention | None:
    key, markup, plain = number(post.get("id")), post.get("cooked"), post.get("raw")
    if key is None or not (isinstance(markup, str) or isinstance(plain, str)):
        return None
    text = from_markup(markup, TEXT_LIMIT) if isinstance(markup, str) else words(plain, TEXT_LIMIT) or ""
    path, username = post.get("post_url"), words(post.get("username"), 100)
    is_first = post.get("post_number") == 1
    return Mention(
        source="",
        external_id=str(key),
        instance=base.partition("://")[2],
        kind="post" if is_first else "comment",
        title=words(post.get("topic_title")) if is_first else None,
        text=text,
        author=f"{base}/u/{username}" if username else None,
        author_name=words(post.get("name")) or username,
        permalink=base + path if isinstance(path, str) and path.startswith("/") and len(path) < 1_000 else None,
        published_at=moment(post.get("created_at")),
        engagement=Engagement(likes=_likes(post), replies=number(post.get("reply_count"))),
        reach=number(post.get("reads")),
        parent_id=identity(post.get("topic_id")),
    )


def _likes(post: Mapping[str, Any]) -> int | None:
    """Return the count of the action whose id is 2, a like; without a count there is none, not even zero."""
    actions = listed(post.get("actions_summary"), 50)
    return next((number(action.get("count")) for action in actions if action.get("id") == 2), None)


def _lowest(posts: Posts, before: int | None) -> int | None:
    """Return below which id the past goes on; None where the newest page is empty."""
    if before is None:
        return posts.lowest
    return posts.lowest if posts.lowest is not None and posts.lowest < before else before - STEP


def _parse_backward(cursor: str | None) -> Backward:
    return stored(cursor, Backward) or Backward()


def _parse_cursor(cursor: str | None) -> DiscourseCursor:
    return stored(cursor, DiscourseCursor) or DiscourseCursor()


def build(name: str, options: DiscourseOptions, tools: SourceTools) -> DiscourseSource:
    """Return the source that the operator called `name`."""
    return DiscourseSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="discourse",
    summary="Every public post of a Discourse forum.",
    options=DiscourseOptions,
    build=build,
    example={"url": "https://forum.example"},
    access=Access(
        network="Discourse forums",
        access="free",
        cost="none",
        look_back="50 posts, after an absence 5,000; all by backfill",
        delay="a minute",
        tested="emulated",
    ),
)
