"""Stories: near-duplicates and reposts counted once, over a sliding horizon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

HORIZON = timedelta(hours=48)
"""How long a story can still be repeated."""

FULL_SKETCH, HITS_NEEDED = 5, 3
"""A full sketch is the same story if three parts of five agree; a shorter one (few words) must agree whole."""


class Owner(msgspec.Struct, array_like=True, frozen=True):
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
    owners: dict[int, list[Owner]] = msgspec.field(default_factory=dict)

    def assign(self, sketch: Sequence[int], at: datetime) -> tuple[int, bool]:
        """Return the story of a mention, and whether the mention is the first of it."""
        known = self._find(sketch, at - HORIZON)
        story = known
        if story is None:
            story = self.next_story
            self.next_story += 1
        owner = Owner(story, at)
        for part in sketch:
            others = [other for other in self.owners.get(part, ()) if other.story != story]
            self.owners[part] = [*others[1 - OWNERS_KEPT :], owner]
        return story, known is None

    def forget(self, now: datetime) -> None:
        """Drop what was last seen before the horizon; `assign` does not look at it any more."""
        horizon = now - HORIZON
        fresh = ((part, [o for o in owners if o.at >= horizon]) for part, owners in self.owners.items())
        self.owners = {part: owners for part, owners in fresh if owners}

    def _find(self, sketch: Sequence[int], horizon: datetime) -> int | None:
        votes: dict[int, int] = {}
        for part in sketch:
            for owner in self.owners.get(part, ()):
                if owner.at >= horizon:
                    votes[owner.story] = votes.get(owner.story, 0) + 1
        most, found = (HITS_NEEDED if len(sketch) >= FULL_SKETCH else len(sketch)), None
        for story, hits in votes.items():
            if hits > most or (hits == most and (found is None or story < found)):
                most, found = hits, story
        return found
