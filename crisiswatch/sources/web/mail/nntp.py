"""`nntp`: newsgroups (Usenet), as one news server holds them.

*Access*: your own server, or an account; many are free. *Cost*: one connection a poll. *Limits*: 100 articles a group
and step, 500 kB of an article; larger ones (binaries) are left out. *Look-back*: what the server keeps; the first poll
reads the last 100 articles of each group. *Delay*: minutes; articles travel from server to server, some for hours.
*Cannot see*: articles that never reached this server, cancelled ones, and an article that the server lists late under a
number below one that was read. *Quality*: complete for the server. An article that was posted to several groups
counts once, by its Message-ID; so does everything that is read again after the server gave its articles new numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints, model_validator

from crisiswatch.core.models import Batch, Mention, Quality
from crisiswatch.errors import WorkFailed, WorkTimedOut
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mail.letters import Letter, parse_letter
from crisiswatch.sources.web.mail.newsserver import (
    ARTICLE_LIMIT,
    Encryption,
    Group,
    Listed,
    NewsAccount,
    NewsServer,
)
from crisiswatch.sources.web.stretches import coverage, mark, via

STEP = 100
"""Numbers of a group that one step reads."""

FIRST = 100
"""Articles of a group that the first poll reads: one step, so that all of them are known to be history."""

REREAD = 500
"""Articles of a group that are read again when the server gave them new numbers."""

REPORTED = 3

_PORTS: dict[Encryption, int] = {"tls": 563, "starttls": 119, "none": 119}

GroupName = Annotated[str, StringConstraints(pattern=r"^[^\s,*?!\[\]\\\x00-\x1f]{1,300}$")]


class NntpOptions(Options):
    """Which server, and which newsgroups."""

    model_config = ConfigDict(defer_build=True)

    host: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$", description="Name of the server.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Its port; by default that of `encryption`.")
    encryption: Encryption = Field(default="tls", description="How the connection is protected.")
    groups: tuple[GroupName, ...] = Field(min_length=1, max_length=100, description="Names of the newsgroups.")
    user: str = Field(default="", pattern=r"^[^\s]{0,200}$", description="Who logs in; none: nobody does.")
    password: SecretStr | None = Field(default=None, description="Password of the account.")

    @model_validator(mode="after")
    def _has_both_or_none(self) -> NntpOptions:
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password are given together")
        return self


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a group was read: the highest number, and a mark of the article that had it."""

    number: int
    last: str = ""


class NntpCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far each group was read, and until when all of them were."""

    places: dict[str, Place] = {}
    until: datetime | None = None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What one step brought of one group."""

    articles: tuple[tuple[Listed, bytes], ...]
    place: Place
    more: bool
    left_out: int
    warnings: tuple[str, ...] = ()
    has_gap: bool = False


