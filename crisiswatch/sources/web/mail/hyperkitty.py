"""Reads a list from HyperKitty: walks its newest letters back to a known one, then reads each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Quality
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mail.letters import without_quotes
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, mark, plausible, via

PAGE = 50
PAGES_LIMIT = 10
STEP = 20
"""Letters that one step reads."""

SEEN_LIMIT = 2_000
NAME_LIMIT = 500
HASH_LIMIT = 100


class HyperkittyCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Marks of letters read, until when all were, and the walk: its begin, next offset, and hashes still to read."""

    until: datetime | None = None
    seen: tuple[str, ...] = ()
    started: datetime | None = None
    offset: int = 0
    waiting: tuple[str, ...] = ()
    is_listed: bool = False
    is_partial: bool = False


class HyperkittySource:
    """A `Source` of one list; one page of the listing, or some letters, a fetch."""

    def __init__(self, name: str, url: str, list: str, tools: SourceTools) -> None:
        self.name = name
        self._url = url
        self._list = list
        self._tools = tools

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        if known.is_listed:
            return await self._read(known, now)
        return await self._walk(known, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _walk(self, known: HyperkittyCursor, now: datetime) -> Batch:
        """Read one page of the listing, newest first, until a known letter is on it."""
        body = await self._get(f"emails/?limit={PAGE}&offset={known.offset}", now)
        if body is None:
            raise SourceUnavailable(f"{self.name}: the list's pages have gone", "parse")
        hashes = self._parsed(parse_listing, body)
        before = frozenset(known.seen)
        fresh = [one for one in hashes if mark(one) not in before and one not in known.waiting]
        is_met = len(hashes) < PAGE or not before or any(mark(one) in before for one in hashes)
        is_cut = not is_met and known.offset >= PAGE * (PAGES_LIMIT - 1)
        cursor = msgspec.structs.replace(
            known,
            started=known.started or now,
            offset=known.offset + PAGE,
            waiting=(*known.waiting, *dict.fromkeys(fresh)),
            is_listed=is_met or is_cut,
            is_partial=is_cut,
        )
        warning = (f"more than {PAGE * PAGES_LIMIT} letters since the last poll: the rest was not read",)
        if cursor.is_listed and not cursor.waiting:
            return self._done(cursor, (), now, 1.0)
        return Batch(cursor=_written(cursor), more=True, cost=1.0, warnings=warning if is_cut else ())

    async def _read(self, known: HyperkittyCursor, now: datetime) -> Batch:
        """Read the oldest of the letters that wait."""
        step = known.waiting[-STEP:]
        mentions: list[Mention] = []
        skipped = 0
        for one in reversed(step):
            body = await self._get(f"email/{quote(one, safe='')}/", now)
            if body is None:
                continue
            mention = self._parsed(parse_email, body)
            if mention is None:
                skipped += 1
                continue
            mentions.append(self._own(mention, one, known.until, now))
        cursor = msgspec.structs.replace(
            known,
            waiting=known.waiting[:-STEP],
            seen=(*(mark(one) for one in step), *known.seen)[:SEEN_LIMIT],
        )
        if not cursor.waiting:
            return self._done(cursor, tuple(mentions), now, float(len(step)), skipped)
        return Batch(
            mentions=tuple(mentions), cursor=_written(cursor), more=True, cost=float(len(step)), skipped=skipped
        )

    def _done(
        self, cursor: HyperkittyCursor, mentions: tuple[Mention, ...], now: datetime, cost: float, skipped: int = 0
    ) -> Batch:
        started = cursor.started or now
        quality = Quality.PARTIAL if cursor.is_partial else Quality.COMPLETE
        return Batch(
            mentions=mentions,
            coverage=coverage(self.name, cursor.until, started, quality),
            cursor=_written(HyperkittyCursor(until=started, seen=cursor.seen)),
            cost=cost,
            skipped=skipped,
        )

    async def _get(self, path: str, now: datetime) -> bytes | None:
        """Return the body of an answer; None for a letter that is gone."""
        url = f"{self._url}/api/list/{quote(self._list, safe='@')}/{path}"
        response = await self._tools.fetcher.fetch(url, headers={"Accept": "application/json"})
        if path.startswith("email/") and response.status in (404, 410):
            return None
        require_success(response, now)
        return response.body

    def _parsed(self, parse: Any, body: bytes) -> Any:
        try:
            return parse(body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    def _own(self, mention: Mention, hash: str, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(
            mention,
            source=self.name,
            permalink=f"{self._url}/list/{quote(self._list, safe='@')}/message/{quote(hash, safe='')}/",
            via=via(mention.published_at, until, now),
        )


def parse_listing(body: bytes) -> list[str]:
    """Return the hashes of the letters on a page, in its order. Raises BadInput."""
    document = decode_json(body)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise BadInput("no list of results")
    hashes = [item.get("message_id_hash") for item in results if isinstance(item, dict)]
    return [one for one in hashes if isinstance(one, str) and 0 < len(one) <= HASH_LIMIT]


def parse_email(body: bytes) -> Mention | None:
    """Return the letter in an answer, without a source; None if it has no id. Raises BadInput."""
    document = decode_json(body)
    if not isinstance(document, dict):
        raise BadInput("no letter")
    identity = _words(document.get("message_id"))
    subject = _words(document.get("subject"))
    content = document.get("content")
    text = without_quotes(content[:TEXT_LIMIT]) if isinstance(content, str) else ""
    if identity is None or not (text or subject):
        return None
    sender = document.get("sender")
    return Mention(
        source="",
        external_id=identity.strip("<>"),
        title=subject,
        text=text or subject or "",
        author=_author(sender if isinstance(sender, dict) else {}),
        author_name=_words(document.get("sender_name")),
        published_at=_moment(document.get("date")),
        engagement=_votes(document.get("votes")),
        parent_id=_parent(document.get("parent")),
    )


def _author(sender: Mapping[str, Any]) -> str | None:
    return _words(sender.get("mailman_id")) or _words(sender.get("address"))


def _votes(votes: object) -> Engagement | None:
    likes = votes.get("likes") if isinstance(votes, dict) else None
    return Engagement(likes=likes) if isinstance(likes, int) and 0 <= likes < 2**62 else None


def _parent(link: object) -> str | None:
    """Return the hash at the end of a letter's address: its Message-ID is not told."""
    return _words(link.rstrip("/").rpartition("/")[2]) if isinstance(link, str) else None


def _moment(value: object) -> datetime | None:
    try:
        return plausible(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _words(value: object) -> str | None:
    return clean(value.strip(), NAME_LIMIT) or None if isinstance(value, str) else None


def _written(cursor: HyperkittyCursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _parse_cursor(cursor: str | None) -> HyperkittyCursor:
    return stored(cursor, HyperkittyCursor) or HyperkittyCursor()
