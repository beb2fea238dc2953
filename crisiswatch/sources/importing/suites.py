"""Deliveries of listening suites, each in its own words, read as mentions.

Brandwatch, Meltwater and Talkwalker document parts of what they send; Sprinklr's fields are from memory. Where two
spellings are told, both are read. None of them was ever seen live here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from crisiswatch.core.models import Kind, Mention, Via
from crisiswatch.errors import BadInput
from crisiswatch.sources.importing.lines import check_depth
from crisiswatch.sources.importing.records import ForeignMention, to_mention

Suite = Literal["brandwatch", "meltwater", "talkwalker", "sprinklr"]

Item = Mapping[str, Any]

_KINDS: dict[str, Kind] = {
    "news": "article", "blog": "article", "print": "article", "review": "review", "video": "video", "youtube": "video",
    "comment": "comment", "email": "email", "reviews": "review", "blogs": "article", "online": "article",
}  # fmt: skip


def parse_suite(body: bytes, suite: Suite, source: str) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    """Return the mentions in a delivery, under `source`, and a sentence for each item that cannot be read.

    Raises BadInput for what is no JSON, or holds no list where the suite puts it.
    """
    listed = _LISTS[suite](_decoded(body))
    mentions: list[Mention] = []
    reasons: list[str] = []
    for position, item in enumerate(listed, 1):
        try:
            mentions.append(to_mention(_READERS[suite](item), source, Via.PUSH))
        except (BadInput, msgspec.ValidationError, TypeError, ValueError, AttributeError) as error:
            reasons.append(f"item {position}: {str(error)[:200]}")
    return tuple(mentions), tuple(reasons)


def _decoded(body: bytes) -> object:
    """Return the JSON value in a body, or the list of those on its lines."""
    check_depth(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in body.splitlines() if line.strip()]
        try:
            return [msgspec.json.decode(line) for line in lines] if len(lines) > 1 else _refuse(error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as inner:
            return _refuse(inner)


def _refuse(error: Exception) -> object:
    raise BadInput(f"not readable as JSON: {error}"[:200]) from error


def _listed(*keys: str) -> Callable[[object], Sequence[Item]]:
    """Return a function that finds the list of items: under one of the keys, bare, or one item alone."""

    def find(document: object) -> Sequence[Item]:
        if isinstance(document, list):
            return document
        if not isinstance(document, dict):
            raise BadInput("neither an object nor a list")
        found = next((document[key] for key in keys if isinstance(document.get(key), list)), None)
        return found if found is not None else [document]

    return find


def _chunks(document: object) -> Sequence[Item]:
    """Return the results among Talkwalker's chunks; control chunks and errors of its stream are none."""
    found: list[Item] = []
    for chunk in _listed("results", "data", "documents")(document):
        if isinstance(chunk, dict) and str(chunk.get("chunk_type", "CT_RESULT")) != "CT_RESULT":
            continue
        inner: Any = chunk.get("chunk_result", chunk) if isinstance(chunk, dict) else chunk
        for _ in range(2):
            inner = inner["data"] if isinstance(inner, dict) and isinstance(inner.get("data"), dict) else inner
        found.append(inner)
    return found


def _brandwatch(item: Item) -> ForeignMention:
    text = _first(item, "fullText", "snippet", "title")
    return _foreign(
        external_id=_first(item, "resourceId", "guid", "id", "url"),
        published_at=_moment(_first(item, "date", "added")),
        text=text,
        kind=_KINDS.get(str(item.get("contentSource") or item.get("pageType")).lower()),
        title=item.get("title"),
        language=item.get("language"),
        author=_first(item, "authorId", "author", "fullname"),
        permalink=_first(item, "url", "originalUrl"),
        reach=_whole(_first(item, "reachEstimate", "monthlyVisitors")),
        instance=_first(item, "domain", "contentSource"),
    )


