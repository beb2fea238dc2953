"""`threads`: public posts on Threads that contain a word or carry a tag.

*Access*: an app that Meta has reviewed for `threads_keyword_search`; before that only your own posts are found.
*Cost*: one request a term and poll. *Limits*: 2,200 requests a day of your account, over all its apps; the source stops
at 2,000 until the next day (UTC). Ten terms allow a poll every 8 minutes. *Look-back*: unknown; the first poll reads a
day. *Delay*: minutes. *Cannot see*: reactions, languages, deletions, and posts with words that Threads holds for
sensitive: these searches come back empty, without saying so. *Quality*: a sample; completeness is promised nowhere.
Taken from documents, the form of `since` from memory; never seen live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import ConfigDict, Field, SecretStr

from crisiswatch.core.models import TEXT_LIMIT, Batch, Mention
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.meta.graph import GraphReader, Page, Plan, moment, parse_list, words

HOST = "graph.threads.net"
DAILY = 2_000
FIELDS = "id,text,media_type,permalink,timestamp,username,has_replies,is_quote_post,is_reply"


class ThreadsOptions(Options):
    """Which terms, and with what right."""

    model_config = ConfigDict(defer_build=True)

    token: SecretStr = Field(min_length=1, description="User access token with threads_keyword_search.")
    terms: tuple[str, ...] = Field(min_length=1, max_length=50, description="Words or tags; one request each.")
    mode: Literal["keyword", "tag"] = Field(default="keyword", description="Whether the terms are words or tags.")


class ThreadsSource:
    """A `Source` that searches one term after the other."""

    def __init__(self, name: str, options: ThreadsOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        plan = Plan(HOST, options.token.get_secret_value(), self._lists, parse_posts, DAILY)
        self._reader = GraphReader(name, plan, tools)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        return await self._reader.read(cursor, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _lists(self, since: datetime) -> Sequence[str]:
        shared = {"search_type": "RECENT", "search_mode": self._options.mode.upper(), "limit": 100, "fields": FIELDS}
        queries = ({"q": term.removeprefix("#")} | shared for term in self._options.terms)
        start = {"since": int(since.timestamp())}
        return [f"https://{HOST}/v1.0/keyword_search?{urlencode(query | start)}" for query in queries]


def parse_posts(body: bytes) -> Page:
    """Return the posts on a page. Raises BadInput."""
    return parse_list(body, _post)


def _post(item: Mapping[str, Any]) -> list[Mention]:
    identity, text, name = words(item.get("id")), words(item.get("text"), TEXT_LIMIT), words(item.get("username"))
    if identity is None or text is None:
        return []
    return [
        Mention(
            source="",
            external_id=identity,
            kind="comment" if item.get("is_reply") is True else "post",
            text=text,
            author=name,
            author_name=name,
            permalink=words(item.get("permalink"), 2_048),
            published_at=moment(item.get("timestamp")),
        )
    ]


def build(name: str, options: ThreadsOptions, tools: SourceTools) -> ThreadsSource:
    """Return the source that the operator called `name`."""
    return ThreadsSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="threads",
    summary="Public posts on Threads with a word or a tag.",
    options=ThreadsOptions,
    build=build,
    example={"token": "${THREADS_TOKEN}", "terms": ["acme"]},
    access=Access(
        network="Threads",
        access="review",
        cost="none",
        look_back="a day on the first poll",
        delay="minutes",
        tested="fixture only",
        route="after a review by Meta; else a suite's webhook",
    ),
)
