"""Stories: near-duplicates and reposts counted once, over a sliding horizon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

HORIZON = timedelta(hours=48)
"""How long a story can still be repeated."""

FULL_SKETCH, HITS_NEEDED = 5, 3
"""A full sketch is the same story if three parts of five agree; a shorter one (few words) must agree whole."""


class Owner(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The story that a part of a sketch belongs to, and when it was last seen."""

    story: int
    at: datetime


OWNERS_KEPT = 4
"""Stories that one part of a sketch can belong to; the longest unseen gives way."""


def first_of_each(sketches: Sequence[Sequence[int]], at: datetime) -> list[int]:
    """Return the places of the sketches that begin a story; texts without a sketch are stories of their own."""
    index = StoryIndex()
    return [place for place, sketch in enumerate(sketches) if index.assign(sketch, at)[1]]


class StoryIndex(msgspec.Struct):
    """Assigns mentions to stories by the parts of their sketches."""

    next_story: int = 1
    owners: dict[int, tuple[Owner, ...]] = msgspec.field(default_factory=dict)

    def assign(self, sketch: Sequence[int], at: datetime) -> tuple[int, bool]:
        """Return the story of a mention, and whether the mention is the first of it."""
        held = [self.owners.get(part) for part in sketch]
        known = _elected(held, at - HORIZON) if any(held) else None
        story = known
        if story is None:
            story = self.next_story
            self.next_story += 1
        owner = Owner(story, at)
        for part, others in zip(sketch, held, strict=True):
            kept = [other for other in others or () if other.story != story]
            self.owners[part] = (*kept[1 - OWNERS_KEPT :], owner)
        return story, known is None

    def forget(self, now: datetime) -> None:
        """Drop what was last seen before the horizon; `assign` does not look at it any more."""
        horizon = now - HORIZON
        fresh = ((part, tuple(o for o in owners if o.at >= horizon)) for part, owners in self.owners.items())
        self.owners = {part: owners for part, owners in fresh if owners}


def _elected(held: Sequence[Sequence[Owner] | None], horizon: datetime) -> int | None:
    """Return the story that most parts of a sketch belong to, the oldest of those with as many; None if too few do."""
    votes: dict[int, int] = {}
    for owners in held:
        for owner in owners or ():
            if owner.at >= horizon:
                votes[owner.story] = votes.get(owner.story, 0) + 1
    most, found = (HITS_NEEDED if len(held) >= FULL_SKETCH else len(held)), None
    for story, hits in votes.items():
        if hits > most or (hits == most and (found is None or story < found)):
            most, found = hits, story
    return found
