"""Maps items of any JSON API to mentions, by JMESPath."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Kind, Mention
from crisiswatch.errors import BadInput
from crisiswatch.sources.web.answers import decode_json
from crisiswatch.sources.web.plain_text import clean, from_markup
from crisiswatch.sources.web.stretches import plausible

REACTIONS = ("likes", "reposts", "replies", "views", "rating")
FIELDS = frozenset(
    {"external_id", "published_at", "text", "title", "language", "author", "author_name", "author_followers"}
    | {"instance", "kind", "permalink", "reach", "parent_id"}
    | {f"engagement.{reaction}" for reaction in REACTIONS}
)
ITEM_LIMIT = 2_000
NAME_LIMIT = 500
REPORTED = 3

Markup = Literal["html", "plain"]
_KINDS: dict[str, Kind] = {kind: kind for kind in ("post", "comment", "review", "article", "video", "email")}


class Page(msgspec.Struct, frozen=True):
    """One page: its mentions (without a source), the next page's address or token, and what could not be read."""

    mentions: tuple[Mention, ...]
    next: str | None = None
    skipped: int = 0
    reasons: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def compile_path(path: str) -> Any:
    """Return the compiled JMESPath. Raises ValueError with its position."""
    import jmespath

    try:
        return jmespath.compile(path)
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {path!r}: {str(error).splitlines()[0]}") from error


def check_fields(fields: Mapping[str, str]) -> None:
    """Raise ValueError unless known fields are mapped, those that are needed among them, by JMESPath expressions."""
    if unknown := sorted(set(fields) - FIELDS):
        raise ValueError(f"unknown field {unknown[0]!r}; known: {', '.join(sorted(FIELDS))}")
    if missing := sorted({"external_id", "text"} - set(fields)):
        raise ValueError(f"{missing[0]} is not mapped")
    for path in fields.values():
        compile_path(path)


def parse_page(body: bytes, items: str, fields: Mapping[str, str], next_page: str | None, markup: Markup) -> Page:
    """Return the mentions in a page; an item that cannot be read is counted. Raises BadInput for the page itself."""
    document = decode_json(body)
    found = _search(items, document)
    if found is None:
        raise BadInput(f"nothing at {items!r}: not the answer that was expected")
    listed = found if isinstance(found, list) else [found]
    mentions: list[Mention] = []
    reasons: list[str] = []
    for position, item in enumerate(listed[:ITEM_LIMIT], 1):
        try:
            mentions.append(_mention(item, fields, markup))
        except BadInput as error:
            reasons.append(f"item {position}: {error}"[:200])
    following = _search(next_page, document) if next_page else None
    is_usable = isinstance(following, str | int) and not isinstance(following, bool) and following != ""
    return Page(
        mentions=tuple(mentions),
        next=str(following)[:4_096] if is_usable else None,
        skipped=len(reasons) + max(0, len(listed) - ITEM_LIMIT),
        reasons=tuple(reasons[:REPORTED]),
    )


def _search(path: str, document: object) -> object:
    import jmespath

    try:
        return compile_path(path).search(document)
    except (jmespath.exceptions.JMESPathError, RecursionError, ArithmeticError, TypeError, AttributeError) as error:
        raise BadInput(f"{path!r} does not apply: {str(error)[:100]}") from error


def _mention(item: object, fields: Mapping[str, str], markup: Markup) -> Mention:
    values = {field: _search(path, item) for field, path in fields.items()}
    return Mention(
        source="",
        external_id=_identity(values["external_id"]),
        text=_required_text(values["text"], markup),
        instance=_words(values.get("instance")) or "",
        kind=_KINDS.get(str(values.get("kind")), "post"),
        title=_marked(values.get("title"), NAME_LIMIT, markup) or None,
        language=_words(values.get("language"), 35),
        author=_words(values.get("author")),
        author_name=_words(values.get("author_name")),
        author_followers=_whole(values.get("author_followers")),
        permalink=_link(values.get("permalink")),
        published_at=read_moment(values.get("published_at")),
        engagement=_engagement(values),
        reach=_whole(values.get("reach")),
        parent_id=_words(values.get("parent_id")),
    )


def read_moment(value: object) -> datetime | None:
    """Return the time in RFC 3339, an HTTP date, or seconds or milliseconds of the epoch; None if it is none."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            seconds = value / 1_000 if abs(value) > 100_000_000_000 else value
            return plausible(datetime.fromtimestamp(seconds, UTC))
        if isinstance(value, str):
            return plausible(_written(value.strip()))
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None
    return None


def _written(value: str) -> datetime:
    return parsedate_to_datetime(value) if value[:1].isalpha() else datetime.fromisoformat(value)


def _identity(value: object) -> str:
    identity = _words(value)
    if identity is None or identity == "null":  # what JMESPath's to_string makes of a value that is not there
        raise BadInput("external_id is missing, too long or not a word")
    return identity


def _required_text(value: object, markup: Markup) -> str:
    if not isinstance(value, str):
        raise BadInput("text is missing or not a string")
    return _marked(value, TEXT_LIMIT, markup)


def _marked(value: object, limit: int, markup: Markup) -> str:
    if not isinstance(value, str):
        return ""
    return from_markup(value, limit) if markup == "html" else clean(value, limit)


def _words(value: object, limit: int = NAME_LIMIT) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    words = str(value).strip() if isinstance(value, str) or abs(value) < 10**100 else ""
    return clean(words, limit) if 0 < len(words) <= limit else None


def _link(value: object) -> str | None:
    link = _words(value, 2_048)
    return link if link and link.lower().startswith(("http://", "https://")) else None


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62
    return value if is_count and isinstance(value, int) else None


def _engagement(values: Mapping[str, object]) -> Engagement | None:
    rating = values.get("engagement.rating")
    found = Engagement(
        likes=_whole(values.get("engagement.likes")),
        reposts=_whole(values.get("engagement.reposts")),
        replies=_whole(values.get("engagement.replies")),
        views=_whole(values.get("engagement.views")),
        rating=float(rating) if isinstance(rating, int | float) and abs(rating) < 1e9 else None,
    )
    return None if found == Engagement() else found
