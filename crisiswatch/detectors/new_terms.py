"""New terms: words that many stories of the last hour use, and none used in the week before. A notice, never an alert.

A word is new for a day after it is first met again, if it was not met in the seven days before (in a brand with too
many words to remember: met in one bucket at most). The score of the
newest word is min(stories with it ÷ 5, its share of the hour's stories ÷ 10 %); each story counts a word once. Source
of the idea: first-story and emerging-topic detection by novelty of terms (Cataldi et al. 2010), without ageing weights.

Words are remembered by a hash of 32 bits, so a checkpoint holds no vocabulary of what strangers wrote; only words that
several stories share just now are kept as they are written. Memory is bounded: the words longest unmet are forgotten
first, and nothing is called new until the memory reaches back far enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from crisiswatch.errors import StoreUnusable

VERSION = 1

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ABSENT, NEW_FOR = timedelta(days=7), timedelta(days=1)
"""For how long a word must not have been met, and for how long it is then new."""

LEAST_MEMORY = timedelta(days=3)
"""How far back the memory must reach before any word is called new."""

REMEMBERED = 16_384
"""Words remembered at most."""

OVER = timedelta(hours=1)
"""The stretch in which stories with a word are counted."""

LEAST_STORIES, LEAST_SHARE = 5, 0.10
"""Stories with a word, and their share of the stories of the last hour, that are worth a notice."""

SHARED = 2
"""Stories that must use a new word before it is kept as it is written, not as a hash alone."""

MOST_NAMED = 5


class Met(msgspec.Struct, array_like=True):
    """When a word was first met after its absence, and last; in minutes since 1970."""

    first: int
    last: int


class Page(msgspec.Struct, array_like=True):
    """What the stories of one bucket used: how many were read, and the words that were new then."""

    minute: int
    stories: int
    counts: dict[int, int]
    names: dict[int, str]


class State(msgspec.Struct):
    """All that the detector remembers. `complete_since`: no word met after that minute has been forgotten."""

    version: int = VERSION
    complete_since: int | None = None
    words: dict[int, Met] = msgspec.field(default_factory=dict)
    pages: list[Page] = msgspec.field(default_factory=list)


class NewTerms:
    """Learns the words of stories bucket by bucket; says which of them are news."""

    name = "new_terms"

    def __init__(self, state: bytes | None = None) -> None:
        self._state = State() if state is None else _restored(state)
        self._summed: tuple[int, Counter[int], int] | None = None

    def score_one(self, now: datetime) -> float:
        """Return the score of the word that is most worth a notice now; changes nothing."""
        counts, stories = self._recent(now)
        return max((_score(count, stories) for count in counts.values()), default=0.0)

    def terms(self, now: datetime) -> tuple[tuple[str, int], ...]:
        """Return the words worth a notice now, each with its number of stories, most used first."""
        counts, stories = self._recent(now)
        names = {key: name for page in self._state.pages for key, name in page.names.items()}
        found = [(names[key], n) for key, n in counts.items() if key in names and _score(n, stories) >= 1]
        return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMED])

    def stories(self, now: datetime) -> int:
        """Return how many stories of the last hour were read."""
        return self._recent(now)[1]

    def learn_one(self, stories: Sequence[Mapping[int, str]], at: datetime) -> None:
        """Learn the words of each story of the bucket that starts at `at`: the hash of each, and how it is written.

        A bucket that is not after the last one is passed over.
        """
        state, minute = self._state, _minute(at)
        if state.pages and minute <= state.pages[-1].minute:
            return
        if state.complete_since is None:
            state.complete_since = minute
        counts = Counter(key for story in stories for key in story)
        for key in counts:
            self._meet(key, minute)
        new = {key: count for key, count in counts.items() if self._is_new(state.words[key], minute)}
        oldest = minute - _minutes(OVER)
        state.pages = [page for page in state.pages if page.minute > oldest]
        shared = sum((Counter(page.counts) for page in state.pages), Counter(new))
        names = {key: story[key] for story in stories for key in story if key in new and shared[key] >= SHARED}
        state.pages.append(Page(minute, len(stories), new, names))
        if len(state.words) > REMEMBERED:
            self._forget(minute)

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _meet(self, key: int, minute: int) -> None:
        met = self._state.words.get(key)
        if met is None or minute - met.last > _minutes(ABSENT):
            self._state.words[key] = Met(minute, minute)
        else:
            met.last = minute

    def _is_new(self, met: Met, minute: int) -> bool:
        since = self._state.complete_since
        has_memory = since is not None and met.first - since >= _minutes(LEAST_MEMORY)
        return has_memory and minute - met.first <= _minutes(NEW_FOR)

    def _recent(self, now: datetime) -> tuple[Counter[int], int]:
        """Return the new words of the pages of the last hour that was read, unless that is long ago."""
        pages = self._state.pages
        if not pages or abs(_minute(now) - pages[-1].minute) > 2 * _minutes(OVER):
            return Counter(), 0
        if self._summed is None or self._summed[0] != pages[-1].minute:
            counts: Counter[int] = Counter()
            for page in pages:
                counts.update(page.counts)
            self._summed = (pages[-1].minute, counts, sum(page.stories for page in pages))
        return self._summed[1], self._summed[2]

    def _forget(self, minute: int) -> None:
        """Drop what no longer counts, then words met once, then those longest unmet: that shortens the memory."""
        state, kept = self._state, REMEMBERED * 3 // 4
        week_ago, day_ago = minute - _minutes(ABSENT), minute - _minutes(NEW_FOR)
        words = {key: met for key, met in state.words.items() if met.last >= week_ago}
        if len(words) > kept:
            words = {key: met for key, met in words.items() if met.last > met.first or met.last > day_ago}
        by_last = sorted(words.items(), key=lambda pair: (pair[1].last, pair[0]))
        dropped = by_last[: max(0, len(by_last) - kept)]
        if dropped and state.complete_since is not None:
            state.complete_since = max(state.complete_since, dropped[-1][1].last)
        state.words = dict(by_last[len(dropped) :])


def _score(count: int, stories: int) -> float:
    return min(count / LEAST_STORIES, count / (stories * LEAST_SHARE)) if stories else 0.0


def _minute(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(minutes=1)


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


def _restored(data: bytes) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"new_terms: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION:
        raise StoreUnusable("new_terms: the checkpoint is of another version")
    return state