class NntpSource:
    """A `Source` that reads the articles above the highest number it knows, group by group."""

    def __init__(self, name: str, options: NntpOptions, tools: SourceTools) -> None:
        self.name = name
        self._tools = tools
        self._groups = tuple(dict.fromkeys(options.groups))
        self._account = NewsAccount(
            host=options.host,
            port=options.port or _PORTS[options.encryption],
            encryption=options.encryption,
            user=options.user,
            password=options.password.get_secret_value() if options.password else "",
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        server = NewsServer(self._account)
        try:
            await server.open()
            visits = {group: await visit(server, group, known.places.get(group)) for group in self._groups}
        finally:
            await server.close()
        return await self._batch(known, visits, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _batch(self, known: NntpCursor, visits: dict[str, Visit], now: datetime) -> Batch:
        more = any(visit.more for visit in visits.values())
        is_partial = known.is_partial or any(visit.has_gap for visit in visits.values())
        cursor = NntpCursor(
            places={group: visit.place for group, visit in visits.items()},
            until=known.until if more else now,
            is_partial=more and is_partial,
        )
        mentions: dict[str, Mention] = {}
        warnings = [warning for visit in visits.values() for warning in visit.warnings]
        unread = 0
        for group, seen in visits.items():
            is_new = group not in known.places
            found, reasons = await self._read(seen.articles, None if is_new else known.until, now)
            mentions |= {mention.external_id: mention for mention in found if mention.external_id not in mentions}
            warnings += reasons[:REPORTED]
            unread += len(reasons)
        quality = Quality.PARTIAL if is_partial else Quality.COMPLETE
        return Batch(
            mentions=tuple(mentions.values()),
            coverage=() if more else coverage(self.name, known.until, now, quality),
            cursor=msgspec.json.encode(cursor).decode(),
            more=more,
            cost=1.0,
            skipped=unread + sum(visit.left_out for visit in visits.values()),
            warnings=tuple(warnings),
        )

    async def _read(
        self, articles: Sequence[tuple[Listed, bytes]], until: datetime | None, now: datetime
    ) -> tuple[list[Mention], list[str]]:
        mentions: list[Mention] = []
        reasons: list[str] = []
        for listed, raw in articles:
            try:
                found = await self._tools.isolator.call(parse_article, raw)
            except (WorkFailed, WorkTimedOut) as error:
                # One article made to break the reader must not stop all that come after it.
                reasons.append(f"article {listed.number} cannot be read: {error}"[:200])
                continue
            mentions += [self._own(mention, until, now) for mention in found]
        return mentions, reasons

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


async def visit(server: NewsServer, name: str, known: Place | None) -> Visit:
    """Return the next articles of a group."""
    group = await server.group(name)
    is_renumbered = known is not None and await _is_renumbered(server, group, known)
    start = _start(group, known, is_renumbered=is_renumbered)
    has_gap = known is not None and not is_renumbered and group.count > 0 and group.low > known.number + 1
    end = min(group.high, start + STEP - 1)
    listed = await server.overview(start, end) if group.count and start <= end else []
    articles = [(one, await server.article(one.number)) for one in listed if one.size <= ARTICLE_LIMIT]
    warnings = [f"{name}: the server gave its articles new numbers: the last ones are read again"] * is_renumbered
    warnings += [f"{name}: articles expired before they were read"] * has_gap
    return Visit(
        articles=tuple((one, raw) for one, raw in articles if raw is not None),
        place=_place(listed, max(end, start - 1), None if is_renumbered else known),
        more=end < group.high,
        left_out=len(listed) - len(articles),
        warnings=tuple(warnings),
        has_gap=has_gap,
    )


async def _is_renumbered(server: NewsServer, group: Group, known: Place) -> bool:
    """Tell whether the number that was read last means another article now."""
    if group.high < known.number:
        return group.count > 0 or group.high > 0
    if not known.last or not group.low <= known.number <= group.high:
        return False
    current = await server.message_id(known.number)
    return current is not None and mark(current) != known.last


def _start(group: Group, known: Place | None, *, is_renumbered: bool) -> int:
    if known is None:
        return max(group.low, group.high - FIRST + 1)
    if is_renumbered:
        return max(group.low, group.high - REREAD + 1)
    return max(group.low, known.number + 1)


def _place(listed: Sequence[Listed], number: int, known: Place | None) -> Place:
    """Return how far the group is read now; the mark is kept only where it is that of the very number."""
    if listed and listed[-1].number == number:
        return Place(number, mark(listed[-1].message_id))
    return known if known is not None and known.number == number else Place(number)


def parse_article(raw: bytes) -> tuple[Mention, ...]:
    """Return the mention in an article, without a source; none for control messages and empty ones."""
    if b"\ncontrol:" in raw[: raw.find(b"\r\n\r\n") + 1].lower():
        return ()
    letter = parse_letter(raw)
    return (_mention(letter),) if letter.text or letter.subject else ()


def _mention(letter: Letter) -> Mention:
    return Mention(
        source="",
        external_id=letter.id,
        title=letter.subject or None,
        text=letter.text or letter.subject,
        language=letter.language,
        author=letter.address or letter.name or None,
        author_name=letter.name or None,
        published_at=letter.sent_at,
        parent_id=letter.parent,
    )


def _parse_cursor(cursor: str | None) -> NntpCursor:
    return stored(cursor, NntpCursor) or NntpCursor()


def build(name: str, options: NntpOptions, tools: SourceTools) -> NntpSource:
    """Return the source that the operator called `name`."""
    return NntpSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="nntp",
    summary="Newsgroups (Usenet) of one news server.",
    options=NntpOptions,
    build=build,
    example={"host": "news.example.org", "groups": ["comp.kettles", "alt.kettles"]},
    access=Access(
        network="Usenet (NNTP)",
        access="free",
        cost="none; some servers are paid",
        look_back="what the server keeps",
        delay="minutes to hours",
        tested="real server",
    ),
)