def _meltwater(item: Item) -> ForeignMention:
    content, source, enriched = (_inside(item, key) for key in ("content", "source", "enrichments"))
    author, location = _inside(item, "author"), _inside(item, "location")
    return _foreign(
        external_id=_first(item, "id", "external_id", "url"),
        published_at=_moment(_first(item, "published_date", "publishedDate", "indexed_date", "indexedDate")),
        text=_first(content, "body", "opening_text", "openingText", "byline", "title"),
        kind=_KINDS.get(str(source.get("type")).lower()),
        title=content.get("title"),
        language=_first(enriched, "language_code", "languageCode") or location.get("language_code"),
        author=_first(author, "external_id", "handle", "name"),
        permalink=item.get("url"),
        reach=_whole(_inside(source, "metrics").get("reach")),
        instance=_first(source, "id", "name"),
    )


def _talkwalker(item: Item) -> ForeignMention:
    author = _inside(item, "extra_author_attributes")
    return _foreign(
        external_id=_first(item, "external_id", "id", "url"),
        published_at=_moment(_first(item, "published", "indexed")),
        text=_first(item, "content", "content_snippet", "title_snippet", "title"),
        kind=_KINDS.get(str(_any(item.get("source_type"))).lower().rpartition("_")[2]),
        title=item.get("title"),
        language=item.get("lang"),
        author=_first(author, "id", "url", "name"),
        permalink=item.get("url"),
        reach=_whole(item.get("reach")),
        instance=_first(item, "domain_url", "root_url"),
        likes=_whole(item.get("engagement")),
    )


def _sprinklr(item: Item) -> ForeignMention:
    sender = _inside(item, "senderProfile") or _inside(item, "author")
    content = _inside(item, "content")
    return _foreign(
        external_id=_first(item, "universalMessageId", "snMsgId", "messageId", "id", "permalink"),
        published_at=_moment(_first(item, "snCreatedTime", "createdTime", "snModifiedTime", "publishedDate")),
        text=_first(item, "message", "text", "snippet", "title") or content.get("text"),
        kind=_KINDS.get(str(_first(item, "snType", "mediaType", "sourceType")).lower()),
        title=_first(item, "title") or content.get("title"),
        language=_first(item, "language", "lang"),
        author=_first(sender, "snId", "permalink", "screenName", "name"),
        permalink=_first(item, "permalink", "url", "link"),
        reach=_whole(_first(sender, "followers", "followersCount")),
        instance=_first(item, "channelType", "sourceType"),
    )


def _foreign(*, likes: int | None = None, **fields: Any) -> ForeignMention:
    """Return the mention, its types checked as those of any other sender are. Raises msgspec.ValidationError."""
    author = fields.pop("author", None)
    engagement = {"engagement": {"likes": likes}} if likes is not None else {}
    given = {key: value for key, value in fields.items() if value not in (None, "")} | engagement
    written = given | ({"author": str(author)} if author not in (None, "") else {})
    return msgspec.convert(written, ForeignMention)


def _first(item: Item, *keys: str) -> Any:
    """Return the first value that is there."""
    return next((item[key] for key in keys if item.get(key) not in (None, "", [])), None)


def _any(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _inside(item: Item, key: str) -> Item:
    held = item.get(key)
    return held if isinstance(held, dict) else {}


def _whole(value: object) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and isinstance(value, int | float) and 0 <= value < 2**62 else None


def _moment(value: object) -> datetime:
    """Return the time in ISO 8601 (without an offset: UTC), or in seconds or milliseconds. Raises BadInput."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1_000 if abs(value) > 100_000_000_000 else value, UTC)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"not a time: {value!r}"[:100]) from error
    raise BadInput("without a time")


_LISTS: dict[Suite, Callable[[object], Sequence[Item]]] = {
    "brandwatch": _listed("results", "mentions"),
    "meltwater": _listed("documents"),
    "talkwalker": _chunks,
    "sprinklr": _listed("data", "messages", "results"),
}
_READERS: dict[Suite, Callable[[Item], ForeignMention]] = {
    "brandwatch": _brandwatch,
    "meltwater": _meltwater,
    "talkwalker": _talkwalker,
    "sprinklr": _sprinklr,
}
