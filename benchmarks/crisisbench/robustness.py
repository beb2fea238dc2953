"""False alarms in weeks that are no crisis and not like those before: what a promise must survive.

Every case is a stream without crises, with launches, floods, outages and holidays as in others, and one thing more:

`doubled`       from its fourth week on a second source brings as much again, in the same mood, for good
`halved`        from then on half of the stories are gone
`clock_forward` from then on everything happens an hour earlier, as where a clock is put forward
`clock_back`    from then on an hour later
`three_a_day`   three stories a day, one in five of them negative
`fifth_wrong`   one label in five is wrong
`reposted`      where reposts are mentions of their own: every story has three copies, from the first day on
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.crisisbench.background import PER_DAY, Floats
from benchmarks.crisisbench.crises import STRONG
from benchmarks.crisisbench.incidents import Watched, outcome
from benchmarks.crisisbench.streams import TEST_WEEKS, Stream, Tier, make_stream
from benchmarks.crisisbench.watching import asked_when_young, evidence
from crisiswatch.app.data import calibration

FIRST_SEED = 90_000
"""Seeds from here on are for these cases alone."""

HOUR = 12
CALM, FIFTH_WRONG = Tier("robust", STRONG), Tier("robust", STRONG, flipped=0.2)

Row = dict[str, float]
Change = Callable[[Stream, np.random.Generator], Stream]


def measure_robustness(streams: int, seed: int, workers: int) -> dict[str, Row]:
    """Return, case by case, false alarms ÷ promised by every budget that is shipped, over how many series-weeks."""
    tasks = [(case, FIRST_SEED + seed + index) for case in CASES for index in range(streams)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        found = pool.starmap(watch_case, tasks, chunksize=1)
    return {
        case: kept([watched for (name, _), watched in zip(tasks, found, strict=True) if name == case]) for case in CASES
    }


def watch_case(case: str, seed: int) -> Watched:
    """Return the evidence of the tested weeks of one stream, less what is asked of a young baseline."""
    stream = make_case(case, seed)
    found = evidence(stream) - asked_when_young(len(stream.stories))
    return Watched(found[stream.warm :], (), stream.test_weeks)


def make_case(case: str, seed: int) -> Stream:
    """Return the stream of a case; of one seed all have the same background."""
    tier = FIFTH_WRONG if case == "fifth_wrong" else CALM
    return CASES[case](make_stream(tier, seed, 0, TEST_WEEKS), np.random.default_rng((seed, 5)))


def kept(watched: Sequence[Watched]) -> Row:
    """Return how well the promise is kept: 1.0 is as promised."""
    row = {"series_weeks": float(round(sum(series.weeks for series in watched)))}
    for budget, bar in sorted(calibration().bars.items(), reverse=True):
        margins = [replace(series, scores=series.scores - bar) for series in watched]
        row[str(budget)] = round(outcome(margins, 0.0).false_per_week / budget, 3)
    return row


def _doubled(stream: Stream, rng: np.random.Generator) -> Stream:
    background = stream.parts[0].background
    more = rng.poisson(background.rate * (stream.covered > 0))
    more[: stream.warm] = 0
    negative = rng.binomial(more, background.share)
    return replace(
        stream, stories=stream.stories + more, negative=stream.negative + negative, copies=stream.copies + more
    )


def _halved(stream: Stream, rng: np.random.Generator) -> Stream:
    negative, other = stream.negative.copy(), stream.stories - stream.negative
    copied = stream.copies - stream.stories
    for series in (negative, other, copied):
        series[stream.warm :] = rng.binomial(series[stream.warm :].astype(int), 0.5)
    return replace(stream, stories=negative + other, negative=negative, copies=negative + other + copied)


def _shifted(stream: Stream, buckets: int) -> Stream:
    """Return the stream with its tested weeks so many buckets earlier; what is lacking at an end is repeated."""

    def moved(series: Floats) -> Floats:
        at = np.arange(len(series))
        at[stream.warm :] = np.clip(at[stream.warm :] + buckets, stream.warm, len(series) - 1)
        return np.asarray(series[at])

    return replace(
        stream,
        stories=moved(stream.stories),
        negative=moved(stream.negative),
        copies=moved(stream.copies),
        covered=moved(stream.covered),
    )


def _three_a_day(stream: Stream, rng: np.random.Generator) -> Stream:
    day = 1 + 0.6 * np.sin(2 * math.pi * np.arange(len(stream.stories)) / PER_DAY)
    stories = rng.poisson(3 / PER_DAY * day)
    negative = rng.binomial(stories, 0.2).astype(float)
    counts = stories.astype(float)
    return replace(stream, stories=counts, negative=negative, copies=counts.copy(), covered=np.ones(len(counts)))


def _reposted(stream: Stream, rng: np.random.Generator) -> Stream:
    return replace(stream, copies=stream.copies + rng.poisson(2 * stream.stories))


CASES: Mapping[str, Change] = {
    "doubled": _doubled,
    "halved": _halved,
    "clock_forward": lambda stream, rng: _shifted(stream, HOUR),
    "clock_back": lambda stream, rng: _shifted(stream, -HOUR),
    "three_a_day": _three_a_day,
    "fifth_wrong": lambda stream, rng: stream,
    "reposted": _reposted,
}
