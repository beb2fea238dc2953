"""How genuine the attention looks: numbers that a person can weigh, never a verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt

from crisiswatch.core.buckets import Item

LEAST_MENTIONS = 5
"""Shares of fewer mentions say nothing, and so do the gaps between fewer."""

REGULAR_GAPS = 0.3
"""Gaps are regular if their standard deviation is under this share of their mean; by chance it is about 1."""

TOGETHER = timedelta(seconds=60)
"""Two authors post together if they tell the same story within this time."""

STORIES_TOGETHER = 3
"""A pair posts together if it did so in this many stories."""

MEMORY = timedelta(hours=24)
"""An author counts as new only where at least this much of the time before was kept."""

_MOST_PAIRS = 50_000
_NEXT_TO_EACH_OTHER = 20


@dataclass(frozen=True, slots=True)
class Authenticity:
    """What speaks for or against a campaign; shares are 0..1, None is unknown.

    `copied`: mentions that repeat another one's text. `distinct`: authors per mention. `new_authors`: authors that
    the brand's mentions of the kept past (a day at least, two at most) did not have. `regular`: mentions that stand
    in a row of five or more, of one author or one story, with even gaps. `shared_link`: texts with the commonest
    link. `pairs`: pairs of authors that told three stories or more within a minute of each other.
    """

    copied: float | None = None
    distinct: float | None = None
    new_authors: float | None = None
    regular: float | None = None
    shared_link: float | None = None
    pairs: int | None = None


def weigh(items: Sequence[Item], before: Sequence[Item]) -> Authenticity:
    """Return what the mentions of an incident show, against those kept from before it; links need the texts."""
    if len(items) < LEAST_MENTIONS:
        return Authenticity()
    known = [item for item in items if item.author]
    has_authors = len(known) >= LEAST_MENTIONS
    return Authenticity(
        copied=sum(not item.is_first for item in items) / len(items),
        distinct=len({item.author for item in known}) / len(known) if has_authors else None,
        new_authors=_new_authors(known, before) if has_authors else None,
        regular=_regular(items),
        pairs=_pairs(known) if has_authors else None,
    )


def shared_link(links: Iterable[Sequence[str]]) -> float | None:
    """Return the share of texts that carry the commonest link; None for few texts. One sequence of links a text."""
    texts = [frozenset(found) for found in links]
    if len(texts) < LEAST_MENTIONS:
        return None
    counts = Counter(link for found in texts for link in found)
    return max(counts.values(), default=0) / len(texts)


def _new_authors(items: Sequence[Item], before: Sequence[Item]) -> float | None:
    """Return the share of authors not seen before; unknown without a past, or across a change of the author key."""
    start = min(item.event_time for item in items)
    past = [item for item in before if item.author and item.event_time < start]
    if not past or start - min(item.event_time for item in past) < MEMORY:
        return None
    authors = {item.author for item in items}
    epochs = {_epoch(item.author) for item in past}
    if any(_epoch(author) not in epochs for author in authors):
        return None
    return len(authors - {item.author for item in past}) / len(authors)


def _epoch(author: str | None) -> str:
    return (author or "").partition(":")[0]


def _regular(items: Sequence[Item]) -> float | None:
    """Return the share of mentions in a row with even gaps; None if no row is long enough to tell."""
    rows: defaultdict[tuple[str, object], list[Item]] = defaultdict(list)
    for item in items:
        rows["story", item.story].append(item)
        if item.author:
            rows["author", item.author].append(item)
    evenness = {key: _unevenness(row) for key, row in rows.items() if len(row) >= LEAST_MENTIONS}
    known = {key: spread for key, spread in evenness.items() if spread is not None}
    if not known:
        return None
    regular = {item.uid for key, spread in known.items() if spread < REGULAR_GAPS for item in rows[key]}
    return len(regular) / len(items)


def _unevenness(row: Sequence[Item]) -> float | None:
    """Return standard deviation ÷ mean of the gaps; None where the source rounds its times until gaps vanish."""
    times = sorted(item.event_time for item in row)
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    if mean <= 0 or 0.0 in gaps:
        return None
    return sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) / mean


def _pairs(items: Sequence[Item]) -> int:
    """Return how many pairs of authors told three stories or more together."""
    told: Counter[tuple[str, str]] = Counter()
    for row in _by_story(items).values():
        told.update(_together(row))
        if len(told) > _MOST_PAIRS:  # a crowd, not a pair: what was found so far is enough to say so
            break
    return sum(1 for stories in told.values() if stories >= STORIES_TOGETHER)


def _by_story(items: Sequence[Item]) -> Mapping[int, list[Item]]:
    rows: defaultdict[int, list[Item]] = defaultdict(list)
    for item in sorted(items, key=_moment):
        rows[item.story].append(item)
    return rows


def _moment(item: Item) -> tuple[datetime, bytes]:
    return item.event_time, item.uid


def _together(row: Sequence[Item]) -> set[tuple[str, str]]:
    """Return the pairs of different authors within a minute; each mention looks at the next twenty at most."""
    found: set[tuple[str, str]] = set()
    for place, item in enumerate(row):
        for other in row[place + 1 : place + 1 + _NEXT_TO_EACH_OTHER]:
            if other.event_time - item.event_time > TOGETHER:
                break
            if item.author and other.author and item.author != other.author:
                found.add((min(item.author, other.author), max(item.author, other.author)))
    return found
