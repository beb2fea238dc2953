"""Evidence: what is known of an incident, recounted from the items behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from crisiswatch.core.authenticity import Authenticity, shared_link, weigh
from crisiswatch.core.buckets import Item
from crisiswatch.core.counting import (
    Counting,
    floor,
    irrelevant_since,
    items_before,
    items_since,
    missing_sources,
    shown_rates,
    totals_since,
)
from crisiswatch.core.enriching import whole_text
from crisiswatch.core.growing import branching_ratio, doubling_time, forecast
from crisiswatch.core.incidents import Evidence, Post, Source
from crisiswatch.core.judging import RULE_HOLDS, WARM_AFTER, Judging
from crisiswatch.core.locating import locate
from crisiswatch.core.models import HISTOGRAM_BINS, Mention, Reading
from crisiswatch.core.sharing import Estimate, Share, estimate, histogram_of
from crisiswatch.core.steps import Behaviour, TextTools

TEXTS_READ = 200
"""Stories whose texts are read for drivers and type; more would say the same."""

POSTS_SHOWN = 3

GROWTH_OVER = timedelta(hours=1)
"""Growth is measured over this much of the recent past."""

REREAD_GROWTH = 1.25
"""Texts are read again when there are this many times the stories of the last reading."""


_LINK = re.compile(r"https?://([\w.-]{1,253})(/[^\s?#<>\"”»]{0,500})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reader:
    """The texts that evidence needs: which mentions to read, and which of them to show."""

    texts: tuple[bytes, ...]
    posts: tuple[bytes, ...]
    first: bytes | None


def gather(
    counting: Counting, judging: Judging, reading: Reading, previous: Evidence | None, now: datetime
) -> Evidence:
    """Return the numbers since the trouble began; words and posts are kept from the previous evidence.

    The beginning may move back while the incident is young, never forward. Counts are of all that came; what is said
    of authors, sources and languages is of the items that are kept.
    """
    since = _since(counting, judging, reading, previous, now)
    items = items_since(counting, since)
    firsts = [item for item in items if item.is_first]
    stories, copies, negative = totals_since(counting, since)
    expected = expected_stories(counting, judging, since, now)
    shown, told = _share(counting, firsts, previous.estimate if previous else None, reading.expectation.share)
    lower, upper = reading.expectation.bounds(expected)
    authors = Counter(item.author for item in items if item.author)
    recent = recent_counts(counting, since, now)
    evidence = Evidence(
        at=now,
        since=since,
        stories=stories,
        copies=copies,
        negative=negative,
        expected=expected,
        lower=lower,
        upper=upper,
        share=shown.value,
        usual_share=told.rates.correct(told.counted_usual),
        estimate=told,
        irrelevant=irrelevant_since(counting, since),
        authors=len(authors) or None,
        top_share=sum(n for _, n in authors.most_common(5)) / authors.total() if authors else None,
        sources=_shares(item.source for item in firsts),
        languages=_shares(item.language for item in firsts),
        covered=judging.covered,
        missing=tuple(missing_sources(counting, now - timedelta(hours=1), now)),
        warmup=min(1.0, reading.learnt / WARM_AFTER),
        doubling=doubling_time(recent, counting.bucket),
        forecast=forecast(recent, counting.bucket),
        branching=branching_ratio(stories, copies),
        authenticity=weigh(items, items_before(counting, since)),
        notices=judging.noticing.noticed,
        located=locate(counting, firsts, expected, told.counted_usual, (since, now), told.rates) if since < now else (),
    )
    return _with_words_of(evidence, previous) if previous else evidence


def _share(
    counting: Counting, firsts: Sequence[Item], previous: Estimate | None, usual: float
) -> tuple[Share, Estimate]:
    """Return the share of the stories that people see, and how it was come by; what was usual stays what it was."""
    shown = estimate(histogram_of(item.shown_bin for item in firsts), counting.correction)
    negative = sum(counting.weights[item.bin] for item in firsts if item.bin >= 0)
    return shown, Estimate(
        lower=shown.lower,
        upper=shown.upper,
        counted=negative / len(firsts) if firsts else 0.0,
        counted_usual=previous.counted_usual if previous else usual,
        rates=shown_rates(counting),
        labels=counting.correction.labels,
        by_model=counting.correction.by_model,
    )


def expected_stories(counting: Counting, judging: Judging, since: datetime, now: datetime) -> float:
    """Return how many stories are usual in the covered part of [since, now), as predicted before they came."""
    closed = takewhile(lambda point: point.start >= since, reversed(judging.points))
    expected = sum(point.expected * point.covered for point in closed)
    start = max(since, counting.closed_until or since)
    while start < now:
        bucket = counting.open.get(start)
        covered = bucket.covered if bucket else (min(now, start + counting.bucket) - start) / counting.bucket
        expected += judging.detector.predict_one(start).stories * covered
        start += counting.bucket
    return expected


def to_read(counting: Counting, evidence: Evidence) -> Reader:
    """Return which mentions to read: negative stories, evenly spread; and the first, biggest and most copied."""
    items = items_since(counting, evidence.since)
    firsts = [item for item in items if item.is_first]
    negative = [item for item in firsts if item.bin >= HISTOGRAM_BINS // 2] or firsts
    negative.sort(key=lambda item: (item.event_time, item.uid))
    step = max(1, -(-len(negative) // TEXTS_READ))
    shown = _shown(negative, Counter(item.story for item in items))
    noticed = [notice.uid for notice in evidence.notices if notice.uid is not None]
    posts = tuple(dict.fromkeys([*noticed, *shown]))[:POSTS_SHOWN]
    return Reader(tuple(item.uid for item in negative[::step]), posts, shown[0] if shown else None)


def needs_words(evidence: Evidence, previous: Evidence | None) -> bool:
    """Tell whether the texts are worth reading again."""
    if previous is None or not previous.posts or evidence.since < previous.since:
        return True
    return evidence.stories >= REREAD_GROWTH * max(1, previous.stories_read)


def with_words(
    evidence: Evidence, reader: Reader, mentions: Mapping[bytes, Mention], usual: Sequence[str], tools: TextTools
) -> Evidence:
    """Return the evidence with drivers, incident type and posts, read from the mentions."""
    read = [mentions[uid] for uid in reader.texts if uid in mentions]
    texts = [whole_text(mention) for mention in read]
    authenticity = replace(evidence.authenticity or Authenticity(), shared_link=shared_link(map(_links, read)))
    behaviour = Behaviour(authenticity, _kinds(read))
    languages = [mention.language for mention in read]
    guess = tools.incident_type(texts, languages, behaviour)
    posts = tuple(to_post(uid, mentions[uid]) for uid in reader.posts if uid in mentions)
    first = to_post(reader.first, mentions[reader.first]) if reader.first and reader.first in mentions else None
    return replace(
        evidence,
        drivers=tuple(tools.drivers(texts, usual)),
        incident_type=guess.type,
        type_reason=guess.reason,
        type_probability=guess.probability,
        authenticity=authenticity,
        marks=_mark_shares(tools.marks(texts, languages)),
        posts=posts,
        first=first,
        stories_read=evidence.stories,
    )


def to_post(uid: bytes, mention: Mention) -> Post:
    """Return a mention as evidence."""
    happened = mention.published_at or mention.observed_at
    assert happened is not None, "stored mentions are stamped"
    return Post(uid, mention.external_id, mention.permalink, happened)


def recent_counts(counting: Counting, since: datetime, now: datetime) -> list[float]:
    """Return the stories of the last whole buckets since the trouble began, an hour's at most, oldest first."""
    start = max(floor(since, counting.bucket), floor(now - GROWTH_OVER, counting.bucket))
    known = {bucket.start: bucket.stories for bucket in (*counting.closed, *counting.open.values())}
    counts: list[float] = []
    while start + counting.bucket <= now:
        counts.append(known.get(start, 0))
        start += counting.bucket
    return counts


