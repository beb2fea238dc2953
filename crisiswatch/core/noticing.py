"""What uncalibrated detectors notice: closed buckets are learnt once, the hour that is running is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

import msgspec

from crisiswatch.core.buckets import Bucket
from crisiswatch.core.counting import floor
from crisiswatch.core.metric_series import SeriesWatch
from crisiswatch.core.models import Expectation, Notice
from crisiswatch.core.steps import Feature, Noticer, WordMemory

OVER = timedelta(hours=1)
"""The stretch that detectors of this kind look at."""

LEAST_COVERED = 0.5
"""An hour of whose usual volume less was seen is left out: not learnt, not scored."""

EVERY = timedelta(minutes=1)
"""How often the running hour is scored, at most."""

WORTH = 1.0
"""The score from which something is noticed."""

WORDS = "words"
"""The series of new words."""

STORIES_KEPT = 50
"""Stories of one bucket that can turn out to be the largest of the hour."""

TEXTS_PER_BUCKET, BUCKETS_UNREAD = 10, 2016
"""Stories of a bucket whose words are learnt, evenly spread; and buckets that can wait for that."""

PRIOR_STORIES, PRIOR_NEGATIVE = 3.0, 0.45
"""What the negative share of an hour is drawn to: three stories of which 15 % are negative."""


class Told(msgspec.Struct, array_like=True):
    """One story in one bucket: its copies (the first included), the reactions to them, and the first of them."""

    copies: int
    reactions: int
    uid: bytes


class Tally(msgspec.Struct):
    """One bucket as far as notices need it. `told` holds its largest stories, by their number."""

    start: datetime
    stories: int
    negative: float
    copies: int
    reactions: int
    covered: float
    expected: float
    spread: float
    told: dict[int, Told]


class Unread(msgspec.Struct, array_like=True):
    """A closed bucket whose words are still to be learnt, and the stories to read for that."""

    start: datetime
    uids: tuple[bytes, ...]


@dataclass(slots=True)
class Noticing:
    """What noticing remembers of one brand. `tallies` are the closed buckets of the last hour, oldest first."""

    noticers: dict[str, Noticer] = field(default_factory=dict)
    words: WordMemory | None = None
    series: SeriesWatch | None = None
    tallies: list[Tally] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    notices: tuple[Notice, ...] = ()
    scored_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether anything is looked for."""
        return bool(self.noticers) or self.words is not None or self.series is not None

    @property
    def noticed(self) -> tuple[Notice, ...]:
        """Return what is worth a notice now."""
        return tuple(notice for notice in self.notices if notice.score >= WORTH)


