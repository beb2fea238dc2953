"""`mastodon`: public posts under hashtags, as one Mastodon (or compatible) server knows them.

*Access*: free; a token only where the server shows no timelines without one. *Cost*: one request a tag and poll, and
a few more each hour. *Limits*: 300 requests in 5 minutes. *Look-back*: years; the first poll reads 40 posts a tag.
*Delay*: seconds for followed servers, hours for slow ones.
*Cannot see*: posts that the server never received (federation is incomplete by design), private posts, and
deletions: a post that was deleted stays here until it is erased or ages. *Quality*: good for a large server, a sample
of the network in any case. Posts that a server learns of late get ids of the past; a walk over the last six hours,
once an hour, finds these.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from crisiswatch.core.models import Batch, Coverage, Mention, Quality
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.statuses import Statuses, id_at, parse_statuses
from crisiswatch.sources.web.stretches import coverage, mark, via

PAGE = 40
SEEN_LIMIT = 3_000
REWALK_EVERY = timedelta(hours=1)
REWALK_OVER = timedelta(hours=6)
REWALK_PAGES = 100
"""Pages of one walk over all tags, at most: a busy tag must not eat the rate limit."""

Tag = Annotated[str, StringConstraints(pattern=r"^#?\w{1,100}$")]


class MastodonOptions(Options):
    """Which server, and which hashtags."""

    model_config = ConfigDict(defer_build=True)

    instance: str = Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:\d{1,5})?$", description="Host name of the server."
    )
    tags: tuple[Tag, ...] = Field(min_length=1, max_length=50, description="Hashtags, with or without #.")
    token: SecretStr | None = Field(default=None, description="Access token, where the server asks for one.")


class Rewalk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A walk back over the last hours: the tags still to walk, and below which id the first of them goes on."""

    tags: tuple[str, ...]
    below: int
    floor: int
    top: int
    pages: int = 0


class MastodonCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest id seen by tag, until when all were seen, marks of posts seen, and the walk back."""

    highest: dict[str, int] = {}
    until: datetime | None = None
    rewalked: datetime | None = None
    rewalk: Rewalk | None = None
    seen: tuple[str, ...] = ()


class MastodonSource:
    """A `Source` that reads one page of every tag a fetch, and a page of the walk back when one is under way."""

    budget = Budget(300, timedelta(minutes=5))

    def __init__(self, name: str, options: MastodonOptions, tools: SourceTools) -> None:
        self.name = name
        self._tools = tools
        self._base = f"https://{options.instance}/api/v1/timelines/tag/"
        self._tags = tuple(dict.fromkeys(tag.removeprefix("#").lower() for tag in options.tags))
        token = options.token.get_secret_value() if options.token else None
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        pages = {tag: await self._forward(tag, known, now) for tag in self._tags}
        rewalk = self._due_rewalk(known, now)
        back = await self._page(rewalk.tags[0], f"max_id={rewalk.below}", now) if rewalk else None
        return self._batch(known, pages, (rewalk, back), now)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        top = id_at(stretch.end)
        walk = _parse_rewalk(cursor) or Rewalk(self._tags, below=top, floor=id_at(stretch.start), top=top)
        page = await self._page(walk.tags[0], f"max_id={walk.below}", now)
        # Its pages are not counted: it has all the time it needs.
        following = _following(msgspec.structs.replace(walk, pages=0), page)
        batch = Batch(
            mentions=tuple(msgspec.structs.replace(mention, source=self.name) for mention in page.mentions),
            cursor=msgspec.json.encode(following).decode() if following else None,
            more=following is not None,
            cost=1.0,
            skipped=page.skipped,
        )
        return Past(batch, _part(following, len(self._tags)))

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _forward(self, tag: str, known: MastodonCursor, now: datetime) -> Statuses:
        """Return the oldest posts above the highest id: `min_id` leaves no hole, as `since_id` would."""
        highest = known.highest.get(tag)
        return await self._page(tag, "" if highest is None else f"min_id={highest}", now)

    async def _page(self, tag: str, query: str, now: datetime) -> Statuses:
        url = f"{self._base}{quote(tag)}?limit={PAGE}" + (f"&{query}" if query else "")
        response = await self._tools.fetcher.fetch(url, headers=self._headers)
        if response.status == 404:
            # The server has never seen this tag.
            return Statuses(())
        require_success(response, now)
        try:
            return parse_statuses(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    def _due_rewalk(self, known: MastodonCursor, now: datetime) -> Rewalk | None:
        if known.rewalk is not None:
            return known.rewalk
        if known.rewalked is None or now - known.rewalked < REWALK_EVERY:
            return None
        top = id_at(now)
        return Rewalk(self._tags, below=top, floor=id_at(now - REWALK_OVER), top=top)

    def _batch(
        self,
        known: MastodonCursor,
        pages: dict[str, Statuses],
        walked: tuple[Rewalk | None, Statuses | None],
        now: datetime,
    ) -> Batch:
        rewalk, back = walked
        read = [*pages.values(), *([back] if back else [])]
        fresh = _fresh(read, frozenset(known.seen))
        following = _following(rewalk, back) if rewalk and back else None
        is_behind = any(tag in known.highest and page.listed >= PAGE for tag, page in pages.items())
        cursor = MastodonCursor(
            highest={tag: _highest(known.highest.get(tag), page, now) for tag, page in pages.items()},
            until=known.until if is_behind else now,
            rewalked=now if known.rewalked is None or (rewalk and not following) else known.rewalked,
            rewalk=following,
            seen=tuple(dict.fromkeys((*fresh, *known.seen)))[:SEEN_LIMIT],
        )
        return Batch(
            mentions=tuple(self._own(mention, known.until, now) for mention in fresh.values()),
            coverage=self._coverage(known, now) if not is_behind else (),
            cursor=msgspec.json.encode(cursor).decode(),
            more=is_behind or following is not None,
            cost=float(len(read)),
            skipped=sum(page.skipped for page in read),
        )

    def _coverage(self, known: MastodonCursor, now: datetime) -> tuple[Coverage, ...]:
        return coverage(self.name, known.until, now, Quality.COMPLETE)

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def _fresh(pages: Sequence[Statuses], before: frozenset[str]) -> dict[str, Mention]:
    marked = {mark(mention.external_id): mention for page in pages for mention in page.mentions}
    return {key: mention for key, mention in marked.items() if key not in before}


def _highest(known: int | None, page: Statuses, now: datetime) -> int:
    """Return where the next page begins; for a tag without posts that is now."""
    if known is None:
        return page.highest if page.highest is not None else id_at(now)
    return max(known, page.highest or 0)


def _following(rewalk: Rewalk, page: Statuses) -> Rewalk | None:
    """Return the walk at its next page: further back, or at the next tag; None at its end."""
    pages = rewalk.pages + 1
    is_further = page.lowest is not None and rewalk.floor < page.lowest < rewalk.below
    if pages >= REWALK_PAGES:
        return None
    if is_further and page.lowest is not None:
        return msgspec.structs.replace(rewalk, below=page.lowest, pages=pages)
    remaining = rewalk.tags[1:]
    return msgspec.structs.replace(rewalk, tags=remaining, below=rewalk.top, pages=pages) if remaining else None


def _part(rewalk: Rewalk | None, tags: int) -> float:
    """Return how much of all tags is walked; ids grow with time."""
    if rewalk is None:
        return 1.0
    within = (rewalk.top - rewalk.below) / max(1, rewalk.top - rewalk.floor)
    return (tags - len(rewalk.tags) + min(1.0, within)) / tags


def _parse_rewalk(cursor: str | None) -> Rewalk | None:
    return stored(cursor, Rewalk)


def _parse_cursor(cursor: str | None) -> MastodonCursor:
    return stored(cursor, MastodonCursor) or MastodonCursor()


def build(name: str, options: MastodonOptions, tools: SourceTools) -> MastodonSource:
    """Return the source that the operator called `name`."""
    return MastodonSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="mastodon",
    summary="Public posts under hashtags, as a Mastodon server knows them.",
    options=MastodonOptions,
    build=build,
    example={"instance": "mastodon.social", "tags": ["acme"]},
    access=Access(
        network="Mastodon",
        access="free",
        cost="none",
        look_back="40 posts a tag; what the server has, by backfill",
        delay="seconds to hours",
        tested="emulated",
    ),
)
