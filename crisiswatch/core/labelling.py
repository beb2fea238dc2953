"""Labels that people give to mentions: which hold, and which mention to ask about next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.queries import StoredMention
from crisiswatch.core.stories import StoryIndex

RELEVANCE = frozenset({"relevant", "irrelevant"})
"""Labels that say whether a mention is about the brand; the others say how it speaks of it."""

BY_MODEL = "model:"
"""How the name begins of a model that labels; people's labels stand before its."""

Subject = tuple[bytes, str]
"""What a label is about: a mention and a brand."""


def standing(labels: Iterable[LabelFrame]) -> Mapping[tuple[Subject, bool], LabelFrame]:
    """Return the last label of each mention and brand, by whether it is one of relevance; later ones replace.

    A model's label never replaces a person's.
    """
    found: dict[tuple[Subject, bool], LabelFrame] = {}
    for label in labels:
        key = (label.uid, label.brand), label.label in RELEVANCE
        if key not in found or not is_by_model(label) or is_by_model(found[key]):
            found[key] = label
    return found


def is_by_model(label: LabelFrame) -> bool:
    """Tell whether a model gave the label."""
    return label.by.startswith(BY_MODEL)


def changes(labels: Iterable[LabelFrame], known: Iterable[LabelFrame]) -> list[LabelFrame]:
    """Return the labels that say something else than what stands, so that an import can be repeated."""
    holding = {key: (label.label, is_by_model(label)) for key, label in standing(known).items()}
    new: list[LabelFrame] = []
    for label in labels:
        key, said = ((label.uid, label.brand), label.label in RELEVANCE), (label.label, is_by_model(label))
        if holding.get(key) != said and not (said[1] and key in holding):
            holding[key] = said
            new.append(label)
    return new


def most_uncertain(mentions: Sequence[StoredMention], labels: Iterable[LabelFrame], limit: int) -> list[StoredMention]:
    """Return mentions without a label, the least certain negativity first, one of each story.

    Mentions that could not be scored come last: a label of theirs teaches least.
    """
    labelled = {(label.uid, label.brand) for label in labels if not is_by_model(label)}
    stories: defaultdict[str, StoryIndex] = defaultdict(StoryIndex)
    chosen: list[StoredMention] = []
    # Labelled ones first, so that what they told is known; the moment is of no matter within one list.
    for stored in sorted(mentions, key=lambda one: (_subject(one) not in labelled, _certainty(one))):
        _, is_first = stories[stored.brand].assign(stored.sketch, mentions[0].event_time)
        if is_first and stored.mention.text and _subject(stored) not in labelled:
            chosen.append(stored)
        if len(chosen) == limit:
            break
    return chosen


def _subject(stored: StoredMention) -> Subject:
    return stored.mention.uid, stored.brand


def _certainty(stored: StoredMention) -> tuple[float, bytes]:
    """Return how far a negativity is from one half, 0..0.5; 1 where there is none."""
    distance = 1.0 if stored.negativity is None else abs(stored.negativity - 0.5)
    return distance, stored.mention.uid