def learn(state: Noticing, closed: Bucket, expectation: Expectation, length: timedelta) -> None:
    """Learn the hour that ends with a closed bucket of that length; buckets come once, in order."""
    if not state.is_on:
        return
    hour = max(1, OVER // length)
    state.tallies.append(tally(closed, expectation))
    del state.tallies[:-hour]
    x = features(state.tallies)
    if x is not None and len(state.tallies) == hour:
        for noticer in state.noticers.values():
            noticer.learn_one(x)
    _remember_unread(state, closed)


def score(
    state: Noticing,
    buckets: Sequence[Bucket],
    predict: Callable[[datetime], Expectation],
    length: timedelta,
    now: datetime,
) -> None:
    """Score the hour up to now, its newest buckets still open; at most once a minute."""
    if not state.is_on or (state.scored_at is not None and timedelta(0) <= now - state.scored_at < EVERY):
        return
    state.scored_at = now
    newest = [tally(bucket, predict(bucket.start)) for bucket in buckets]
    state.notices = _scored(state, [*state.tallies, *newest][-max(1, OVER // length) :], now)


def learn_words(
    state: Noticing, pages: Sequence[Unread], words_of: Mapping[bytes, Mapping[int, str]], now: datetime
) -> None:
    """Learn the words of buckets that were unread, and say anew which are news; a text that is gone has none."""
    assert state.words is not None, "nothing is unread without"
    for page in pages:
        state.words.learn_one([words_of[uid] for uid in page.uids if uid in words_of], page.start)
    state.notices = _ordered([*(each for each in state.notices if each.series != WORDS), _of_words(state.words, now)])


def tally(bucket: Bucket, expectation: Expectation) -> Tally:
    """Return a bucket as noticing keeps it."""
    told: dict[int, Told] = {}
    reactions = 0
    for item in bucket.items:
        brought = item.reactions * bucket.step  # a kept item stands for those that were not
        reactions += brought
        known = told.get(item.story)
        if known is None:
            told[item.story] = Told(bucket.step, brought, item.uid)
        else:
            known.copies += bucket.step
            known.reactions += brought
    if len(told) > STORIES_KEPT:
        largest = nlargest(STORIES_KEPT, told.items(), key=lambda pair: (pair[1].copies, pair[1].reactions, -pair[0]))
        told = dict(largest)
    return Tally(
        start=bucket.start,
        stories=bucket.stories,
        negative=bucket.negative,
        copies=bucket.copies,
        reactions=reactions,
        covered=min(1.0, max(0.0, bucket.covered)),
        expected=expectation.stories,
        spread=expectation.spread,
        told=told,
    )


def features(tallies: Sequence[Tally]) -> dict[str, float] | None:
    """Return the features of these buckets together; None where too little of them was seen."""
    usual = sum(each.expected for each in tallies)
    expected = sum(each.expected * each.covered for each in tallies)
    seen = sum(each.covered for each in tallies) / len(tallies) if tallies else 0.0
    if (expected / usual if usual > 0 else seen) < LEAST_COVERED:
        return None
    stories = sum(each.stories for each in tallies)
    negative = sum(each.negative for each in tallies)
    largest = _largest(tallies)
    return {
        Feature.STORIES: stories,
        Feature.NEGATIVE: negative,
        Feature.NEGATIVE_SHARE: (negative + PRIOR_NEGATIVE) / (stories + PRIOR_STORIES),
        Feature.COPIES: sum(each.copies for each in tallies),
        Feature.REACTIONS: sum(each.reactions for each in tallies),
        Feature.LARGEST_COPIES: max((told.copies for told in largest.values()), default=0),
        Feature.LARGEST_REACTIONS: max((told.reactions for told in largest.values()), default=0),
        Feature.EXPECTED: expected,
        Feature.SPREAD: max((each.spread for each in tallies), default=0.0),
    }


def _scored(state: Noticing, tallies: Sequence[Tally], now: datetime) -> tuple[Notice, ...]:
    """Return what every detector says of the running hour, what is most worth a notice first."""
    x = features(_begun(tallies))
    found = [] if x is None else [_said(noticer, x, tallies) for noticer in state.noticers.values()]
    if state.words is not None:
        found.append(_of_words(state.words, now))
    if state.series is not None:
        found += state.series.notices(now)
    return _ordered(found)


def _of_words(words: WordMemory, now: datetime) -> Notice:
    terms = words.terms(now)
    most = float(terms[0][1]) if terms else 0.0
    names = tuple(name for name, _ in terms)
    return Notice("new_terms", WORDS, words.score_one(now), most, float(words.stories(now)), names)


def _ordered(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    return tuple(sorted(notices, key=lambda each: (-each.score, each.detector, each.series)))


def _begun(tallies: Sequence[Tally]) -> Sequence[Tally]:
    """Return the buckets without the newest ones of which nothing can have been seen yet."""
    end = len(tallies)
    while end > 1 and tallies[end - 1].covered == 0 and tallies[end - 1].copies == 0:
        end -= 1
    return tallies[:end]


def _said(noticer: Noticer, x: Mapping[str, float], tallies: Sequence[Tally]) -> Notice:
    uid: bytes | None = None
    if noticer.series in (Feature.LARGEST_COPIES, Feature.LARGEST_REACTIONS):
        by = "copies" if noticer.series is Feature.LARGEST_COPIES else "reactions"
        stories = _largest(tallies).values()
        uid = max(stories, key=lambda told: (getattr(told, by), told.uid)).uid if stories else None
    score = noticer.score_one(x)
    return Notice(noticer.name, noticer.series.value, score, x[noticer.series], noticer.usual_one(x), (), uid)


def _largest(tallies: Iterable[Tally]) -> dict[int, Told]:
    """Return what every story has in these buckets together."""
    found: dict[int, Told] = {}
    for each in tallies:
        for story, told in each.told.items():
            known = found.get(story)
            found[story] = (
                told if known is None else Told(known.copies + told.copies, known.reactions + told.reactions, known.uid)
            )
    return found


def _remember_unread(state: Noticing, closed: Bucket) -> None:
    """Queue a bucket whose words are to be learnt: as many stories of it as are read, evenly spread."""
    if state.words is None:
        return
    firsts = [item.uid for item in closed.items if item.is_first]
    step = max(1, -(-len(firsts) // TEXTS_PER_BUCKET))
    state.unread.append(Unread(closed.start, tuple(firsts[::step])))
    del state.unread[:-BUCKETS_UNREAD]


def begin_of(now: datetime, bucket: timedelta) -> datetime:
    """Return the start of the hour that notices of `now` speak of."""
    return floor(now, bucket) - OVER + bucket
