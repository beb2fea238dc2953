"""`rss`: RSS, Atom and JSON Feed: news sites, blogs, forums, alerts.

*Access*: open. *Cost*: one request a poll, most of them answered by "not modified". *Limits*: 2 MB, 500 entries.
*Look-back*: what the feed still lists (10 to 100 entries, as a rule). *Delay*: minutes; Google Alerts up to hours.
*Cannot see*: reactions, comments, deletions, and whatever scrolled out of the feed between two polls; where none of
the entries seen before is left, the stretch counts as partly seen. *Quality*: complete for a feed that is polled
faster than it rolls over; Google Alerts and YouTube feeds are a supplement only.

With `websub_secret`, a feed that names a hub (WebSub) is subscribed to: new entries come within seconds, and the poll
finds what the hub left out. That needs `server.public_url`; a feed without a hub is polled as before.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from pydantic import ConfigDict, Field, SecretStr

from crisiswatch.core.models import Batch, Mention, Quality, Via
from crisiswatch.core.models import Kind as MentionKind
from crisiswatch.errors import BadInput, SourceUnavailable, WorkFailed
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.feeds import Entry, Feed, parse_feed
from crisiswatch.sources.web.links import behind_google, without_trackers
from crisiswatch.sources.web.stretches import coverage, mark, via
from crisiswatch.sources.web.websub import Callback, Subscription, linked

SEEN_LIMIT = 2_000
"""Ids remembered: four times the entries of the longest feed."""

STALE = timedelta(days=1)
"""After a day of "not modified" the feed is asked for whole: some servers never change their ETag."""

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

Preset = Literal["article", "phpbb", "vbulletin", "discourse", "lemmy", "google_alerts", "youtube"]

_KINDS: dict[str, MentionKind] = {
    "article": "article",
    "google_alerts": "article",
    "youtube": "video",
}
_DISCOURSE_FOOTER = re.compile(r"\s*\d+ posts? - \d+ participants?\s*(Read full topic)?\s*\Z")


class RssOptions(Options):
    """Which feed, and what kind of site it comes from."""

    model_config = ConfigDict(defer_build=True)

    url: str = Field(pattern=r"^https?://\S+$", max_length=2048, description="Address of the feed.")
    preset: Preset = Field(default="article", description="Kind of site: sets the kind of mention, cleans links.")
    websub_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Set, to be told of new entries by the feed's hub; needs server.public_url.",
    )


class RssCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Validators, marks of the ids seen, until when the feed was seen, and when it last came whole.

    `hub` tells of new entries under the address `topic`; "" where the feed names none, None while nobody looked.
    """

    etag: str = ""
    modified: str = ""
    until: datetime | None = None
    whole: datetime | None = None
    seen: tuple[str, ...] = ()
    hub: str | None = None
    topic: str = ""


