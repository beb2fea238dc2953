"""Stories: near-duplicates and reposts counted once, over a sliding horizon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

HORIZON = timedelta(hours=48)
"""How long a story can still be repeated."""

FULL_SKETCH, HITS_NEEDED = 5, 3
"""A full sketch is the same story if three parts of five agree; a shorter one (few words) must agree whole."""


class Owner(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=1):
    """The story that a part of a sketch belongs to, and when it was last seen."""

    story: int
    at: datetime


class Owners(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=2):
    """The stories that a part of a sketch belongs to, where it is more than one; the one seen last comes last."""

    each: tuple[Owner, ...]


OWNERS_KEPT = 4
"""Stories that one part of a sketch can belong to; the longest unseen gives way."""


def first_of_each(sketches: Sequence[Sequence[int]], at: datetime) -> list[int]:
    """Return the places of the sketches that begin a story; texts without a sketch are stories of their own."""
    index = StoryIndex()
    return [place for place, sketch in enumerate(sketches) if index.assign(sketch, at)[1]]


class StoryIndex(msgspec.Struct):
    """Assigns mentions to stories by the parts of their sketches."""

    next_story: int = 1
    owners: dict[int, Owner | Owners] = msgspec.field(default_factory=dict)

    def assign(self, sketch: Sequence[int], at: datetime, most: int | None = None) -> tuple[int, bool]:
        """Return the story of a mention, and whether the mention is the first of it; know `most` parts at most."""
        held = [self.owners.get(part) for part in sketch]
        known = _elected(held, at - HORIZON) if any(held) else None
        story = known
        if story is None:
            story = self.next_story
            self.next_story += 1
        owner = Owner(story, at)
        for part, former in zip(sketch, held, strict=True):
            self.owners[part] = owner if former is None else _joined(former, owner)
        if most is not None and len(self.owners) > most:
            self._halve()
        return story, known is None

    def forget(self, now: datetime) -> None:
        """Drop what was last seen before the horizon; `assign` does not look at it any more."""
        horizon = now - HORIZON
        fresh = ((part, _since(owners, horizon)) for part, owners in self.owners.items())
        self.owners = {part: owners for part, owners in fresh if owners is not None}

    def _halve(self) -> None:
        """Keep the half of the parts that was seen last: what goes is counted anew if it is told once more."""
        by_age = sorted(self.owners.items(), key=lambda pair: _each(pair[1])[-1].at)
        self.owners = dict(by_age[len(by_age) // 2 :])


def _each(owners: Owner | Owners) -> tuple[Owner, ...]:
    return owners.each if isinstance(owners, Owners) else (owners,)


def _joined(former: Owner | Owners, owner: Owner) -> Owner | Owners:
    """Return the owners of a part that is seen with a story again, or with one more."""
    others = [other for other in _each(former) if other.story != owner.story]
    return Owners((*others[1 - OWNERS_KEPT :], owner)) if others else owner


def _since(owners: Owner | Owners, horizon: datetime) -> Owner | Owners | None:
    fresh = tuple(owner for owner in _each(owners) if owner.at >= horizon)
    return Owners(fresh) if len(fresh) > 1 else fresh[0] if fresh else None


def _elected(held: Sequence[Owner | Owners | None], horizon: datetime) -> int | None:
    """Return the story that most parts of a sketch belong to, the oldest of those with as many; None if too few do."""
    votes: dict[int, int] = {}
    for owners in held:
        for owner in _each(owners) if owners is not None else ():
            if owner.at >= horizon:
                votes[owner.story] = votes.get(owner.story, 0) + 1
    most, found = (HITS_NEEDED if len(held) >= FULL_SKETCH else len(held)), None
    for story, hits in votes.items():
        if hits > most or (hits == most and (found is None or story < found)):
            most, found = hits, story
    return found
