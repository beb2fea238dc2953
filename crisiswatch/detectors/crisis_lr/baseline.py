"""What is usual: stories per bucket by time of day and week, and the negative share."""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from crisiswatch.core.copying import learn_copied, pace
from crisiswatch.detectors.crisis_lr.timing import EIGHTHS, HALF_HOURS, Timing, slots

PRIOR_NEGATIVE, PRIOR_OTHER = 1.5, 8.5
"""Pseudo-mentions of the prior of the negative share, Beta(1.5, 8.5)."""

EVEN = 100.0
"""Negative pseudo-mentions that say that the share is the same at all times of the day."""


class Usual(msgspec.Struct, frozen=True, gc=False):
    """What is usual for one bucket. `stories` = level x time of day x weekday; `logit` is that of `share`.

    `share` is that of this time of the day, `all_day` the one of the whole day; both stem from `weight` stories. The
    bucket lies between the half hours `first` and `second`, `part` of the way, and alike between the eighths of the
    day `early` and `late`; `on` is its weekday. `*_mass` are the stories learnt of these. `copied`
    is the logarithm of the usual copies of a story.
    """

    stories: float
    level: float
    time_of_day: float
    weekday: float
    share: float
    logit: float
    weight: float
    day_mass: float
    week_mass: float
    first: int
    second: int
    part: float
    on: int
    all_day: float
    early: int
    late: int
    lateness: float
    copied: float


class Baseline(msgspec.Struct):
    """Ratios of forgotten sums with pseudo-counts: safe for series that are mostly zero.

    `level` is mentions ÷ exposure (half-life 3 days); a half hour of the day, and a weekday, has a factor to it
    (half-lives 14 and 3 visits). `negative` and `other` are the pseudo-counts of the share (half-life 7 days). The
    odds of a story being negative have a factor by the eighth of the day (half-life 14 visits): at night other people
    write, and in other places. `copied` is the logarithm of the usual copies of a story.
    """

    learnt: int = 0
    level: float = 0.0
    level_exposure: float = 0.0
    day: list[float] = msgspec.field(default_factory=lambda: [0.0] * HALF_HOURS)
    day_exposure: list[float] = msgspec.field(default_factory=lambda: [0.0] * HALF_HOURS)
    week: list[float] = msgspec.field(default_factory=lambda: [0.0] * 7)
    week_exposure: list[float] = msgspec.field(default_factory=lambda: [0.0] * 7)
    negative: float = PRIOR_NEGATIVE
    other: float = PRIOR_OTHER
    day_negative: list[float] = msgspec.field(default_factory=lambda: [0.0] * EIGHTHS)
    day_expected: list[float] = msgspec.field(default_factory=lambda: [0.0] * EIGHTHS)
    copied: float = 0.0

    def usual(self, start: datetime) -> Usual:
        """Return what is usual for the bucket that starts then."""
        i, j, part, early, late, lateness = slots(start.hour, start.minute, start.second)
        weekday = start.weekday()
        past, seen, week = self.day, self.day_exposure, self.week
        # Three pseudo-mentions keep the factors of quiet half hours near 1, twenty those of quiet weekdays.
        time_of_day = (1 - part) * ((past[i] + 3) / (seen[i] + 3)) + part * ((past[j] + 3) / (seen[j] + 3))
        day = (week[weekday] + 20) / (self.week_exposure[weekday] + 20)
        level = (self.level + 0.02) / (self.level_exposure + 0.24)
        negative, other = self.negative, self.other
        angry, usually = self.day_negative, self.day_expected
        factor = (1 - lateness) * ((angry[early] + EVEN) / (usually[early] + EVEN))
        factor += lateness * ((angry[late] + EVEN) / (usually[late] + EVEN))
        odds = negative / other * factor
        return Usual(
            level * time_of_day * day,
            level,
            time_of_day,
            day,
            odds / (1 + odds),
            math.log(odds),
            negative + other,
            (1 - part) * past[i] + part * past[j],
            week[weekday],
            i,
            j,
            part,
            weekday,
            negative / (negative + other),
            early,
            late,
            lateness,
            self.copied,
        )

    def learn_copies(self, usual: Usual, stories: float, copies: float, grid: Timing) -> None:
        """Learn how often a story is repeated."""
        if copies > stories or self.copied > 0:
            step = pace(grid.bucket, self.learnt * grid.bucket, usual.stories)
            self.copied = learn_copied(self.copied, stories, copies, step)

    def learn_rate(self, usual: Usual, stories: float, covered: float, grid: Timing) -> None:
        """Learn the stories of a bucket of which `covered` was seen; `stories` is already winsorised."""
        shape = usual.time_of_day * usual.weekday
        self.level = self.level * grid.keep_level + stories
        self.level_exposure = self.level_exposure * grid.keep_level + shape * covered
        if self.learnt > grid.per_day:
            exposure = usual.level * usual.weekday * covered
            self._learn_half_hour(usual.first, 1 - usual.part, stories, exposure, grid.keep_time_of_day)
            self._learn_half_hour(usual.second, usual.part, stories, exposure, grid.keep_time_of_day)
        if self.learnt > 7 * grid.per_day:
            self.week[usual.on] = self.week[usual.on] * grid.keep_weekday + stories
            exposure = usual.level * usual.time_of_day * covered
            self.week_exposure[usual.on] = self.week_exposure[usual.on] * grid.keep_weekday + exposure

    def learn_share(self, usual: Usual, stories: float, share: float, speed: float, grid: Timing) -> None:
        """Learn the share of a bucket, as much as `speed` (0..1) allows; a bucket weighs at most 3 usual ones."""
        mass = min(stories, 3 * usual.stories + 3)
        if share > usual.share and self.learnt > 2 * grid.per_day:
            share = min(share, usual.share + 4 * math.sqrt(usual.share * (1 - usual.share) / mass))
        if self.learnt > grid.per_day:
            negative, expected, fades = self.day_negative, self.day_expected, 1 - grid.keep_part_of_day
            for slot, part in ((usual.early, 1 - usual.lateness), (usual.late, usual.lateness)):
                learnt = speed * part
                keep, gain = 1 - learnt * fades, learnt * mass
                negative[slot] = negative[slot] * keep + gain * share
                expected[slot] = expected[slot] * keep + gain * usual.all_day
        keep = 1 - speed * (1 - grid.keep_share)
        fresh = 1 - grid.keep_share
        self.negative = self.negative * keep + speed * (mass * share + fresh * PRIOR_NEGATIVE)
        self.other = self.other * keep + speed * (mass * (1 - share) + fresh * PRIOR_OTHER)

    def _learn_half_hour(self, slot: int, part: float, stories: float, exposure: float, keep: float) -> None:
        self.day[slot] = self.day[slot] * keep + stories * part
        self.day_exposure[slot] = self.day_exposure[slot] * keep + exposure * part
