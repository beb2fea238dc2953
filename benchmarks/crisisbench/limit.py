"""The clairvoyant likelihood-ratio test: it knows rates, dispersion, shares, and shape and onset of every crisis.

Its bar is set where it watches for the same crises in the weeks without events, beginning at every bucket.
"""

from __future__ import annotations

import numpy as np

from benchmarks.crisisbench.background import Floats
from benchmarks.crisisbench.crises import Crisis
from benchmarks.crisisbench.streams import Part, Stream


def crisis_evidence(stream: Stream) -> list[Floats]:
    """Return, per crisis, the log likelihood ratio of crisis to calm, summed from the onset, bucket by bucket."""
    sums = []
    for index, crisis in enumerate(stream.crises):
        total = np.zeros(len(crisis.extra))
        for part in stream.parts:
            total += _ratios(part, part.crises[index], slice(crisis.onset, crisis.end), slice(None))
        sums.append(np.cumsum(total))
    return sums


def calm_evidence(stream: Stream) -> list[Floats]:
    """Return, per crisis, the largest sum over all onsets at each bucket of the weeks without events."""
    return [_scan(stream, index) for index in range(len(stream.crises))]


def _scan(stream: Stream, index: int) -> Floats:
    """Return max over s of the evidence of the crisis with onset s, summed from s to each bucket."""
    length, warm = len(stream.crises[index].extra), stream.warm
    best = np.zeros(warm)
    total = np.zeros(warm)
    for offset in range(min(length, warm)):
        left = warm - offset
        total = total[:left]
        for part in stream.parts:
            total = total + _ratios(part, part.crises[index], slice(offset, warm), offset)
        np.maximum(best[offset:], total, out=best[offset:])
    return best


def _ratios(part: Part, crisis: Crisis, at: slice, offset: int | slice) -> Floats:
    """Return log f1(n, k) / f0(n, k): gamma-Poisson volume, binomial negatives."""
    background = part.background
    stories, negative = part.stories[at], part.negative[at]
    usual, rate = background.share[at], background.rate[at]
    shape, factor = 1 / background.dispersion, 1 + crisis.extra[offset]
    calm, crisis_share = part.seen_share(usual), part.seen_share(crisis.share(usual, offset))
    volume = stories * np.log(factor) - (stories + shape) * np.log((shape + rate * factor) / (shape + rate))
    share = negative * np.log(crisis_share / calm) + (stories - negative) * np.log((1 - crisis_share) / (1 - calm))
    return np.asarray(volume + share)
