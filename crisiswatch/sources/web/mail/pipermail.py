"""Reads a list from Pipermail: its monthly mbox files, asked for only if they changed."""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from crisiswatch.core.models import Batch, Mention, Quality
from crisiswatch.errors import BadInput, SourceUnavailable, WorkFailed
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Response
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mail.letters import parse_letter
from crisiswatch.sources.web.mail.robots import require_permission
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, mark, via

SEEN_LIMIT = 5_000
LETTERS_LIMIT = 5_000
UNPACKED_LIMIT = 20_000_000

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_START = re.compile(rb"^From [^\n]{1,300}\d{4}\r?\n", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_HIDDEN = re.compile(r"^\s*(\S{1,200} at \S{1,200})\s*(?:\((.{0,300})\))?\s*$")


class Validators(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the server gave with a file, to ask whether it changed."""

    etag: str = ""
    modified: str = ""


class PipermailCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Validators by month, marks of letters read, until when the list was read, when robots.txt was asked."""

    files: dict[str, Validators] = {}
    seen: tuple[str, ...] = ()
    until: datetime | None = None
    robots: datetime | None = None


class PipermailSource:
    """A `Source` of one list."""

    def __init__(self, name: str, url: str, tools: SourceTools) -> None:
        self.name = name
        self._url = url
        self._tools = tools

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        asked = await require_permission(self._tools.fetcher, f"{self._url}/", known.robots, now)
        wanted = months(known.until or now, now)
        answers = {month: await self._month(month, known, now) for month in wanted}
        if all(answer.status == 404 for answer in answers.values()):
            # A month without letters has no file; but a wrong address has none either, for ever.
            require_success(await self._tools.fetcher.fetch(f"{self._url}/"), now)
        letters: dict[str, Mention] = {}
        for answer in answers.values():
            letters |= {mark(one.external_id): one for one in await self._letters(answer)}
        before = frozenset(known.seen)
        fresh = [mention for key, mention in letters.items() if key not in before]
        following = PipermailCursor(
            files={month: self._validators(answer, known.files.get(month)) for month, answer in answers.items()},
            seen=tuple(dict.fromkeys((*reversed(letters), *known.seen)))[:SEEN_LIMIT],
            until=now,
            robots=asked,
        )
        return Batch(
            mentions=tuple(self._own(mention, known.until, now) for mention in fresh),
            coverage=coverage(self.name, known.until, now, Quality.COMPLETE),
            cursor=msgspec.json.encode(following).decode(),
            cost=float(len(answers)),
        )

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _month(self, month: str, known: PipermailCursor, now: datetime) -> Response:
        validators = known.files.get(month, Validators())
        given = {"If-None-Match": validators.etag, "If-Modified-Since": validators.modified}
        headers = {name: value for name, value in given.items() if value}
        response = await self._tools.fetcher.fetch(f"{self._url}/{month}.txt", headers=headers)
        if response.status == 404:
            # Past months are often kept packed only.
            response = await self._tools.fetcher.fetch(f"{self._url}/{month}.txt.gz", headers=headers)
        if response.status != 404:
            require_success(response, now)
        return response

    async def _letters(self, answer: Response) -> list[Mention]:
        if answer.status != 200:
            return []
        try:
            return await self._tools.isolator.call(parse_mbox, answer.body)
        except WorkFailed as error:
            raise SourceUnavailable(f"{self.name}: {error}"[:300], "parse") from error

    def _validators(self, answer: Response, known: Validators | None) -> Validators:
        if answer.status != 200:
            return known or Validators()
        return Validators(answer.headers.get("etag", "")[:500], answer.headers.get("last-modified", "")[:100])

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def months(since: datetime, now: datetime) -> tuple[str, ...]:
    """Return the names of the months from `since` to now, oldest first; on a month's first day the one before, too."""
    begin = min(since, now - timedelta(days=1))
    first, last = begin.year * 12 + begin.month - 1, now.year * 12 + now.month - 1
    return tuple(f"{number // 12}-{_MONTHS[number % 12]}" for number in range(max(first, last - 24), last + 1))


def parse_mbox(body: bytes) -> list[Mention]:
    """Return the letters of an mbox file, packed or not, in its order, without a source. Raises BadInput."""
    text = _unpacked(body)
    if text.lstrip()[:1] == b"<" or not (_START.match(text) or not text.strip()):
        raise BadInput("not an mbox file")
    starts = [match.start() for match in _START.finditer(text) if match.start() == 0 or _follows_blank(text, match)]
    edges = [*starts, len(text)]
    found = (_letter(text[start:end]) for start, end in pairwise(edges[: LETTERS_LIMIT + 1]))
    return [mention for mention in found if mention is not None]


def _follows_blank(text: bytes, match: re.Match[bytes]) -> bool:
    return text[max(0, match.start() - 4) : match.start()].replace(b"\r", b"").endswith(b"\n\n")


def _letter(raw: bytes) -> Mention | None:
    raw = _QUOTED_FROM.sub(rb"\1", raw.partition(b"\n")[2])
    letter = parse_letter(raw)
    if not (letter.text or letter.subject):
        return None
    hidden = _HIDDEN.match(_from(raw))
    return Mention(
        source="",
        external_id=letter.id,
        title=letter.subject or None,
        text=letter.text or letter.subject,
        author=clean(hidden[1].lower(), 500) if hidden else letter.address or None,
        author_name=(clean(hidden[2] or "", 500) if hidden else letter.name) or None,
        published_at=letter.sent_at,
        parent_id=letter.parent,
    )


def _from(raw: bytes) -> str:
    """Return the From header as it stands: archives write `kay at example.org (Kay)`, which is no address."""
    found = re.search(rb"^From: ([^\r\n]{0,700})", raw[:20_000], re.MULTILINE | re.IGNORECASE)
    return found[1].decode("utf-8", "replace") if found else ""


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(body, UNPACKED_LIMIT)
    except zlib.error as error:
        raise BadInput("a packed file that is broken") from error
    return unpacked


def _parse_cursor(cursor: str | None) -> PipermailCursor:
    return stored(cursor, PipermailCursor) or PipermailCursor()
