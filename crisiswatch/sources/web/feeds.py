"""Reads RSS, Atom and JSON Feed documents. Runs in an isolated worker: a feed is a stranger's text."""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from crisiswatch.core.models import TEXT_LIMIT
from crisiswatch.errors import BadInput
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.plain_text import clean, from_markup
from crisiswatch.sources.web.stretches import plausible

ENTRY_LIMIT = 500
LINE_LIMIT = 500
LINK_LIMIT = 2048


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a feed; `id` is stable from fetch to fetch even where the feed gives none."""

    id: str
    text: str
    title: str | None = None
    link: str | None = None
    author: str | None = None
    author_link: str | None = None
    published_at: datetime | None = None
    language: str | None = None


class Feed(msgspec.Struct, frozen=True):
    """What a feed document held, in its order; `dropped` counts entries beyond the limit.

    `hub` is who tells of new entries, `topic` the address under which the hub knows the feed.
    """

    entries: tuple[Entry, ...]
    dropped: int = 0
    hub: str | None = None
    topic: str | None = None


def parse_feed(body: bytes, url: str) -> Feed:
    """Return the entries of a feed fetched from `url`. Raises BadInput."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise BadInput("an empty document where a feed was expected")
    if start.startswith(b"{"):
        return _json_feed(start)
    refuse_declarations(body)
    return _xml_feed(body, url)


def refuse_declarations(body: bytes) -> None:
    """Raise BadInput for a document type or entities before the first element, in any encoding of ASCII letters."""
    rest = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    while rest.startswith((b"<?", b"<!--")):
        end = b"?>" if rest.startswith(b"<?") else b"-->"
        rest = rest.partition(end)[2].lstrip()
    if rest.startswith(b"<!"):
        is_page = rest[:20].lower().startswith(b"<!doctype html")
        raise BadInput("a web page where a feed was expected" if is_page else "a feed with declarations is refused")


def _xml_feed(body: bytes, url: str) -> Feed:
    import feedparser

    try:
        # A stream, never the bytes themselves: feedparser would take these for the name of a file.
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except ValueError as error:  # feedparser trips over it before it reads anything
        raise BadInput("a feed that declares an encoding which is no name of one") from error
    if not parsed.get("version") and not parsed.entries:
        raise BadInput("not a feed")
    language = _words(parsed.feed.get("language"), 35)
    entries = tuple(_xml_entry(entry, language) for entry in parsed.entries[:ENTRY_LIMIT])
    links = parsed.feed.get("links") or ()
    return Feed(entries, max(0, len(parsed.entries) - ENTRY_LIMIT), _related(links, "hub"), _related(links, "self"))


def _related(links: Iterable[Mapping[str, Any]], relation: str) -> str | None:
    """Return the first usable link of that relation."""
    found = (_link(link.get("href")) for link in links if link.get("rel") == relation)
    return next((link for link in found if link), None)


def _xml_entry(entry: Mapping[str, Any], language: str | None) -> Entry:
    title = _marked(entry.get("title_detail"), LINE_LIMIT)
    text = _body(entry)
    link = _link(entry.get("link"))
    detail = entry.get("author_detail") or {}
    return Entry(
        id=_identity(entry.get("id"), link, title, text),
        title=title or None,
        text=text or title,
        link=link,
        author=_words(detail.get("name") or entry.get("author"), LINE_LIMIT),
        author_link=_link(detail.get("href")),
        published_at=_moment(_dated(entry)),
        language=_words(_language(entry), 35) or language,
    )


def _body(entry: Mapping[str, Any]) -> str:
    """Return the longest of the contents, or else the summary, as text."""
    contents = [_marked(content, TEXT_LIMIT) for content in entry.get("content") or ()]
    return max(contents, key=len, default="") or _marked(entry.get("summary_detail"), TEXT_LIMIT)


def _language(entry: Mapping[str, Any]) -> object:
    contents = entry.get("content") or ()
    return next((content.get("language") for content in contents if content.get("language")), None)


def _dated(entry: Mapping[str, Any]) -> object:
    """Return the parsed time of publishing, or else of the last change."""
    # A plain copy: feedparser's own mapping makes up values for missing keys, with a warning.
    plain = dict(entry)
    return plain.get("published_parsed") or plain.get("updated_parsed")


def _marked(detail: Mapping[str, Any] | None, limit: int) -> str:
    """Return the text of a construct, whose markup is removed unless it says that there is none."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    is_plain = detail.get("type") == "text/plain" and "</" not in value and "&lt;" not in value
    return clean(value.strip(), limit) if is_plain else from_markup(value, limit)


def _json_feed(body: bytes) -> Feed:
    document = decode_json(body)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(items, list):
        raise BadInput("a JSON document that is no JSON Feed")
    language = _words(document.get("language"), 35)
    usable = [item for item in items if isinstance(item, dict)]
    entries = tuple(_json_entry(item, language) for item in usable[:ENTRY_LIMIT])
    hubs = document.get("hubs")
    urls = (hub.get("url") for hub in (hubs if isinstance(hubs, list) else ()) if isinstance(hub, dict))
    hub = next((link for link in map(_link, urls) if link), None)
    return Feed(entries, len(items) - len(entries), hub, _link(document.get("feed_url")))


def _json_entry(item: Mapping[str, Any], language: str | None) -> Entry:
    title = _words(item.get("title"), LINE_LIMIT)
    markup = item.get("content_html")
    text = from_markup(markup, TEXT_LIMIT) if isinstance(markup, str) else ""
    text = text or _words(item.get("content_text"), TEXT_LIMIT) or _words(item.get("summary"), TEXT_LIMIT) or ""
    link = _link(item.get("url")) or _link(item.get("external_url"))
    author = _first_author(item)
    return Entry(
        id=_identity(item.get("id"), link, title or "", text),
        title=title,
        text=text or title or "",
        link=link,
        author=_words(author.get("name"), LINE_LIMIT),
        author_link=_link(author.get("url")),
        published_at=_iso_moment(item.get("date_published")) or _iso_moment(item.get("date_modified")),
        language=_words(item.get("language"), 35) or language,
    )


def _first_author(item: Mapping[str, Any]) -> Mapping[str, Any]:
    authors = item.get("authors")
    candidates: Iterable[object] = [*(authors if isinstance(authors, list) else ()), item.get("author")]
    return next((author for author in candidates if isinstance(author, dict)), {})


def _identity(given: object, link: str | None, title: str, text: str) -> str:
    """Return the feed's own id, or one that is made of what the entry says."""
    own = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if 0 < len(own) <= LINE_LIMIT:
        return clean(own, LINE_LIMIT)
    made_of = own or f"{link or text[:500]}|{title}"
    return "sha256:" + sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()


def _words(value: object, limit: int) -> str | None:
    return (clean(value.strip(), limit) or None) if isinstance(value, str) else None


def _link(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > LINK_LIMIT:
        return None
    link = value.strip()
    return clean(link, LINK_LIMIT) if link.lower().startswith(("http://", "https://")) else None


def _moment(parsed: Any) -> datetime | None:
    """Return the time that feedparser found (a UTC time tuple), if somebody can have meant it."""
    if not parsed:
        return None
    try:
        return plausible(datetime.fromtimestamp(timegm(parsed), UTC))
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _iso_moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return plausible(datetime.fromisoformat(value))
    except ValueError:
        return None
