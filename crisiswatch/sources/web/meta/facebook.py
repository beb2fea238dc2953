"""`facebook`: posts, visitors' posts, tags and comments of a Facebook Page of yours, polled and delivered.

*Access*: an app that Meta has reviewed, and a Page token (`pages_read_engagement`, `pages_read_user_content`; for
deliveries `pages_manage_metadata`). *Cost*: two requests a poll. *Limits*: the Page's own, in percent; 20 pages a walk.
*Look-back*: about 600 posts; the first poll reads a day. *Delay*: seconds where deliveries are set up, else the poll's
interval. *Cannot see*: other Pages without a review of their own, groups, profiles, who wrote (authors are hidden from
apps), and by polling alone new comments under old posts, edits and deletions. *Quality*: complete for the Page with
deliveries, a sample without. There is no search over public posts. All of this was taken from documents, deliveries
and comment fields from memory; nothing was ever seen live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import ConfigDict, Field, SecretStr, model_validator

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Tombstone, Via
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
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
COMMENTS = "comments.limit(50).order(reverse_chronological).summary(true){id,message,created_time,like_count,parent}"
FIELDS = f"id,message,created_time,permalink_url,shares,reactions.summary(true).limit(0),{COMMENTS}"
_POSTS = frozenset({"post", "status", "photo", "video", "share", "link", "note"})


class FacebookOptions(Options):
    """Which Page, and with what right."""

    model_config = ConfigDict(defer_build=True)

    page: str = Field(pattern=r"^[A-Za-z0-9.]{1,100}$", description="Number or name of the Page.")
    token: SecretStr = Field(min_length=1, description="Page access token.")
    version: str = Field(default="v23.0", pattern=r"^v\d{1,3}\.\d$", description="Version of the Graph API.")
    app_secret: SecretStr | None = Field(default=None, description="The app's secret: checks deliveries.")
    verify_token: SecretStr | None = Field(default=None, description="Word that you gave Meta for the subscription.")

    @model_validator(mode="after")
    def _has_both_or_none(self) -> FacebookOptions:
        Deliveries(self.app_secret, self.verify_token)
        return self


class FacebookSource:
    """A `Source` and a `Hook` of one Page."""

    def __init__(self, name: str, options: FacebookOptions, tools: SourceTools) -> None:
        self.name = name
        self._root = f"https://{HOST}/{options.version}/{options.page}"
        self._deliveries = Deliveries(options.app_secret, options.verify_token)
        plan = Plan(HOST, options.token.get_secret_value(), self._lists, parse_posts)
        self._reader = GraphReader(name, plan, tools)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        return await self._reader.read(cursor, now)

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

    def _lists(self, since: datetime) -> Sequence[str]:
        query = urlencode({"fields": FIELDS, "since": int(since.timestamp()), "limit": 50})
        tagged = urlencode({"fields": "id,message,tagged_time,permalink_url", "limit": 50})
        return f"{self._root}/feed?{query}", f"{self._root}/tagged?{tagged}"


def parse_posts(body: bytes) -> Page:
    """Return the posts on a page, each followed by its newest comments. Raises BadInput."""
    return parse_list(body, _post)


def parse_delivery(body: bytes, source: str) -> Batch:
    """Return the posts and comments in a delivery; removed ones as tombstones. Raises BadInput."""
    values = changes(body, "feed")
    removed = [_identity(value) for value in values if value.get("verb") == "remove"]
    written = [value for value in values if value.get("verb") in ("add", "edited", "edit")]
    mentions = [mention for mention in (_delivered(value, source) for value in written) if mention is not None]
    return Batch(
        mentions=tuple(mentions),
        tombstones=tuple(Tombstone(source=source, external_id=one) for one in removed if one),
        cost=1.0,
    )


def _post(item: Mapping[str, Any]) -> list[Mention]:
    identity, text = words(item.get("id")), words(item.get("message"), TEXT_LIMIT)
    if identity is None:
        return []
    permalink = words(item.get("permalink_url"), 2_048)
    post = Mention(
        source="",
        external_id=identity,
        text=text or "",
        permalink=permalink,
        published_at=moment(item.get("created_time")) or moment(item.get("tagged_time")),
        engagement=Engagement(
            likes=_total(item.get("reactions")), replies=_total(item.get("comments")), reposts=_shares(item)
        ),
    )
    listed = item.get("comments")
    data = listed.get("data") if isinstance(listed, dict) else None
    comments = (_comment(one, identity, permalink) for one in (data if isinstance(data, list) else ())[:100])
    return [*([post] if text else []), *(comment for comment in comments if comment is not None)]


def _comment(item: object, post: str, permalink: str | None) -> Mention | None:
    if not isinstance(item, dict):
        return None
    identity, text = words(item.get("id")), words(item.get("message"), TEXT_LIMIT)
    if identity is None or text is None:
        return None
    parent = item.get("parent")
    return Mention(
        source="",
        external_id=identity,
        kind="comment",
        text=text,
        permalink=permalink,
        published_at=moment(item.get("created_time")),
        engagement=Engagement(likes=count(item.get("like_count"))),
        parent_id=(words(parent.get("id")) if isinstance(parent, dict) else None) or post,
    )


def _delivered(value: Mapping[str, Any], source: str) -> Mention | None:
    identity, text, item = _identity(value), words(value.get("message"), TEXT_LIMIT), words(value.get("item"))
    is_comment = item == "comment"
    if identity is None or text is None or not (is_comment or item in _POSTS):
        return None
    return Mention(
        source=source,
        external_id=identity,
        kind="comment" if is_comment else "post",
        text=text,
        published_at=moment(value.get("created_time")),
        parent_id=words(value.get("parent_id")) if is_comment else None,
        via=Via.PUSH,
    )


def _identity(value: Mapping[str, Any]) -> str | None:
    return words(value.get("comment_id")) or words(value.get("post_id"))


def _total(listed: object) -> int | None:
    summary = listed.get("summary") if isinstance(listed, dict) else None
    return count(summary.get("total_count")) if isinstance(summary, dict) else None


def _shares(item: Mapping[str, Any]) -> int | None:
    shares = item.get("shares")
    return count(shares.get("count")) if isinstance(shares, dict) else None


def build(name: str, options: FacebookOptions, tools: SourceTools) -> FacebookSource:
    """Return the source that the operator called `name`."""
    return FacebookSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="facebook",
    summary="Posts, tags and comments of your own Facebook Page, polled and delivered.",
    options=FacebookOptions,
    build=build,
    example={"page": "1000", "token": "${FACEBOOK_TOKEN}"},
    access=Access(
        network="Facebook Pages",
        access="review",
        cost="none",
        look_back="about 600 posts",
        delay="seconds to the poll's interval",
        tested="fixture only",
        route="your own Pages; others by a suite's webhook",
    ),
)
