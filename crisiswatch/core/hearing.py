"""What people say of a brand in a stretch: what they praise, criticise, ask and want, by department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crisiswatch.core.learning import IRRELEVANT_BELOW
from crisiswatch.core.playbooks import Playbook, choose
from crisiswatch.core.queries import StoredMention
from crisiswatch.core.steps import Behaviour, TextTools
from crisiswatch.core.stories import StoryIndex

NEGATIVE = 0.6
"""From this probability on a story counts as criticism, as in the metrics."""

MOST_TERMS = 3
LEAST = 3
"""Fewer stories than this are no topic: they are left to who reads the mentions themselves."""


class Aspect(StrEnum):
    """What people do when they talk about a brand; the first three are the marks of a text."""

    PRAISE = "praise"
    QUESTION = "question"
    REQUEST = "request"
    CRITICISM = "criticism"


@dataclass(frozen=True, slots=True)
class Heard:
    """One story: the text of its first mention, in how many mentions it was told, and an excerpt that may be shown."""

    text: str
    language: str | None
    negativity: float | None
    copies: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Said:
    """One aspect: in how many stories, about which terms, and the start of the story that was told most."""

    aspect: Aspect
    stories: int
    terms: tuple[str, ...]
    excerpt: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said to one department: the owner of the playbook that the words call for."""

    department: str
    said: tuple[Said, ...]


def stories_of(found: Sequence[StoredMention], excerpts: Mapping[bytes, str]) -> tuple[Heard, ...]:
    """Return each story once, by its first mention; mentions come oldest first, and those without text say nothing."""
    index = StoryIndex()
    firsts: dict[int, StoredMention] = {}
    copies: dict[int, int] = {}
    for one in found:
        if not one.mention.text or (one.relevance is not None and one.relevance < IRRELEVANT_BELOW):
            continue
        story, is_first = index.assign(one.sketch, one.event_time)
        copies[story] = copies.get(story, 0) + 1
        if is_first:
            firsts[story] = one
    return tuple(
        Heard(
            text=one.mention.text,
            language=one.mention.language,
            negativity=one.negativity if one.adapted is None else one.adapted,
            copies=copies[story],
            excerpt=excerpts.get(one.mention.uid, ""),
        )
        for story, one in firsts.items()
    )


def voices(heard: Sequence[Heard], tools: TextTools, playbooks: Sequence[Playbook]) -> tuple[Voice, ...]:
    """Return what is said to each department, the one that is told most first.

    A story may praise and ask; its department is that of its own words, which is the general one where they do not
    tell. Terms are those that its stories use more than all others do.
    """
    marks = tools.marks([one.text for one in heard], [one.language for one in heard])
    found: dict[str, dict[Aspect, list[Heard]]] = {}
    for one, marked in zip(heard, marks, strict=True):
        aspects = _aspects(one, marked)
        if aspects:
            own = found.setdefault(_department(one, tools, playbooks), {})
            for aspect in aspects:
                own.setdefault(aspect, []).append(one)
    told = [Voice(department, _said(own, heard, tools)) for department, own in found.items()]
    return tuple(sorted((voice for voice in told if voice.said), key=_loudness))


def _aspects(one: Heard, marked: frozenset[str]) -> tuple[Aspect, ...]:
    found = tuple(aspect for aspect in Aspect if aspect.value in marked)
    is_negative = one.negativity is not None and one.negativity >= NEGATIVE
    return (*found, Aspect.CRITICISM) if is_negative and Aspect.PRAISE not in found else found


def _department(one: Heard, tools: TextTools, playbooks: Sequence[Playbook]) -> str:
    guess = tools.incident_type([one.text], [one.language], Behaviour())
    playbook, _ = choose(playbooks, guess.type, guess.reason)
    return playbook.owner if playbook else ""


def _said(own: Mapping[Aspect, Sequence[Heard]], heard: Sequence[Heard], tools: TextTools) -> tuple[Said, ...]:
    made = []
    for aspect, stories in own.items():
        if len(stories) < LEAST:
            continue
        these = {id(one) for one in stories}
        others = [one.text for one in heard if id(one) not in these]
        terms = tuple(tools.drivers([one.text for one in stories], others))[:MOST_TERMS]
        made.append(Said(aspect, len(stories), terms, max(stories, key=lambda one: one.copies).excerpt))
    return tuple(sorted(made, key=lambda said: (-said.stories, said.aspect)))


def _loudness(voice: Voice) -> tuple[int, str]:
    return -sum(said.stories for said in voice.said), voice.department
