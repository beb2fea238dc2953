"""Counting again, from the mentions alone: stories, copies, authors and negative ones, without any state or index.

The negative share is found by expectation and maximisation, as the method was published; the daemon looks for the same
maximum in another way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.models import Mention
from crisiswatch.core.queries import StoredMention
from crisiswatch.core.ratings import with_stars
from crisiswatch.text import steps

REMEMBERED = timedelta(hours=48)
STORIES_OF_A_PART = 4
BINS, ROUNDS = 16, 2_000
OUTER = {0: 0.028, 15: 0.961}
"""The mean score in the first and the last bin; that of the others is their middle."""

UNIFORM, PRIOR_STORIES = 1 / 3, 2
"""Scores suppose that a third of all is negative; to so many stories that is believed beforehand."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One mention of a brand, as far as counting is concerned."""

    uid: bytes
    sketch: tuple[int, ...]
    score: float | None
    author: str | None
    bucket_time: datetime
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Recount:
    """What was counted; `percent` of the stories are negative."""

    stories: int
    copies: int
    authors: int
    percent: float


def recount(seen: Iterable[Seen], since: datetime, at: datetime) -> Recount:
    """Count what happened from `since` on and was known before `at`; stories that began earlier are no news."""
    known = sorted((one for one in seen if one.observed_at < at), key=lambda one: (one.observed_at, one.uid))
    news = [one.bucket_time >= since for one in known]
    firsts = [one for one, is_first, is_new in zip(known, _begins(known), news, strict=True) if is_first and is_new]
    return Recount(
        stories=len(firsts),
        copies=sum(news),
        authors=len({one.author for one, is_new in zip(known, news, strict=True) if is_new and one.author}),
        percent=100 * _negative_share([one.score for one in firsts if one.score is not None]),
    )


def _negative_share(scores: Sequence[float]) -> float:
    """Return the share that agrees with the probabilities which follow from it (Saerens et al. 2002)."""
    bins = [min(BINS - 1, int(score * BINS)) for score in scores]
    means = [OUTER.get(place, (place + 0.5) / BINS) for place in bins]
    ratios = [mean / (1 - mean) / (UNIFORM / (1 - UNIFORM)) for mean in means]
    share = UNIFORM
    for _ in range(ROUNDS):
        negative = sum(share * ratio / (share * ratio + 1 - share) for ratio in ratios)
        share = (negative + PRIOR_STORIES * UNIFORM) / (len(ratios) + PRIOR_STORIES)
    return share


def made_up(mentions: Iterable[Mention], brand: str) -> list[Seen]:
    """Return the mentions of a scenario that name the brand, judged anew."""
    named = [mention for mention in mentions if brand.lower() in whole_text(mention).lower()]
    texts = [whole_text(mention) for mention in named]
    text = steps({}, negativity_weights())
    languages = [mention.language for mention in named]
    guessed = text.language(texts)
    scores = text.negativity.score(texts, [own or guess for own, guess in zip(languages, guessed, strict=True)])
    return [
        Seen(mention.uid, sketch, with_stars(mention, score), mention.author, *_times(mention))
        for mention, sketch, score in zip(named, text.sketch(texts), scores, strict=True)
    ]


def stored(rows: Iterable[StoredMention], lateness: timedelta) -> list[Seen]:
    """Return stored mentions, as they were judged when they came.

    One that was seen later than its source's lateness counts where that leaves it: its own bucket may be closed.
    """
    return [
        Seen(
            row.mention.uid,
            row.sketch,
            row.negativity,
            row.mention.author,
            max(row.event_time, _times(row.mention)[1] - lateness),
            _times(row.mention)[1],
        )
        for row in rows
    ]


def _times(mention: Mention) -> tuple[datetime, datetime]:
    observed_at = mention.observed_at
    assert observed_at is not None, "only observed mentions are counted"
    return mention.published_at or observed_at, observed_at


def _begins(known: Sequence[Seen]) -> list[bool]:
    """Tell of each mention whether it begins a story.

    It repeats one if three parts of its sketch (all of a short one) were part of that story within two days. A part
    stands for the four stories that had it last.
    """
    stories: list[int] = []
    begins: list[bool] = []
    held_by: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(known):
        votes: Counter[int] = Counter()
        for part in one.sketch:
            for story, last in _latest(held_by[part], stories).items():
                votes[story] += one.observed_at - known[last].observed_at <= REMEMBERED
        needed = 3 if len(one.sketch) >= 5 else len(one.sketch)
        likeliest = min(votes, key=lambda candidate: (-votes[candidate], candidate), default=number)
        is_known = votes[likeliest] >= max(1, needed)
        stories.append(likeliest if is_known else number)
        begins.append(not is_known)
        for part in one.sketch:
            held_by[part].append(number)
    return begins


def _latest(mentions: Sequence[int], stories: Sequence[int]) -> dict[int, int]:
    """Return the stories that the latest of these mentions belong to, each with its latest mention."""
    latest: dict[int, int] = {}
    for number in reversed(mentions):
        latest.setdefault(stories[number], number)
        if len(latest) == STORIES_OF_A_PART:
            break
    return latest
