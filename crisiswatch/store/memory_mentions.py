"""Mentions and observations, in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter

import msgspec

from crisiswatch.core.models import Mention, Observation, Tombstone
from crisiswatch.core.queries import MentionQuery, Retention, StoredMention
from crisiswatch.core.transactions import Enriched
from crisiswatch.store.tombstones import uid_of

PAGE = 2_000
"""Observations in one page."""

_as_observed = attrgetter("observed_at", "uid", "brand")
_as_happened = attrgetter("event_time", "uid", "brand")
_observed_at = attrgetter("observed_at")
_event_time = attrgetter("event_time")


class MemoryMentions:
    """Mentions by uid, and their observations in the two orders in which they are read."""

    def __init__(self) -> None:
        self._mentions: dict[bytes, Mention] = {}
        self._wiped: set[bytes] = set()
        self._anonymous: set[bytes] = set()
        self._observations: list[Observation] = []
        self._by_brand: dict[str, list[Observation]] = {}

    def add(self, enriched: Enriched) -> frozenset[bytes]:
        """Store the mentions that are new, and their observations; return the uids of those."""
        new: dict[bytes, Mention] = {}
        for mention in enriched.mentions:
            uid = mention.uid
            if uid not in self._mentions and uid not in new:
                new[uid] = _stamped(mention, enriched.observed_at)
        self._mentions.update(new)
        seen = {(item.uid, item.brand): item for item in enriched.observations if item.uid in new}
        self._add_observations(seen.values())
        return frozenset(new)

    def page(self, start: datetime, end: datetime, after: Observation | None) -> Sequence[Observation]:
        """Return the next page of observations with start ≤ observed_at < end, beyond the last one read."""
        if after is None:
            first = bisect_left(self._observations, start, key=_observed_at)
        else:
            first = bisect_right(self._observations, _as_observed(after), key=_as_observed)
        last = bisect_left(self._observations, end, lo=first, key=_observed_at)
        page = self._observations[first : min(first + PAGE, last)]
        return [self._shown(item) for item in page] if self._anonymous else page

    def find(self, query: MentionQuery) -> Sequence[StoredMention]:
        """Return matching mentions by event time, one row per mention and brand."""
        words = [word.casefold() for word in (query.text or "").split()]
        found = (item for item in self._in_time(query) if _is_asked(item, query) and self._has_words(item, words))
        return [self._stored(item) for item in islice(found, query.limit)]

    def by_uid(self, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
        """Return the known ones of `uids`."""
        return {uid: self._mentions[uid] for uid in uids if uid in self._mentions}

    def apply_tombstones(self, tombstones: Sequence[Tombstone]) -> None:
        """Wipe the items, and everything of the authors, that a source says were deleted."""
        for tombstone in tombstones:
            if tombstone.external_id is not None:
                self.wipe([uid_of(tombstone, tombstone.external_id)])
            if tombstone.author is not None:
                self.wipe(self._uids_at(tombstone, tombstone.author))

    def uids_of(self, author: str | None, permalink: str | None) -> frozenset[bytes]:
        """Return the uids of mentions by that author hash or with that link."""
        return frozenset(
            uid
            for uid, mention in self._mentions.items()
            if (author is not None and mention.author == author)
            or (permalink is not None and mention.permalink == permalink)
        )

    def wipe(self, uids: Iterable[bytes]) -> int:
        """Wipe text, title, author and link of those mentions; return how many were not wiped before."""
        wiped = 0
        for uid in uids:
            mention = self._mentions.get(uid)
            if mention is None:
                continue
            left = (mention.author, mention.permalink)
            wiped += uid not in self._wiped or left != (None, None)
            self._wiped.add(uid)
            self._anonymous.add(uid)
            self._mentions[uid] = msgspec.structs.replace(
                mention, text="", title=None, author=None, author_name=None, permalink=None
            )
        return wiped

    def purge(self, retention: Retention, now: datetime) -> dict[str, int]:
        """Wipe what is older than its retention; return how many rows by kind."""
        counts = {"mention_text": 0, "author_name": 0}
        for uid, mention in self._mentions.items():
            observed_at = mention.observed_at or now
            if observed_at < now - retention.mention_text and uid not in self._wiped:
                self._wiped.add(uid)
                self._mentions[uid] = msgspec.structs.replace(mention, text="", title=None, author_name=None)
                counts["mention_text"] += 1
            elif mention.author_name is not None and observed_at < now - retention.author_name:
                self._mentions[uid] = msgspec.structs.replace(mention, author_name=None)
                counts["author_name"] += 1
        return counts | {"observations": self._forget_observations(now - retention.observations)}

    def size(self) -> int:
        """Return about the bytes of the texts."""
        return sum(len(mention.text) for mention in self._mentions.values())

    def _add_observations(self, observations: Iterable[Observation]) -> None:
        # Both lists nearly always grow at their end, where insertion costs next to nothing.
        for item in sorted(observations, key=_as_observed):
            insort(self._observations, item, key=_as_observed)
            insort(self._by_brand.setdefault(item.brand, []), item, key=_as_happened)

    def _in_time(self, query: MentionQuery) -> Iterator[Observation]:
        if query.brand is None:
            stretches = [_stretch(items, query) for items in self._by_brand.values()]
        else:
            stretches = [_stretch(self._by_brand.get(query.brand, []), query)]
        return merge(*stretches, key=_as_happened, reverse=not query.oldest_first)

    def _has_words(self, item: Observation, words: Sequence[str]) -> bool:
        if not words:
            return True
        mention = self._mentions[item.uid]
        text, title = mention.text.casefold(), (mention.title or "").casefold()
        return all(word in text or word in title for word in words)

    def _stored(self, item: Observation) -> StoredMention:
        said = (item.brand, item.event_time, item.negativity, item.sketch, item.adapted, item.relevance)
        return StoredMention(self._mentions[item.uid], *said)

    def _shown(self, item: Observation) -> Observation:
        return msgspec.structs.replace(item, author=None) if item.uid in self._anonymous else item

    def _uids_at(self, tombstone: Tombstone, author: str) -> list[bytes]:
        place = (tombstone.source, tombstone.instance, author)
        return [uid for uid, item in self._mentions.items() if (item.source, item.instance, item.author) == place]

    def _forget_observations(self, before: datetime) -> int:
        count = bisect_left(self._observations, before, key=_observed_at)
        for item in self._observations[:count]:
            items = self._by_brand[item.brand]
            del items[bisect_left(items, _as_happened(item), key=_as_happened)]
        del self._observations[:count]
        return count


def _stamped(mention: Mention, observed_at: datetime) -> Mention:
    return mention if mention.observed_at else msgspec.structs.replace(mention, observed_at=observed_at)


def _stretch(items: Sequence[Observation], query: MentionQuery) -> Iterator[Observation]:
    first = 0 if query.start is None else bisect_left(items, query.start, key=_event_time)
    last = len(items) if query.end is None else bisect_left(items, query.end, key=_event_time)
    places = range(first, last) if query.oldest_first else range(last - 1, first - 1, -1)
    return (items[place] for place in places)


def _is_asked(item: Observation, query: MentionQuery) -> bool:
    return (
        query.source in (None, item.source)
        and query.language in (None, item.language)
        and (query.observed_before is None or item.observed_at < query.observed_before)
    )
