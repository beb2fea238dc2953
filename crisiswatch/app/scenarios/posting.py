"""Who says it and where: streams of mentions with authors, links, times and reactions."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import msgspec

from crisiswatch.app.scenarios.timing import Rate, Stretch, arrivals
from crisiswatch.app.scenarios.writing import Mood, article, post
from crisiswatch.core.models import Engagement, Mention

SOURCES = ("mastodon", "news", "forum")

Shares = tuple[tuple[str, float], ...]
"""Names with their parts of the whole, which is 1."""

_FIRST = (
    "amber", "birch", "cedar", "dapper", "early", "fuzzy", "gentle", "hazel", "indigo", "jolly", "keen",
    "lucky", "mellow", "noble", "olive", "pixel", "quiet", "rapid",
)  # fmt: skip
_SECOND = (
    "otter", "pedal", "teapot", "wheel", "panda", "river", "baker", "sailor", "robin", "comet", "maple",
    "tinker", "badger", "walnut", "cactus", "heron", "lantern",
)  # fmt: skip
_OUTLETS = ("daily-lantern", "harbour-post", "kettle-and-wheel", "morning-ledger", "norte-hoy", "la-gazette-du-quai")
_REGULARS = 3_000
_NEWCOMERS = 30_000
_COPIED_FROM = 60
_RATINGS = {Mood.POSITIVE: (4, 5), Mood.NEUTRAL: (3, 4), Mood.LAUNCH: (5, 5)}
_REVIEWS = 0.3


@dataclass(frozen=True, slots=True)
class Stream:
    """One flow of mentions of a brand: when, where, in which mood and language.

    `rate` never exceeds `most`. `copies` is the part that repeats an earlier text of the stream; `newcomers`
    are authors that were never heard before.
    """

    brand: str
    stretch: Stretch
    rate: Rate
    most: float
    moods: tuple[tuple[Mood, float], ...]
    languages: Shares
    sources: Shares = (("mastodon", 0.62), ("forum", 0.30), ("news", 0.08))
    copies: float = 0.0
    newcomers: bool = False


@dataclass(slots=True)
class Poster:
    """Writes streams; remembers who has how many followers. The same random numbers give the same mentions."""

    random: Random
    followers: dict[int, int] = field(default_factory=dict)
    written: int = 0

    def write(self, stream: Stream) -> Iterator[Mention]:
        """Yield the mentions of a stream, by the time of their observation."""
        pick = self.random.random
        moods, languages, sources = (
            _Choice(list(shares)) for shares in (stream.moods, stream.languages, stream.sources)
        )
        earlier: deque[Mention] = deque(maxlen=_COPIED_FROM)
        for moment in arrivals(self.random, stream.stretch, stream.rate, stream.most):
            if stream.copies and earlier and pick() < stream.copies:
                yield self._copy(earlier[-1 - int(pick() ** 2 * len(earlier))], moment)
                continue
            draft = _Draft(stream.brand, Mood(moods.pick(pick())), languages.pick(pick()), sources.pick(pick()), moment)
            if draft.source == "news":
                yield self._news(draft)
                continue
            earlier.append(self._post(draft, stream.newcomers))
            yield earlier[-1]

    def _post(self, draft: _Draft, is_new: bool) -> Mention:
        author = self._author(draft.source, is_new)
        number = self._number()
        is_review = draft.mood is Mood.BAD_REVIEW or (draft.source == "forum" and self.random.random() < _REVIEWS)
        return Mention(
            source=draft.source,
            external_id=f"{draft.source}-{number}",
            text=post(self.random, draft.brand, draft.mood, draft.language),
            kind="review" if is_review else "post",
            language=draft.language if draft.source == "mastodon" else None,
            author=author.url,
            author_name=author.name,
            author_followers=author.followers,
            permalink=_permalink(draft.source, author, number),
            published_at=self._published(draft.moment, 5, 90),
            observed_at=draft.moment,
            engagement=self._rated(draft.mood) if is_review else self._reactions(draft.mood, author.followers),
        )

    def _news(self, draft: _Draft) -> Mention:
        item = article(self.random, draft.brand, draft.mood, draft.language)
        outlet, number = self.random.choice(_OUTLETS), self._number()
        return Mention(
            source="news",
            external_id=f"news-{number}",
            kind="article",
            title=item.title,
            text=item.text,
            language=draft.language,
            author=f"https://{outlet}.example/",
            author_name=outlet.replace("-", " ").title(),
            permalink=f"https://{outlet}.example/{draft.moment:%Y/%m/%d}/{number}",
            published_at=self._published(draft.moment, 120, 480),
            observed_at=draft.moment,
            reach=20_000 * (1 + _OUTLETS.index(outlet)),
        )

    def _copy(self, original: Mention, moment: datetime) -> Mention:
        """Return a repost, or the same words again where nothing can be reposted."""
        author, number = self._author(original.source, True), self._number()
        is_repost = original.source == "mastodon"
        return msgspec.structs.replace(
            original,
            external_id=f"{original.source}-{number}",
            text=f"RT @{original.author_name}: {original.text}" if is_repost else original.text,
            author=author.url,
            author_name=author.name,
            author_followers=author.followers,
            permalink=_permalink(original.source, author, number),
            published_at=self._published(moment, 5, 90),
            observed_at=moment,
            engagement=None if is_repost else original.engagement,
            parent_id=original.external_id if is_repost else None,
        )

    def _author(self, source: str, is_new: bool) -> _Author:
        # Squaring makes some regulars write much more than others.
        draw = self.random.random()
        number = _REGULARS + int(draw * _NEWCOMERS) if is_new else int(draw * draw * _REGULARS)
        followers = self.followers.get(number)
        if followers is None:
            followers = self.followers[number] = int(self.random.lognormvariate(5.0, 1.5))
        name = f"{_FIRST[number % len(_FIRST)]}_{_SECOND[number % len(_SECOND)]}{number}"
        place = "https://mastodon.example/@" if source == "mastodon" else "https://forum.example/u/"
        return _Author(place + name, name, followers if source == "mastodon" else None)

    def _number(self) -> int:
        self.written += 1
        return 100_000 + self.written

    def _published(self, moment: datetime, least: int, most: int) -> datetime:
        return moment - timedelta(seconds=least + int(self.random.random() * (most - least)))

    def _reactions(self, mood: Mood, followers: int | None) -> Engagement:
        interest = 3.0 if mood in (Mood.CRISIS, Mood.LAUNCH) else 1.0
        expected = interest * (0.6 + 0.01 * min(followers or 50, 5_000))
        likes, reposts, replies = (int(self.random.expovariate(1 / expected) * part) for part in (1.0, 0.5, 0.3))
        return Engagement(likes=likes, reposts=reposts, replies=replies)

    def _rated(self, mood: Mood) -> Engagement:
        least, most = _RATINGS.get(mood, (1, 1))
        rating = float(self.random.randint(least, most))
        return Engagement(likes=int(self.random.expovariate(0.5)), rating=rating)


@dataclass(frozen=True, slots=True)
class _Draft:
    brand: str
    mood: Mood
    language: str
    source: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class _Author:
    url: str
    name: str
    followers: int | None


class _Choice:
    """Picks names by their shares."""

    def __init__(self, shares: list[tuple[str, float]]) -> None:
        self._names = [name for name, _ in shares]
        self._ends = [sum(share for _, share in shares[: i + 1]) for i in range(len(shares) - 1)]

    def pick(self, draw: float) -> str:
        """Return the name that a number in [0, 1) falls to."""
        return self._names[bisect_left(self._ends, draw)]


def _permalink(source: str, author: _Author, number: int) -> str:
    return f"{author.url}/{number}" if source == "mastodon" else f"https://forum.example/t/{number}"
