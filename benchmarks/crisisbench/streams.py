"""A stream of one brand: the counts as the detector sees them, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.crisisbench.background import (
    PER_HOUR_OF_CLASS,
    PER_WEEK,
    Background,
    Floats,
    log_uniform,
    make_background,
    make_siblings,
    make_varied,
)
from benchmarks.crisisbench.benign import PER_SIX_WEEKS, Counts, cascades, duration, flood, outage, volume_factor
from benchmarks.crisisbench.crises import KINDS, SPREAD, STRONG, WEAK, Crisis, Strength, make_crisis, place

WARM_WEEKS, TEST_WEEKS = 3, 6
FLIPPED = 0.15
"""Share of labels that the noisy tier turns round."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One kind of stream.

    In a tier that `doubles`, the last week counts every mention twice. One that is `varied` has backgrounds of another
    kind: what is learnt of the others must hold there too. Where it `has_siblings`, sources are correlated, and a
    crisis is in one of them alone. One that is `young` has no weeks without events first.
    """

    name: str
    strength: Strength
    sources: int = 1
    has_cascades: bool = False
    flipped: float = 0.0
    doubles: bool = False
    is_varied: bool = False
    has_siblings: bool = False
    is_young: bool = False

    @property
    def warm_up(self) -> int:
        """Return the buckets without events that come first."""
        return 0 if self.is_young else WARM_WEEKS * PER_WEEK


TIERS = {
    tier.name: tier
    for tier in (
        Tier("standard", STRONG),
        Tier("hard", WEAK, has_cascades=True),
        Tier("spread", SPREAD, sources=6),
        Tier("noisy", STRONG, flipped=FLIPPED, doubles=True),
        Tier("varied", STRONG, is_varied=True),
        Tier("several", STRONG, sources=4, has_siblings=True),
    )
}

YOUNG = Tier("young", STRONG, is_young=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One source as the clairvoyant knows it: its background, its share of label errors, what it really posted."""

    background: Background
    crises: tuple[Crisis, ...]
    flipped: float
    stories: Floats
    negative: Floats

    def seen_share(self, share: Floats) -> Floats:
        """Return the share of negative labels where `share` is the true one."""
        return share + self.flipped * (1 - 2 * share)


@dataclass(frozen=True, slots=True)
class Stream:
    """Counts by bucket of five minutes from a Monday on; `warm` buckets without events come first.

    `sources` are the same, source by source, where there are several.
    """

    seed: int
    volume: str
    warm: int
    stories: Floats
    negative: Floats
    copies: Floats
    covered: Floats
    parts: tuple[Part, ...]
    sources: tuple[Counts, ...] = ()

    @property
    def crises(self) -> tuple[Crisis, ...]:
        """Return the crises; kind, onset and end are the same in every source."""
        return self.parts[0].crises

    @property
    def test_weeks(self) -> float:
        """Return how many weeks can have events."""
        return (len(self.stories) - self.warm) / PER_WEEK


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    start: int
    length: int
    crises: tuple[Crisis, ...] = ()
    factor: Floats | None = None
    source: int = 0


def make_stream(tier: Tier, seed: int, crises_per_kind: int = 1, test_weeks: int = TEST_WEEKS) -> Stream:
    """Return the stream of that seed; with `crises_per_kind` = 0 only benign events are left."""
    rng = np.random.default_rng((seed, sum(tier.name.encode())))
    buckets = tier.warm_up + test_weeks * PER_WEEK
    volume = tuple(PER_HOUR_OF_CLASS)[seed % 3]
    backgrounds = _backgrounds(rng, tier, buckets, _rates(rng, tier, volume))
    events = _plan(rng, tier, backgrounds, crises_per_kind, test_weeks)
    pairs = [_post(rng, tier, background, index, events) for index, background in enumerate(backgrounds)]
    counts, parts = [pair[0] for pair in pairs], tuple(pair[1] for pair in pairs)
    usual = np.array([background.rate for background in backgrounds])
    factor = np.ones(buckets)
    if tier.doubles:
        factor[-PER_WEEK:] = 2
    return Stream(
        seed=seed,
        volume=volume,
        warm=tier.warm_up,
        stories=factor * sum(count.stories for count in counts),
        negative=factor * sum(count.negative for count in counts),
        copies=factor * sum(count.copies for count in counts),
        covered=(usual * np.array([count.seen for count in counts])).sum(axis=0) / usual.sum(axis=0),
        parts=parts,
        sources=tuple(counts) if len(counts) > 1 else (),
    )


