"""The uncalibrated detectors of a brand, as its settings name them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from crisiswatch.core import metric_series
from crisiswatch.core.steps import Feature, Noticer, SeriesDetector, WordMemory
from crisiswatch.detectors.new_terms import NewTerms
from crisiswatch.detectors.novelty_bag import NoveltyBag
from crisiswatch.detectors.river_model import RiverModel, Setup
from crisiswatch.detectors.story_velocity import StoryVelocity
from crisiswatch.detectors.volume_spike import VolumeSpike
from crisiswatch.settings import Brand

MakeNoticer = Callable[[bytes | None], Noticer]


def noticers(brand: Brand, bucket: timedelta) -> dict[str, MakeNoticer]:
    """Return how to make each, from a saved state or fresh; the name says all its options."""
    found: dict[str, MakeNoticer] = {}
    hour = max(1, timedelta(hours=1) // bucket)
    if VolumeSpike.name in brand.notices:
        found[VolumeSpike.name] = partial(VolumeSpike, hour)
    if StoryVelocity.name in brand.notices:
        for feature in (Feature.LARGEST_COPIES, Feature.LARGEST_REACTIONS):
            found[f"{StoryVelocity.name}/{feature}"] = partial(StoryVelocity, feature, hour)
    for detector in brand.detectors:
        options = tuple(detector.options.items())
        setup = Setup(detector.class_, Feature(detector.series), options, detector.above)
        found[setup.key] = partial(RiverModel, setup)
    return found


def word_memory(brand: Brand) -> Callable[[bytes | None], WordMemory] | None:
    """Return how to make the memory of words, None where new words are not looked for."""
    return NewTerms if NewTerms.name in brand.notices else None


def series_detector(brand: Brand) -> Callable[[timedelta, bytes | None], SeriesDetector] | None:
    """Return how to make the detector of a metric series by the length of its points, None where none is judged."""
    return _novelty_bag if metric_series.DETECTOR in brand.notices else None


def _novelty_bag(length: timedelta, state: bytes | None) -> SeriesDetector:
    return NoveltyBag(metric_series.warm_up(length), state)
