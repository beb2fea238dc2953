"""The shapes of crises, and where crises and benign events stand in a stream."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.crisisbench.background import Floats

KINDS = ("sudden", "slow", "negonly")

APART = 144
"""Buckets (12 hours) between two events at least: what one stirs up is not the other's fault."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong the crises of a tier are, as ranges.

    `sudden` and `slow` are the peak of the volume ÷ the usual; `negonly` the negative share (`is_added`: the points
    added to the usual share) while the volume stays.
    """

    sudden: tuple[float, float]
    slow: tuple[float, float]
    negonly: tuple[float, float]
    is_added: bool


STRONG = Strength((3.0, 12.0), (2.0, 4.0), (0.4, 0.65), is_added=False)
WEAK = Strength((1.5, 4.0), (1.3, 2.2), (0.08, 0.25), is_added=True)
SPREAD = Strength((1.3, 2.0), (1.3, 2.0), (0.08, 0.25), is_added=True)


@dataclass(frozen=True, slots=True)
class Crisis:
    """One crisis from bucket `onset` on: `extra` stories per usual one, `negative` of these, `shift` of the share."""

    kind: str
    onset: int
    extra: Floats
    negative: float
    shift: Floats

    @property
    def end(self) -> int:
        """Return the first bucket after it."""
        return self.onset + len(self.extra)

    def at(self, onset: int) -> Crisis:
        """Return the same crisis elsewhere."""
        return replace(self, onset=onset)

    def share(self, usual: Floats, offset: int | slice) -> Floats:
        """Return the negative share where it is `usual` otherwise, at that offset from the onset."""
        extra = self.extra[offset]
        return np.clip((usual + self.negative * extra) / (1 + extra) + self.shift[offset], 0.01, 0.97)


def make_crisis(rng: np.random.Generator, kind: str, strength: Strength, base: float) -> Crisis:
    """Return a crisis of that kind at bucket 0; `base` is the usual negative share."""
    return _MAKERS[kind](rng, strength, base)


def place(rng: np.random.Generator, lengths: list[int], start: int, end: int) -> list[int]:
    """Return where events of those lengths stand in [start, end), apart from each other, in random order."""
    order = rng.permutation(len(lengths))
    room = end - start - sum(lengths) - APART * (len(lengths) + 1)
    if room < 0:
        raise ValueError(f"{len(lengths)} events do not fit into {end - start} buckets")
    cuts = np.sort(rng.integers(0, room + 1, len(lengths)))
    places = [0] * len(lengths)
    at = start + APART
    for cut, index in zip(cuts, order, strict=True):
        places[index] = at + int(cut)
        at += lengths[index] + APART
    return places


def _sudden(rng: np.random.Generator, strength: Strength, base: float) -> Crisis:
    """Rise within a quarter of an hour, then decay; over when a tenth is left."""
    peak = rng.uniform(*strength.sudden) - 1
    rise = int(rng.integers(1, 4))
    half = rng.uniform(24, 96)
    after = np.arange(math.ceil(half * math.log2(10)))
    extra = peak * np.concatenate([np.arange(1, rise) / rise, 0.5 ** (after / half)])
    return Crisis("sudden", 0, extra, rng.uniform(0.55, 0.9), np.zeros(len(extra)))


def _slow(rng: np.random.Generator, strength: Strength, base: float) -> Crisis:
    """Grow for 12 to 36 hours, then fall within six."""
    peak = rng.uniform(*strength.slow) - 1
    rise = int(rng.integers(144, 433))
    extra = peak * np.concatenate([np.arange(1, rise + 1) / rise, np.linspace(1, 0, 72)])
    return Crisis("slow", 0, extra, rng.uniform(0.55, 0.9), np.zeros(len(extra)))


def _negonly(rng: np.random.Generator, strength: Strength, base: float) -> Crisis:
    """Raise the share within half an hour for 6 to 24 hours; the volume stays."""
    level = rng.uniform(*strength.negonly)
    points = level if strength.is_added else level - base
    length = int(rng.integers(72, 289))
    shift = points * np.minimum(1.0, np.arange(1, length + 1) / 6)
    return Crisis("negonly", 0, np.zeros(length), 0.0, shift)


_MAKERS: Mapping[str, Callable[[np.random.Generator, Strength, float], Crisis]] = {
    "sudden": _sudden,
    "slow": _slow,
    "negonly": _negonly,
}