def _since(
    counting: Counting, judging: Judging, reading: Reading, previous: Evidence | None, now: datetime
) -> datetime:
    """Return when the trouble began, as far as the score, the rules that hold and earlier evidence know."""
    begun = (reading.since, _first_hit(counting, judging, now), previous.since if previous else None)
    return min((moment for moment in begun if moment is not None), default=floor(now, counting.bucket))


def _first_hit(counting: Counting, judging: Judging, now: datetime) -> datetime | None:
    """Return the start of the first recent bucket with a mention that meets a rule which still holds."""
    if not judging.hits:
        return None
    held, oldest = judging.hits.keys(), floor(now - RULE_HOLDS, counting.bucket)
    closed = takewhile(lambda bucket: bucket.start >= oldest, reversed(counting.closed))
    met = (b.start for b in (*closed, *counting.open.values()) if held & set(b.rules))
    return min(met, default=None)


def _with_words_of(evidence: Evidence, previous: Evidence) -> Evidence:
    return replace(
        evidence,
        drivers=previous.drivers,
        incident_type=previous.incident_type,
        type_reason=previous.type_reason,
        type_probability=previous.type_probability,
        marks=previous.marks,
        authenticity=_with_link_of(evidence.authenticity, previous.authenticity),
        posts=previous.posts,
        first=previous.first,
        stories_read=previous.stories_read,
        neighbours=previous.neighbours,
    )


def _with_link_of(fresh: Authenticity | None, previous: Authenticity | None) -> Authenticity | None:
    """Return fresh numbers with the share of links that the last reading of the texts found."""
    return replace(fresh, shared_link=previous.shared_link) if fresh and previous else fresh


def _links(mention: Mention) -> list[str]:
    """Return the addresses in a text, without scheme, query and fragment: trackers make them differ."""
    return [host + path.rstrip("/.,;:!?)") for host, path in _LINK.findall(mention.text)]


def _mark_shares(marked: Sequence[frozenset[str]]) -> tuple[tuple[str, float], ...]:
    counts = Counter(mark for marks in marked for mark in marks)
    return tuple((mark, n / len(marked)) for mark, n in sorted(counts.items()))


def _kinds(mentions: Sequence[Mention]) -> dict[str, float]:
    counts = Counter(mention.kind for mention in mentions)
    return {kind: n / len(mentions) for kind, n in counts.items()}


def _shares(names: Iterable[str]) -> tuple[Source, ...]:
    counts = Counter(names)
    return tuple(Source(name, n) for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _shown(negative: Sequence[Item], sizes: Counter[int]) -> tuple[bytes, ...]:
    """Return the first post, the one with most reactions, and the most copied; then the next by reactions."""
    if not negative:
        return ()
    by_reactions = sorted(negative, key=lambda item: (-item.reactions, item.event_time, item.uid))
    most_copied = min(negative, key=lambda item: (-sizes[item.story], item.event_time, item.uid))
    wanted = [negative[0], by_reactions[0], most_copied, *by_reactions[1:POSTS_SHOWN]]
    return tuple(dict.fromkeys(item.uid for item in wanted))[:POSTS_SHOWN]
