"""CrisisLR once more, slowly: every bucket is kept, every window summed anew; no code is shared with the fast one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisis_lr_arithmetic import (
    Believed,
    Gap,
    Kept,
    Usual,
    believe,
    clip,
    decayed,
    half,
    half_hours,
    logit,
    parts,
    shifted,
    volume_surprise,
)

from crisiswatch.core.models import Count

SHARE_VARIANCE, RATE_VARIANCE = 0.02, 0.03


@dataclass
class Reference:
    """`learn` and `score` are the detector's `learn_one` and the `raw` of `score_open`."""

    bucket: timedelta = timedelta(minutes=5)
    kept: list[Kept] = field(default_factory=list)
    drifts: list[tuple[float, float]] = field(default_factory=list)
    level: tuple[float, float] = (0.0, 0.0)
    day: dict[int, tuple[float, float]] = field(default_factory=dict)
    week: dict[int, tuple[float, float]] = field(default_factory=dict)
    share: tuple[float, float] = (1.5, 8.5)
    duplication: tuple[float, float] = (10.0, 10.0)
    drift: tuple[float, float] = (0.0, 0.0)
    drift_error: tuple[float, float] = (SHARE_VARIANCE, RATE_VARIANCE)
    variances: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    eighths: dict[int, tuple[float, float]] = field(default_factory=dict)
    gap: Gap = (0.0, 0.0, 0, 0.0, 0.0, 0.0, 0)
    last_score: float = 0.0
    copied: float = 0.0

    @property
    def per_day(self) -> int:
        return round(timedelta(days=1) / self.bucket)

    @property
    def windows(self) -> list[int]:
        return [*self.steps, *self.ramps]

    @property
    def steps(self) -> list[int]:
        return sorted({max(1, round(timedelta(minutes=n) / self.bucket)) for n in (5, 15, 30, 60, 120)})

    @property
    def ramps(self) -> list[int]:
        return [round(timedelta(hours=n) / self.bucket) for n in (4, 8, 16)]

    @property
    def phi(self) -> tuple[float, float]:
        fives = self.bucket / timedelta(minutes=5)
        return 0.995**fives, 0.96**fives

    @property
    def keeps(self) -> tuple[float, float]:
        return half(self.per_day / 48), half(self.per_day / 3)

    def score(self, counts: Sequence[Count]) -> float:
        gap, tail, believed = self.gap, [], None
        for number, count in enumerate(counts):
            known = self.usual(count.start)
            believed, gap = believe(count, known, gap, number < len(counts) - 1, self.keeps)
            tail.append(believed.kept)
        assert believed is not None
        days = len(self.drifts) / self.per_day
        young = 0.2 * max(0.0, 1 / (1 + days) - 1 / 15)
        usual = self.usual(counts[-1].start)
        return 0.0 if believed.is_gap else self.evidence(usual, [*self.kept, *tail], gap[5] ** 2 + young)

    def learn(self, count: Count) -> None:
        usual = self.usual(count.start)
        believed, gap = believe(count, usual, self.gap, True, self.keeps)
        hour = min(self.steps, key=lambda length: abs(length - self.hour))
        before = self.kept[-hour:]
        was_hot = self.last_score > 4.0
        self.kept.append(believed.kept)
        self.last_score = 0.0 if believed.is_gap else self.evidence(usual, self.kept, gap[5] ** 2)
        if not (believed.is_gap or believed.is_flood):
            if believed.kept.stories > 0 and not was_hot:
                self.learn_duplication(believed.kept, before, usual)
            self.learn_variances(usual, 0.3 if was_hot else 1.0)
        self.follow(usual, believed)
        self.gap = gap
        if not believed.is_gap and count.stories > 0:
            self.copied = self.towards(math.log(max(1.0, count.copies / count.stories)), usual)
        if not (believed.is_gap or believed.is_backlog):
            self.learn_usual(count, usual, believed.kept)

    def towards(self, seen: float, usual: Usual) -> float:
        fives, days = self.bucket / timedelta(minutes=5), (len(self.drifts) - 1) / self.per_day
        step = (0.002 if days >= 1 else 0.01) * fives / max(0.1, min(1.0, usual.stories))
        return min(seen, self.copied + step) if seen > self.copied else max(seen, self.copied - step)

    @property
    def hour(self) -> int:
        return max(1, round(timedelta(hours=1) / self.bucket))

    def usual(self, start: datetime) -> Usual:
        first, second, part = half_hours(start)
        factors = [(above + 3) / (below + 3) for above, below in (self.day.get(s, (0.0, 0.0)) for s in (first, second))]
        week = self.week.get(start.weekday(), (0.0, 0.0))
        tod = (1 - part) * factors[0] + part * factors[1]
        weekday = (week[0] + 20) / (week[1] + 20)
        level = (self.level[0] + 0.02) / (self.level[1] + 0.24)
        mass = (1 - part) * self.day.get(first, (0.0, 0.0))[0] + part * self.day.get(second, (0.0, 0.0))[0]
        weight = sum(self.share)
        all_day = self.share[0] / weight
        early, late, lateness = parts(start, 8)
        found = [
            (above + 100) / (below + 100) for above, below in (self.eighths.get(s, (0.0, 0.0)) for s in (early, late))
        ]
        share = shifted(all_day, math.log((1 - lateness) * found[0] + lateness * found[1]))
        return Usual(level * tod * weekday, level, tod, weekday, share, all_day, weight, mass, week[0], self.copied)

    def evidence(self, usual: Usual, kept: Sequence[Kept], mood: float) -> float:
        learnt = len(self.drifts)
        weeks = learnt / (7 * self.per_day)
        level_doubt = 1 / (self.level[0] + 1) + 1 / (usual.week_mass + 20) + 0.1 / (1 + weeks)
        total = 1.0
        for length in self.windows:
            if length > len(kept):
                break
            seen = self.sums(length, kept)
            began = min(learnt - 1, len(kept) - 1 - length)
            drifts = self.drifts[began] if began >= 0 else (0.0, 0.0)
            nats = self.of_window(length, seen, drifts, usual, (level_doubt, mood))
            total += math.exp(min(nats, 300.0)) if nats > 0 else 0.0
        return math.log(total)

    def of_window(
        self, length: int, seen: Kept, drifts: tuple[float, float], usual: Usual, doubts: tuple[float, float]
    ) -> float:
        hits = seen.negative - 0.5
        if seen.expect < 1e-9 or hits <= seen.usually:
            return 0.0
        share = self.reference(seen, drifts[0], length)
        if hits <= seen.stories * share:
            return 0.0
        duplication = max(1.0, self.duplication[0] / self.duplication[1] - 0.1)
        information = seen.stories * share * (1 - share)
        surprise = hits * math.log(hits / (seen.stories * share))
        if seen.stories > hits:
            misses = seen.stories - hits
            surprise += misses * math.log(misses / (seen.stories * (1 - share)))
        surprise /= (
            1 + information * (self.variance("share", length) + doubts[1]) + seen.stories / usual.weight
        ) * duplication
        if surprise <= 1.0:
            return 0.0
        doubt = self.variance("rate", length) + 6 / (usual.day_mass + 3) / max(6, length) + doubts[0]
        expect = seen.expect * math.exp(drifts[1] * self.left(1, length))
        explained = expect + (seen.negative - seen.stories * share) / max(0.1, 0.5 - share)
        volume = volume_surprise(min(seen.stories - 0.5, explained), expect, 1 / doubt)
        total = surprise + min(5.0, volume / duplication) - 0.7 * math.log(self.windows[-1] / length)
        return min(total, 3.0) if seen.negative < 2.5 else total

    def sums(self, length: int, kept: Sequence[Kept]) -> Kept:
        """Return what a window holds; of a ramp as so many buckets of weight 1 as have its variance."""
        weights = self.weights(length)
        scale = sum(weights) / sum(weight**2 for weight in weights)
        columns = zip(*kept[-length:], strict=True)
        return Kept(*(scale * math.fsum(w * v for w, v in zip(weights, column, strict=True)) for column in columns))

    def weights(self, length: int) -> list[float]:
        return [1.0] * length if length in self.steps else [number + 1.0 for number in range(length)]

    def reference(self, seen: Kept, drift: float, length: int) -> float:
        return shifted(seen.usually / seen.stories, max(0.0, drift) * self.left(0, length))

    def left(self, which: int, length: int) -> float:
        """Return how much of a deviation is left on average over a window: the mean of phi, phi², … phi^length."""
        weights = self.weights(length)
        return sum(weight * self.phi[which] ** n for n, weight in enumerate(weights, 1)) / sum(weights)

    def variance(self, name: str, length: int) -> float:
        prior = 40.0 * length
        usual, least = (SHARE_VARIANCE, 0.0) if name == "share" else (RATE_VARIANCE, 1e-4)
        above, below = self.variances.get((name, length), (0.0, 0.0))
        return max(least, (above + prior / usual) / (below + prior / usual**2))

    def learn_duplication(self, seen: Kept, before: Sequence[Kept], usual: Usual) -> None:
        stories, negative = (math.fsum(one[column] for one in before) for column in (0, 1))
        local = (negative + 20 * usual.share) / (stories + 20)
        variance = seen.stories * local * (1 - local) * (1 + seen.stories / (stories + 20))
        factor = max(1.0, self.duplication[0] / self.duplication[1] - 0.1)
        error = min((seen.negative - seen.stories * local) ** 2, 5 * factor * variance + 4)
        keep = half(self.per_day)
        self.duplication = (10 + (self.duplication[0] - 10) * keep + error,
                            10 + (self.duplication[1] - 10) * keep + variance)  # fmt: skip

    def learn_variances(self, usual: Usual, speed: float) -> None:
        position = len(self.kept) - 1
        for length in self.windows:
            stride = max(3, length // 3)
            if position < length or position % stride:
                continue
            seen = self.sums(length, self.kept)
            stories, negative, expect, _ = seen
            if expect <= 1e-9:
                continue
            drifts = self.drifts[position - length]
            keep = 1 - speed * (1 - half(28 * self.per_day) ** stride)
            share = self.reference(seen, drifts[0], length) if stories > 0 else 0.0
            information = stories * share * (1 - share)
            if information > 0 and drifts[0] >= 0:
                self.learn_variance("share", length, (negative - stories * share, information), (keep, speed * stride))
            expect *= math.exp(drifts[1] * self.left(1, length))
            self.learn_variance("rate", length, (stories - expect, expect), (keep, speed * stride))

    def learn_variance(self, name: str, length: int, seen: tuple[float, float], paces: tuple[float, float]) -> None:
        error, variance = seen
        keep, speed = paces
        spread = 1 + variance * self.variance(name, length)
        gain = speed * variance / spread**2
        above, below = self.variances.get((name, length), (0.0, 0.0))
        surprise = 1.15 * min(error**2 / variance, 7.84 * spread) - 1
        self.variances[name, length] = (above * keep + gain * surprise, below * keep + gain * variance)

    def follow(self, usual: Usual, believed: Believed) -> None:
        share, rate = (drift * phi for drift, phi in zip(self.drift, self.phi, strict=True))
        stationary = (SHARE_VARIANCE, RATE_VARIANCE)
        known = zip(self.phi, self.drift_error, stationary, strict=True)
        share_error, rate_error = (phi**2 * error + (1 - phi**2) * usually for phi, error, usually in known)
        seen = believed.kept
        if not (believed.is_gap or believed.is_flood or believed.is_backlog):
            p = 1 / (1 + math.exp(-logit(usual.share) - share))
            information = seen.stories * p * (1 - p)
            if information > 0:
                spread = information * (1 + information * share_error)
                error = clip(seen.negative - seen.stories * p, 2.5 * math.sqrt(spread))
                share += error * share_error / (1 + information * share_error)
                share_error /= 1 + information * share_error
            expect = seen.expect * math.exp(rate)
            if expect > 0:
                noise = 1 + 0.1 * expect
                error = clip(seen.stories - expect, 2.5 * math.sqrt(expect * (noise + expect * rate_error)))
                rate += error * rate_error / (noise + expect * rate_error)
                rate_error /= 1 + expect * rate_error / noise
        self.drift = (clip(share, 3 * math.sqrt(SHARE_VARIANCE)), clip(rate, 3 * math.sqrt(RATE_VARIANCE)))
        self.drift_error = (share_error, rate_error)
        self.drifts.append(self.drift)

    def learn_usual(self, count: Count, usual: Usual, seen: Kept) -> None:
        learnt, stories = len(self.kept) - 1, seen.stories
        covered = max(0.5, count.covered)
        if learnt > 2 * self.per_day:
            expect = usual.stories * count.covered
            spread = max(0.002, self.variance("rate", self.windows[0]))
            stories = min(stories, expect + 4 * (math.sqrt(expect * (1 + expect * spread)) + 0.5))
        self.level = decayed(self.level, half(3 * self.per_day), stories, usual.tod * usual.weekday * covered)
        if learnt > self.per_day:
            first, second, part = half_hours(count.start)
            keep, expect = half(14 * self.per_day / 24), usual.level * usual.weekday * covered
            for slot, weight in ((first, 1 - part), (second, part)):
                self.day[slot] = decayed(self.day.get(slot, (0.0, 0.0)), keep, stories * weight, expect * weight)
        if learnt > 7 * self.per_day:
            day, expect = count.start.weekday(), usual.level * usual.tod * covered
            self.week[day] = decayed(self.week.get(day, (0.0, 0.0)), half(3 * self.per_day), stories, expect)
        if seen.stories > 0:
            self.learn_share(count.start, usual, seen, stories)

    def learn_share(self, start: datetime, usual: Usual, seen: Kept, stories: float) -> None:
        speed = 0.3 if self.last_score > 4.0 or stories < seen.stories else 1.0
        mass = min(stories, 3 * usual.stories + 3)
        share = seen.negative / seen.stories
        if len(self.kept) - 1 > 2 * self.per_day:
            share = min(share, usual.share + 4 * math.sqrt(usual.share * (1 - usual.share) / mass))
        if len(self.kept) - 1 > self.per_day:
            early, late, lateness = parts(start, 8)
            for slot, part in ((early, 1 - lateness), (late, lateness)):
                kept = 1 - speed * part * (1 - half(14 * self.per_day / 8))
                learnt = (speed * part * mass * share, speed * part * mass * usual.all_day)
                self.eighths[slot] = decayed(self.eighths.get(slot, (0.0, 0.0)), kept, *learnt)
        fresh = 1 - half(7 * self.per_day)
        keep = 1 - speed * fresh
        self.share = (self.share[0] * keep + speed * (mass * share + fresh * 1.5),
                      self.share[1] * keep + speed * (mass * (1 - share) + fresh * 8.5))  # fmt: skip