class RssSource:
    """A `Source` that polls one feed."""

    def __init__(self, name: str, options: RssOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        headers = _validators(known, now) | {"Accept": ACCEPT}
        response = await self._tools.fetcher.fetch(self._options.url, headers=headers)
        require_success(response, now)
        if response.status == 304:
            return self._unchanged(known, now)
        try:
            feed = await self._read(response.body)
        except WorkFailed as error:
            raise SourceUnavailable(f"{self.name}: {error}"[:300], "parse") from error
        return self._batch(known, feed, response, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _read(self, body: bytes) -> Feed:
        # Ids may be resolved against this address: the configured one stays the same through redirects.
        return await self._tools.isolator.call(parse_feed, body, self._options.url)

    def _unchanged(self, known: RssCursor, now: datetime) -> Batch:
        cursor = msgspec.structs.replace(known, until=now)
        seen = coverage(self.name, known.until, now, Quality.COMPLETE)
        return Batch(coverage=seen, cursor=msgspec.json.encode(cursor).decode(), cost=1.0)

    def _batch(self, known: RssCursor, feed: Feed, response: Response, now: datetime) -> Batch:
        marks = [mark(entry.id) for entry in feed.entries]
        before = frozenset(known.seen)
        fresh = {key: entry for key, entry in zip(marks, feed.entries, strict=True) if key not in before and entry.text}
        rolled_over = bool(before) and self._known_marks(before).isdisjoint(marks)
        hub, topic = hub_of(feed, response)
        cursor = RssCursor(
            etag=_header(response, "etag"),
            modified=_header(response, "last-modified"),
            until=now,
            whole=now,
            seen=tuple(dict.fromkeys((*marks, *known.seen)))[:SEEN_LIMIT],
            hub=hub,
            topic=topic,
        )
        return Batch(
            mentions=to_mentions(fresh.values(), self.name, self._options.preset, known.until, now),
            coverage=coverage(self.name, known.until, now, Quality.PARTIAL if rolled_over else Quality.COMPLETE),
            cursor=msgspec.json.encode(cursor).decode(),
            cost=1.0,
            skipped=feed.dropped,
            warnings=("the feed rolled over since the last poll: entries were missed",) if rolled_over else (),
        )

    def _known_marks(self, before: frozenset[str]) -> frozenset[str]:
        """Return the marks by which a feed is seen to go on from the last look."""
        return before


class PushedRss(RssSource):
    """A feed that is polled, and a `Hook` to which its hub delivers: a feed document, the new entries in it."""

    def __init__(self, name: str, options: RssOptions, tools: SourceTools, subscription: Subscription) -> None:
        super().__init__(name, options, tools)
        self._subscription = subscription
        self.agreement = f"{options.url} {subscription.callback}"
        self._known: RssCursor | None = None
        self._pushed: tuple[str, ...] = ()

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        self._known = known if known.until else None
        if known.hub is None:
            # Only a whole document says whether there is a hub.
            cursor = msgspec.json.encode(msgspec.structs.replace(known, etag="", modified="")).decode()
        batch = await super().fetch(cursor, now)
        self._known = _parse_cursor(batch.cursor)
        if not self._known.hub:
            return batch
        told = await self._subscription.renew(self._known.hub, self._known.topic, now)
        return msgspec.structs.replace(batch, warnings=(*batch.warnings, *told))

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Awaitable[Batch]:
        """Return what a signed delivery brings."""
        self._subscription.require_signature(headers, body)
        return self._delivered(body, now)

    async def leave(self) -> None:
        """Have the hub tell us no more."""
        await self._subscription.leave()

    def greet(self, query: Mapping[str, str]) -> str:
        """Return what a hub that asks whether it is welcome wants to hear."""
        return self._subscription.greet(query)

    async def _delivered(self, body: bytes, now: datetime) -> Batch:
        try:
            feed = await self._read(body)
        except WorkFailed as error:
            raise BadInput(f"{error}"[:300]) from error
        if self._known is None:
            # What stood there before is not known yet: the first poll, seconds away, reads this with all else.
            return Batch()
        before = frozenset(self._known.seen)
        marked = {mark(entry.id): entry for entry in feed.entries if entry.text}
        fresh = [entry for key, entry in marked.items() if key not in before]
        self._pushed = tuple(dict.fromkeys((*marked, *self._pushed)))[:SEEN_LIMIT]
        mentions = to_mentions(fresh, self.name, self._options.preset, self._known.until, now)
        return Batch(mentions=tuple(_as_pushed(mention) for mention in mentions), skipped=feed.dropped)

    def _known_marks(self, before: frozenset[str]) -> frozenset[str]:
        return before | frozenset(self._pushed)


def hub_of(feed: Feed, response: Response) -> tuple[str, str]:
    """Return who tells of new entries of a feed, and under which address; the header comes before the document."""
    links = linked(response.headers.get("link", ""), response.url)
    hub = links.get("hub") or feed.hub or ""
    return hub, (links.get("self") or feed.topic or response.url) if hub else ""


def _as_pushed(mention: Mention) -> Mention:
    return msgspec.structs.replace(mention, via=Via.PUSH) if mention.via is Via.POLL else mention


def to_mentions(
    entries: Iterable[Entry], source: str, preset: Preset, until: datetime | None, now: datetime
) -> tuple[Mention, ...]:
    """Return entries as mentions, cleaned in the way of their preset."""
    return tuple(
        Mention(
            source=source,
            external_id=entry.id,
            kind=_KINDS.get(preset, "post"),
            title=entry.title,
            text=_text(entry.text, preset),
            language=entry.language,
            author=entry.author_link or entry.author,
            author_name=entry.author,
            permalink=tidy_link(entry.link, preset),
            published_at=entry.published_at,
            via=via(entry.published_at, until, now),
        )
        for entry in entries
    )


def tidy_link(link: str | None, preset: Preset) -> str | None:
    """Return the link without trackers; for Google Alerts the page behind Google's redirect."""
    if link is None:
        return None
    target = behind_google(link) if preset == "google_alerts" else None
    # vBulletin's `goto=newpost` leads every reader elsewhere.
    return without_trackers(target or link, frozenset({"goto"}) if preset == "vbulletin" else frozenset())


def _text(text: str, preset: Preset) -> str:
    return _DISCOURSE_FOOTER.sub("", text) if preset == "discourse" else text


def _validators(known: RssCursor, now: datetime) -> dict[str, str]:
    if known.whole is None or now - known.whole > STALE:
        return {}
    given = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in given.items() if value}


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name, "")
    return value if len(value) <= 1_000 and value.isascii() and value.isprintable() else ""


def _parse_cursor(cursor: str | None) -> RssCursor:
    return stored(cursor, RssCursor) or RssCursor()


def build(name: str, options: RssOptions, tools: SourceTools) -> RssSource:
    """Return the source that the operator called `name`; without a public address no hub can reach it."""
    if options.websub_secret is None or tools.public_url is None:
        return RssSource(name, options, tools)
    callback = Callback.of(tools.public_url, name, options.websub_secret.get_secret_value())
    return PushedRss(name, options, tools, Subscription(callback, tools.fetcher))


KIND: Kind[Source | Hook] = Kind(
    name="rss",
    summary="RSS, Atom and JSON Feed: news, blogs, phpBB, vBulletin, Discourse, Lemmy, Google Alerts, YouTube.",
    options=RssOptions,
    build=build,
    example={"url": "https://news.example/feed.xml"},
    access=Access(
        network="RSS, Atom, JSON Feed",
        access="free",
        cost="none",
        look_back="what the feed lists, 10 to 100 entries",
        delay="minutes; seconds with a hub",
        tested="real server",
    ),
)
