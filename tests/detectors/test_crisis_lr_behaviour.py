"""What the detector does with the troubles of real series."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest

from crisiswatch.app.data import calibration
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.detectors.crisis_lr.detector import VERSION
from crisiswatch.errors import StoreUnusable

START = datetime(2026, 1, 5, tzinfo=UTC)
FIVE = timedelta(minutes=5)
WARNING = calibration().bars[0.1]


class Series:
    """A detector and its next bucket; 4 stories of 5 minutes are usual, one in eight is negative."""

    def __init__(self, bucket: timedelta = FIVE, days: float = 3) -> None:
        self.bucket = bucket
        self.detector = CrisisLR(bucket)
        self.next = START
        self._random = Random(7)
        for _ in range(round(timedelta(days=days) / bucket)):
            self.learn(*self.ordinary())

    @property
    def usual(self) -> float:
        return 4 * (self.bucket / FIVE)

    def ordinary(self) -> tuple[float, float]:
        stories = max(0, round(self._random.gauss(self.usual, math.sqrt(self.usual))))
        return stories, sum(self._random.random() < 0.125 for _ in range(stories))

    def learn(self, stories: float, negative: float, copies: float | None = None, covered: float = 1.0) -> None:
        self.detector.learn_one(Count(self.next, stories, negative, stories if copies is None else copies, covered))
        self.next += self.bucket

    def raw(self, stories: float, negative: float, copies: float | None = None, covered: float = 1.0) -> float:
        copies = stories if copies is None else copies
        return self.detector.score_open([Count(self.next, stories, negative, copies, covered)]).raw

    def state(self) -> bytes:
        return self.detector.to_bytes()


def test_ordinary_buckets_give_no_alarm() -> None:
    series = Series()
    scores = []
    for _ in range(288):
        stories, negative = series.ordinary()
        scores.append(series.raw(stories, negative))
        series.learn(stories, negative)

    assert max(scores) < WARNING


@pytest.mark.parametrize("bucket", [timedelta(minutes=1), FIVE, timedelta(minutes=15)])
def test_a_rise_of_the_negative_share_is_found_at_every_bucket_length(bucket: timedelta) -> None:
    series = Series(bucket)
    quiet = series.raw(series.usual, series.usual / 8)
    for _ in range(math.ceil(timedelta(minutes=30) / bucket)):
        series.learn(series.usual * 2, series.usual * 1.5)

    loud = series.raw(series.usual * 2, series.usual * 1.5)

    assert quiet < 1
    assert loud > WARNING


def test_more_posts_of_the_usual_mood_are_no_crisis() -> None:
    series = Series()
    for _ in range(12):
        series.learn(40, 5)

    assert series.raw(40, 5) < 1


def test_the_beginning_of_the_trouble_is_found() -> None:
    series = Series()
    began = series.next
    for _ in range(6):
        series.learn(8, 6)

    reading = series.detector.score_open([Count(series.next, 8, 6, 8)])

    assert reading.since is not None
    assert abs(reading.since - began) <= timedelta(minutes=15)


def test_scoring_changes_nothing() -> None:
    series = Series()
    before = series.state()

    scores = {series.raw(30, 25) for _ in range(3)}

    assert (series.state(), len(scores)) == (before, 1)


@pytest.mark.parametrize("covered", [0.0, 0.3])
def test_an_outage_is_no_evidence_and_teaches_nothing(covered: float) -> None:
    series = Series()
    usual = series.detector.predict_one(series.next + timedelta(days=1)).stories
    for _ in range(36):
        series.learn(0, 0, covered=covered)

    assert series.raw(4, 1) < 1
    assert series.detector.predict_one(series.next + timedelta(days=1)).stories == pytest.approx(usual, rel=0.05)


def test_silence_that_cannot_be_is_taken_for_an_outage() -> None:
    series = Series()
    before = series.detector.predict_one(series.next + timedelta(days=1)).stories
    for _ in range(60):
        series.learn(0, 0)

    assert series.detector.predict_one(series.next + timedelta(days=1)).stories > before * 0.8


def test_the_backlog_after_an_outage_is_no_alarm() -> None:
    series = Series()
    for _ in range(24):
        series.learn(0, 0, covered=0.0)

    assert series.raw(90, 11) < 1


def test_a_flood_of_copies_is_no_alarm_and_is_not_learnt() -> None:
    series = Series()
    usual = series.detector.predict_one(series.next).share
    scores = []
    for _ in range(6):
        scores.append(series.raw(5, 5, copies=400))
        series.learn(5, 5, copies=400)

    assert max(scores) < WARNING
    assert series.detector.predict_one(series.next).share == pytest.approx(usual, rel=0.1)


def test_where_reposts_are_mentions_a_crisis_is_found_as_soon_as_elsewhere() -> None:
    reposted, plain = Series(days=0), Series(days=0)
    for series, copies in ((reposted, 4), (plain, 1)):
        for _ in range(3 * 288):
            stories, negative = series.ordinary()
            series.learn(stories, negative, copies=copies * stories)

    assert reposted.raw(16, 12, copies=64) == pytest.approx(plain.raw(16, 12), rel=0.05)
    assert reposted.raw(16, 12, copies=64) > WARNING
    assert reposted.raw(16, 12, copies=400) < WARNING, "more than is usual is a flood there, too"


def test_a_flood_is_seen_in_a_quiet_series_though_no_bucket_tells() -> None:
    flooded, told = Series(FIVE, days=0), Series(FIVE, days=0)
    for series in (flooded, told):
        for number in range(3 * 288):
            series.learn(float(number % 6 == 0), float(number % 48 == 0))
        for number in range(24):
            copies = 4.0 if series is flooded else 1.0
            series.learn(1, number % 2, copies=copies)

    assert flooded.raw(1, 1, copies=4) < told.raw(1, 1) / 2
    assert told.raw(1, 1) > 3


def test_after_a_flood_stories_count_again_within_two_hours() -> None:
    flooded, calm = Series(), Series()
    for series in (flooded, calm):
        for _ in range(6):
            series.learn(4, 1, copies=900 if series is flooded else 4)
        for _ in range(18):
            series.learn(4, 1)

    assert flooded.raw(30, 25) > 0.7 * calm.raw(30, 25) > WARNING


def test_a_launch_that_delights_hardly_changes_what_is_usual() -> None:
    series = Series(timedelta(hours=1), days=21)
    usual = series.detector.predict_one(series.next).share
    for _ in range(12):
        series.learn(400, 8)

    assert series.detector.predict_one(series.next).share > 0.95 * usual


def test_a_crisis_is_learnt_slowly_but_it_is_learnt() -> None:
    series = Series()
    usual = series.detector.predict_one(series.next).share
    shares = []
    for _ in range(288):
        series.learn(12, 8)
        shares.append(series.detector.predict_one(series.next).share)

    assert shares[11] < usual * 1.5, "an hour of crisis is hardly usual"
    assert shares[-1] > usual * 1.3, "a day of it begins to be: never frozen"


def test_many_negatives_count_for_less_where_posts_are_not_independent() -> None:
    calm, bursty = Series(), Series()
    for number in range(288):
        calm.learn(8, 1)
        bursty.learn(8, 8 if number % 8 == 0 else 0)

    assert bursty.raw(16, 12) < calm.raw(16, 12) * 0.8


def test_one_angry_post_of_one_is_no_crisis() -> None:
    series = Series()
    for _ in range(24):
        series.learn(0.0, 0.0, covered=0.4)

    assert series.raw(1, 1) < WARNING


BROKEN = [
    (math.nan, 1.0, 1.0, 1.0), (4.0, math.nan, 4.0, 1.0), (4.0, 1.0, math.nan, 1.0), (4.0, 1.0, 4.0, math.nan),
    (-1.0, 0.0, 0.0, 1.0), (4.0, -1.0, 4.0, 1.0), (math.inf, 1.0, 1.0, 1.0), (4.0, 1.0, 4.0, -1.0),
    (4.0, 1.0, 4.0, 7.0),
]  # fmt: skip


@pytest.mark.parametrize("numbers", BROKEN)
def test_numbers_that_are_no_counts_are_left_out_for_good(numbers: tuple[float, float, float, float]) -> None:
    broken, gap = Series(days=1), Series(days=1)

    scored = broken.raw(*numbers)
    broken.learn(*numbers)
    gap.learn(0, 0, covered=0.0)
    for series in (broken, gap):
        for _ in range(20):
            series.learn(4, 1)

    assert scored == 0
    assert math.isfinite(broken.raw(30, 25))
    assert broken.raw(30, 25) == pytest.approx(gap.raw(30, 25), rel=0.2)


@pytest.mark.parametrize("bucket", [timedelta(minutes=1), FIVE, timedelta(minutes=15), timedelta(hours=1)])
def test_a_state_goes_on_where_it_was(bucket: timedelta) -> None:
    series = Series(bucket, days=2)
    restored = CrisisLR(bucket, series.state())

    count = Count(series.next, 30, 25, 30)

    assert restored.score_open([count]) == series.detector.score_open([count])
    restored.learn_one(count)
    series.detector.learn_one(count)
    assert msgspec.msgpack.decode(restored.to_bytes()) == msgspec.msgpack.decode(series.state())


def changed(**fields: object) -> Callable[[bytes], bytes]:
    return lambda state: msgspec.msgpack.encode({**msgspec.msgpack.decode(state), **fields})


@pytest.mark.parametrize(
    "damage",
    [changed(version=VERSION + 1), changed(bucket_seconds=60), changed(baseline=None), lambda state: state[:-9],
     lambda state: b"", lambda state: b"\xc1" + state, lambda state: b"\x80"],
    ids=["version", "bucket", "field", "cut", "empty", "not MessagePack", "nothing in it"],
)  # fmt: skip
def test_a_foreign_state_is_refused(damage: Callable[[bytes], bytes]) -> None:
    state = CrisisLR().to_bytes()

    with pytest.raises(StoreUnusable, match="crisis_lr"):
        CrisisLR(FIVE, damage(state))


def test_a_state_stays_small_and_of_one_size() -> None:
    sizes = {len(Series(days=days).state()) // 1024 for days in (1, 4)}

    assert max(sizes) <= 20


def test_a_share_that_rounds_above_one_is_whole() -> None:
    series = Series(days=1)

    assert series.raw(30, 25, covered=1.0000000000000002) == series.raw(30, 25) > WARNING


def test_without_open_buckets_there_is_no_evidence() -> None:
    reading = Series().detector.score_open([])

    assert (reading.raw, reading.since) == (0, None)


def test_the_first_days_say_how_much_was_learnt() -> None:
    assert Series(days=2).detector.score_open([]).learnt == timedelta(days=2)
