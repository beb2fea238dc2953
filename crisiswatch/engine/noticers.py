"""Uncalibrated detectors of a brand: made as its plan says, kept over a reload, saved and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from crisiswatch.core.metric_series import Followed, SeriesWatch
from crisiswatch.core.noticing import Noticing, Tally, Unread
from crisiswatch.core.steps import SeriesDetector
from crisiswatch.engine.watched import Plan
from crisiswatch.errors import StoreUnusable

T = TypeVar("T")

log = structlog.get_logger()


class SavedSeries(msgspec.Struct):
    """What a checkpoint holds of one metric series."""

    followed: Followed
    detector: bytes


class SavedNoticing(msgspec.Struct):
    """What a checkpoint holds of them; `noticers` by the name that says all their options."""

    noticers: dict[str, bytes]
    words: bytes | None
    tallies: list[Tally]
    unread: list[Unread]
    series: dict[str, SavedSeries] = {}


def adopt(noticing: Noticing, plan: Plan) -> None:
    """Have the detectors that the plan names, and no others; those that stay keep what they learnt."""
    known = noticing.noticers
    noticing.noticers = {name: known.get(name) or make(None) for name, make in plan.noticers.items()}
    if plan.words is None:
        noticing.words = None
        noticing.unread.clear()
    elif noticing.words is None:
        noticing.words = plan.words(None)
    if plan.series is None:
        noticing.series = None
    elif noticing.series is None:
        noticing.series = SeriesWatch(plan.series)


def saved(noticing: Noticing) -> SavedNoticing | None:
    """Return what is to be saved, None where nothing is looked for."""
    if not noticing.is_on:
        return None
    return SavedNoticing(
        noticers={name: noticer.to_bytes() for name, noticer in noticing.noticers.items()},
        words=None if noticing.words is None else noticing.words.to_bytes(),
        tallies=noticing.tallies,
        unread=noticing.unread,
        series={} if noticing.series is None else _saved_series(noticing.series),
    )


def restored(found: SavedNoticing | None, plan: Plan) -> Noticing:
    """Return noticing as it was saved; a detector whose state does not fit begins anew, the others go on."""
    noticing = Noticing()
    if found is not None:
        noticing.tallies, noticing.unread = found.tallies, found.unread
        for name, make in plan.noticers.items():
            noticing.noticers[name] = _made(name, make, found.noticers.get(name))
        if plan.words is not None:
            noticing.words = _made("new_terms", plan.words, found.words)
        if plan.series is not None:
            noticing.series = _restored_series(plan.series, found.series)
    adopt(noticing, plan)
    return noticing


def _saved_series(series: SeriesWatch) -> dict[str, SavedSeries]:
    return {key: SavedSeries(followed, series.detectors[key].to_bytes()) for key, followed in series.followed.items()}


def _restored_series(
    make: Callable[[timedelta, bytes | None], SeriesDetector], found: dict[str, SavedSeries]
) -> SeriesWatch:
    series = SeriesWatch(make)
    for key, kept in found.items():
        series.followed[key] = kept.followed
        series.detectors[key] = _made(key, partial(make, kept.followed.length), kept.detector)
    return series


def _made(name: str, make: Callable[[bytes | None], T], state: bytes | None) -> T:
    try:
        return make(state)
    except StoreUnusable as error:
        log.warning("detector_begins_anew", detector=name, reason=str(error))
        return make(None)
