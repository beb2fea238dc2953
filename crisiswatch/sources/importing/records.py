"""The mention as others write it: one JSON object or CSV row in the import format, made into a `Mention`."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Engagement, Kind, Mention, Via
from crisiswatch.errors import BadInput

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Times outside [EARLIEST, LATEST) are mistakes: zero dates, sentinels, wrong units."""

ID_LIMIT = 512
NAME_LIMIT = 500
LINK_LIMIT = 2048

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]


class ForeignAuthor(msgspec.Struct, frozen=True):
    """An author as an object, as some senders write it."""

    id: str | int | None = None
    name: str | None = None
    followers: Number | None = None


class ForeignEngagement(msgspec.Struct, frozen=True):
    """Reactions, with every key optional."""

    likes: Number | None = None
    reposts: Number | None = None
    replies: Number | None = None
    views: Number | None = None
    rating: float | None = None


class ForeignMention(msgspec.Struct, frozen=True):
    """The import format, key by key; unknown keys are dropped, null is the same as absent."""

    external_id: str | int
    published_at: Moment
    text: str
    source: str | None = None
    instance: str | None = None
    kind: Kind | None = None
    title: str | None = None
    language: str | None = None
    author: str | int | ForeignAuthor | None = None
    author_followers: Number | None = None
    permalink: str | None = None
    observed_at: Moment | None = None
    engagement: ForeignEngagement | None = None
    reach: Number | None = None
    parent_id: str | int | None = None
    via: Via | None = None
    brands: list[str] | None = None


def to_mention(foreign: ForeignMention, source: str, via: Via) -> Mention:
    """Return the mention, cleaned and bounded; `source` and `via` stand where the record names none.

    Raises BadInput for an empty or over-long id, and for absurd times.
    """
    author, name, followers = _author(foreign)
    return Mention(
        source=clean(foreign.source or source, NAME_LIMIT),
        instance=clean(foreign.instance or "", NAME_LIMIT),
        external_id=_identity(foreign.external_id),
        kind=foreign.kind or "post",
        title=_optional(foreign.title, NAME_LIMIT),
        text=clean(foreign.text, TEXT_LIMIT),
        language=_optional(foreign.language, 35),
        author=author,
        author_name=name,
        author_followers=_people(followers),
        permalink=web_link(foreign.permalink),
        published_at=plausible(foreign.published_at, "published_at"),
        observed_at=None if foreign.observed_at is None else plausible(foreign.observed_at, "observed_at"),
        engagement=_engagement(foreign.engagement),
        reach=_people(foreign.reach),
        parent_id=None if foreign.parent_id is None else clean(str(foreign.parent_id), ID_LIMIT),
        via=foreign.via or via,
        brands=tuple(clean(brand, NAME_LIMIT) for brand in foreign.brands or ()),
    )


def clean(text: str, limit: int) -> str:
    """Return NFC text of at most `limit` characters, lone surrogates and NULs replaced."""
    text = text[:limit]
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    text = text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # Composing never lengthens by more than a handful of exotic characters; the second cut keeps the promise.
    return unicodedata.normalize("NFC", text)[:limit]


def plausible(moment: datetime, key: str) -> datetime:
    """Return the time in UTC, or raise BadInput if nobody can have meant it."""
    if not 1979 < moment.year < 2101 or not EARLIEST <= moment < LATEST:
        raise BadInput(f"{key} {moment.isoformat()} is outside {EARLIEST.year}..{LATEST.year}")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def web_link(link: str | None) -> str | None:
    """Return the link if it is http(s) and of a sensible length: others could run or hide something."""
    if not link or len(link) > LINK_LIMIT or not link.lower().startswith(("http://", "https://")):
        return None
    return clean(link, LINK_LIMIT)


def _identity(external_id: str | int) -> str:
    text = str(external_id)
    if not text.strip() or len(text) > ID_LIMIT:
        raise BadInput(f"external_id must have 1 to {ID_LIMIT} characters")
    return clean(text, ID_LIMIT)


def _author(foreign: ForeignMention) -> tuple[str | None, str | None, int | None]:
    author = foreign.author
    if isinstance(author, ForeignAuthor):
        followers = foreign.author_followers if author.followers is None else author.followers
        reference = author.name if author.id is None else str(author.id)
        return _optional(reference, NAME_LIMIT), _optional(author.name, NAME_LIMIT), followers
    return _optional(None if author is None else str(author), NAME_LIMIT), None, foreign.author_followers


def _people(number: int | None) -> int | None:
    """Return a number of people; a negative one is as good as none. (Reactions may be negative: votes are netted.)"""
    return number if number is None or number >= 0 else None


def _optional(text: str | None, limit: int) -> str | None:
    return clean(text, limit) if text else None


def _engagement(foreign: ForeignEngagement | None) -> Engagement | None:
    if foreign is None:
        return None
    return Engagement(
        likes=foreign.likes,
        reposts=foreign.reposts,
        replies=foreign.replies,
        views=foreign.views,
        rating=foreign.rating,
    )
