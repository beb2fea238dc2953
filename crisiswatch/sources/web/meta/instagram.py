"""`instagram`: public posts under hashtags, and comments on the media of your own account.

*Access*: a business or creator account, and an app that Meta has reviewed (`instagram_basic`, Instagram Public Content
Access for hashtags). *Cost*: one request a hashtag and poll. *Limits*: 30 different hashtags in seven days; 20 pages a
walk. *Look-back*: 24 hours: what happens during a longer absence is lost. *Delay*: minutes; comments, where deliveries
are set up, seconds. *Cannot see*: who wrote under a hashtag, stories, posts without a hashtag, deletions; of a mention
in a caption a delivery has numbers only, which are counted as skipped. *Quality*: a sample. Taken from documents, the
fields of comments and the 24 hours from memory; never seen live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints, model_validator

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Via
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.meta.deliveries import Deliveries, changes
from crisiswatch.sources.web.meta.graph import (
    GraphReader,
    Page,
    Plan,
    count,
    moment,
    parse_list,
    words,
)

HOST = "graph.facebook.com"
FIELDS = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
KEPT = timedelta(hours=24)

Tag = Annotated[str, StringConstraints(pattern=r"^#?\w{1,100}$")]


class InstagramOptions(Options):
    """Which account asks, and for which hashtags."""

    model_config = ConfigDict(defer_build=True)

    account: str = Field(pattern=r"^\d{1,30}$", description="Number of your Instagram account.")
    token: SecretStr = Field(min_length=1, description="Access token.")
    hashtags: tuple[Tag, ...] = Field(min_length=1, max_length=30, description="Hashtags, with or without #.")
    version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d$", description="Version of the Graph API.")
    app_secret: SecretStr | None = Field(default=None, description="The app's secret: checks deliveries.")
    verify_token: SecretStr | None = Field(default=None, description="Word that you gave Meta for the subscription.")

    @model_validator(mode="after")
    def _has_both_or_none(self) -> InstagramOptions:
        Deliveries(self.app_secret, self.verify_token)
        return self


class InstagramCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The numbers of the hashtags that are known, and the cursor of their lists."""

    ids: dict[str, str] = {}
    walk: str | None = None


class InstagramSource:
    """A `Source` of hashtags and a `Hook` of comments."""

    def __init__(self, name: str, options: InstagramOptions, tools: SourceTools) -> None:
        self.name = name
        self._tools = tools
        self._root = f"https://{HOST}/{options.version}"
        self._account = options.account
        self._token = options.token.get_secret_value()
        self._tags = tuple(dict.fromkeys(tag.removeprefix("#").lower() for tag in options.hashtags))
        self._deliveries = Deliveries(options.app_secret, options.verify_token)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        reader = self._reader(known.ids)
        unknown = next((tag for tag in self._tags if tag not in known.ids), None)
        if unknown is not None:
            return await self._look_up(reader, unknown, known, now)
        batch = await reader.read(known.walk, now)
        seen = tuple(
            # What is older than a day is not shown any more: a longer absence leaves a hole.
            msgspec.structs.replace(piece, start=max(piece.start, piece.end - KEPT))
            for piece in batch.coverage
        )
        following = msgspec.structs.replace(known, walk=batch.cursor)
        return msgspec.structs.replace(batch, coverage=seen, cursor=msgspec.json.encode(following).decode())

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        """Return the mentions in a delivery."""
        self._deliveries.require_signature(headers, body)
        return parse_delivery(body, self.name)

    def greet(self, query: Mapping[str, str]) -> str:
        """Return the words that the sender wants to hear."""
        return self._deliveries.greet(query)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _look_up(self, reader: GraphReader, tag: str, known: InstagramCursor, now: datetime) -> Batch:
        """Ask for the number of a hashtag, once: each counts towards the 30 of the week."""
        query = urlencode({"user_id": self._account, "q": tag})
        response = await reader.get(f"{self._root}/ig_hashtag_search?{query}", now)
        try:
            number = parse_hashtag(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: #{tag}: {error}", "parse") from error
        following = InstagramCursor(known.ids | {tag: number}, known.walk)
        return Batch(cursor=msgspec.json.encode(following).decode(), more=True, cost=1.0)

    def _reader(self, ids: Mapping[str, str]) -> GraphReader:
        def lists(since: datetime) -> Sequence[str]:
            query = urlencode({"user_id": self._account, "fields": FIELDS, "limit": 50})
            return [f"{self._root}/{ids[tag]}/recent_media?{query}" for tag in self._tags]

        return GraphReader(self.name, Plan(HOST, self._token, lists, parse_media), self._tools)


def parse_hashtag(body: bytes) -> str:
    """Return the number of the hashtag that was asked for. Raises BadInput."""
    document = decode_json(body)
    data = document.get("data") if isinstance(document, dict) else None
    first = data[0] if isinstance(data, list) and data else None
    number = words(first.get("id")) if isinstance(first, dict) else None
    if number is None or not (number.isascii() and number.isdecimal()):
        raise BadInput("no such hashtag")
    return number


def parse_media(body: bytes) -> Page:
    """Return the media on a page. Raises BadInput."""
    return parse_list(body, _media)


def parse_delivery(body: bytes, source: str) -> Batch:
    """Return the comments in a delivery; mentions, which come as numbers only, are counted. Raises BadInput."""
    comments = [_comment(value, source) for value in changes(body, "comments")]
    numbers = len(changes(body, "mentions"))
    warning = ("somebody mentions the account: a delivery does not say in which words",)
    return Batch(
        mentions=tuple(comment for comment in comments if comment is not None),
        skipped=numbers + comments.count(None),
        warnings=warning if numbers else (),
        cost=1.0,
    )


def _media(item: Mapping[str, Any]) -> list[Mention]:
    identity, caption = words(item.get("id")), words(item.get("caption"), TEXT_LIMIT)
    if identity is None or caption is None:
        return []
    return [
        Mention(
            source="",
            external_id=identity,
            kind="video" if item.get("media_type") == "VIDEO" else "post",
            text=caption,
            permalink=words(item.get("permalink"), 2_048),
            published_at=moment(item.get("timestamp")),
            engagement=Engagement(likes=count(item.get("like_count")), replies=count(item.get("comments_count"))),
        )
    ]


def _comment(value: Mapping[str, Any], source: str) -> Mention | None:
    identity, text = words(value.get("id")), words(value.get("text"), TEXT_LIMIT)
    if identity is None or text is None:
        return None
    sender, media = value.get("from"), value.get("media")
    person = sender if isinstance(sender, dict) else {}
    return Mention(
        source=source,
        external_id=identity,
        kind="comment",
        text=text,
        author=words(person.get("id")) or words(person.get("username")),
        author_name=words(person.get("username")),
        parent_id=words(media.get("id")) if isinstance(media, dict) else None,
        via=Via.PUSH,
    )


def _parse_cursor(cursor: str | None) -> InstagramCursor:
    return stored(cursor, InstagramCursor) or InstagramCursor()


def build(name: str, options: InstagramOptions, tools: SourceTools) -> InstagramSource:
    """Return the source that the operator called `name`."""
    return InstagramSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="instagram",
    summary="Public posts under hashtags on Instagram, and comments on your own media.",
    options=InstagramOptions,
    build=build,
    example={"account": "178400000", "token": "${INSTAGRAM_TOKEN}", "hashtags": ["acme"]},
    access=Access(
        network="Instagram",
        access="review",
        cost="none",
        look_back="24 hours",
        delay="minutes",
        tested="fixture only",
        route="after a review by Meta; else a suite's webhook",
    ),
)