def _backgrounds(rng: np.random.Generator, tier: Tier, buckets: int, rates: list[float]) -> list[Background]:
    if tier.has_siblings:
        return make_siblings(rng, buckets, rates)
    make = make_varied if tier.is_varied else make_background
    return [make(rng, buckets, rate) for rate in rates]


def _rates(rng: np.random.Generator, tier: Tier, volume: str) -> list[float]:
    if tier.sources == 1:
        return [log_uniform(rng, *PER_HOUR_OF_CLASS[volume])]
    total = log_uniform(rng, 20.0, 400.0)
    return [float(total * part) for part in rng.dirichlet(np.ones(tier.sources))]


def _plan(
    rng: np.random.Generator, tier: Tier, backgrounds: list[Background], crises_per_kind: int, test_weeks: int
) -> list[_Event]:
    """Return all events, placed."""
    shapes = [_shapes(rng, kind, tier, backgrounds) for kind in KINDS for _ in range(crises_per_kind)]
    benign = [kind for kind, number in PER_SIX_WEEKS.items() for _ in range(round(number * test_weeks / TEST_WEEKS))]
    lengths = [len(shape[0].extra) for shape in shapes] + [duration(rng, kind) for kind in benign]
    end = len(backgrounds[0].rate)
    places = place(rng, lengths, tier.warm_up, end)
    crises = [
        _Event(shape[0].kind, start, length, tuple(crisis.at(start) for crisis in shape))
        for shape, start, length in zip(shapes, places, lengths, strict=False)
    ]
    others = zip(benign, places[len(shapes) :], lengths[len(shapes) :], strict=True)
    return sorted(crises + [_benign(rng, tier, *other) for other in others], key=lambda event: event.start)


def _shapes(rng: np.random.Generator, kind: str, tier: Tier, backgrounds: list[Background]) -> tuple[Crisis, ...]:
    """Return one crisis as each source has it: as long everywhere, of another strength in each, or in one alone."""
    base = float(np.mean([background.share.mean() for background in backgrounds]))
    first = make_crisis(rng, kind, tier.strength, base)
    if tier.sources == 1:
        return (first,)
    if tier.has_siblings:
        place = int(rng.integers(tier.sources))
        none = replace(first, extra=0 * first.extra, shift=0 * first.shift)
        return tuple(first if index == place else none for index in range(tier.sources))
    peak = float(first.extra.max()) or 1.0
    sizes = rng.uniform(0.3, 1.0, tier.sources)
    return tuple(replace(first, extra=first.extra * (size / peak)) for size in sizes)


def _benign(rng: np.random.Generator, tier: Tier, kind: str, start: int, length: int) -> _Event:
    factor = volume_factor(rng, kind, length) if kind in ("launch", "holiday") else None
    return _Event(kind, start, length, (), factor, int(rng.integers(tier.sources)))


def _post(
    rng: np.random.Generator, tier: Tier, background: Background, source: int, events: list[_Event]
) -> tuple[Counts, Part]:
    """Return what one source posted, and the same as the clairvoyant knows it."""
    crises = tuple(event.crises[source] for event in events if event.crises)
    rate, share = _with_events(rng, background, crises, events)
    seen = share + tier.flipped * (1 - 2 * share)
    gamma = rng.gamma(1 / background.dispersion, background.dispersion, len(rate))
    stories = rng.poisson(rate * gamma)
    negative = rng.binomial(stories, seen)
    counts = Counts(stories.astype(float), negative.astype(float), stories.astype(float), np.ones(len(rate)))
    part = Part(background, crises, tier.flipped, counts.stories.copy(), counts.negative.copy())
    if tier.has_cascades:
        cascades(rng, counts, rng.uniform(0.5, 4.0))
    for event in events:
        if event.kind == "flood" and event.source == source:
            flood(rng, counts, background.rate, event.start, event.length)
        if event.kind == "outage" and event.source == source:
            outage(rng, counts, event.start, event.length)
    return counts, part


def _with_events(
    rng: np.random.Generator, background: Background, crises: tuple[Crisis, ...], events: list[_Event]
) -> tuple[Floats, Floats]:
    """Return rate and true negative share with crises, launches and holidays."""
    rate, share = background.rate.copy(), background.share.copy()
    for crisis in crises:
        part = slice(crisis.onset, crisis.end)
        share[part] = crisis.share(share[part], slice(None))
        rate[part] *= 1 + crisis.extra
    for event in events:
        if event.factor is None:
            continue
        part = slice(event.start, event.start + event.length)
        if event.kind == "launch":
            share[part] = (share[part] + rng.uniform(0.02, 0.08) * (event.factor - 1)) / event.factor
        rate[part] *= event.factor
    return rate, share
