"""Sources judged by themselves, beside the pool of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import NOON, after, observation

from crisiswatch.core.apart import OF_POOL, apart_of
from crisiswatch.core.assessing import assess
from crisiswatch.core.counting import Counting, count
from crisiswatch.core.gates import Moment, gates
from crisiswatch.core.judging import ALL_SOURCES, Judging, Thresholds, judge, loudest, to_judgements
from crisiswatch.core.models import Count, Coverage, Expectation, Judgement, Reading, Severity

BARS = {0.5: 4.0, 0.1: 6.0, 0.02: 8.0}
WHOLE = Thresholds.for_budget(BARS, 0.1, 0.02)
USUAL = Expectation(40.0, 0.1, 0.2)
FORUM, PRESS = "forum", "press"


def reading(raw: float, recent: float = 0.0, over: float = 0.0) -> Reading:
    return Reading(raw, NOON, Expectation(1.0, 0.1, 0.1), timedelta(days=100), recent, over)


class Listening:
    """A detector that keeps what it hears, and finds as many nats as there are negative stories."""

    def __init__(self) -> None:
        self.learnt: list[Count] = []
        self.read: Sequence[Count] = ()

    def predict_one(self, start: datetime) -> Expectation:
        return USUAL

    def learn_one(self, count: Count) -> None:
        self.learnt.append(count)

    def score_open(self, counts: Sequence[Count]) -> Reading:
        self.read = counts
        return reading(sum(count.negative for count in counts))

    def rest(self) -> None:
        self.learnt.clear()

    def to_bytes(self) -> bytes:
        return b""


class Deaf(Listening):
    """A pool that finds nothing."""

    def score_open(self, counts: Sequence[Count]) -> Reading:
        return replace(reading(0.0), expectation=USUAL)


def brand(*sources: str) -> tuple[Counting, Judging]:
    weights = tuple(float(i >= 8) for i in range(16))
    counting = Counting("Acme", timedelta(minutes=5), timedelta(0), sources, weights, closed_until=NOON)
    counting.covered.add([Coverage(name, NOON, after(hours=2)) for name in sources])
    return counting, Judging(Deaf(), apart=apart_of(sources, Listening))


def hear(counting: Counting, judging: Judging, minute: float, **brought: int) -> Judgement:
    """Return the judgement of a tick before which each source brought so many negative stories."""
    at = after(minutes=minute - 0.1)
    seen = [observation(source=source, observed_at=at) for source, n in brought.items() for _ in range(n)]
    buckets = count(counting, seen, after(minutes=minute))
    return judge(judging, counting, buckets, WHOLE, (), after(minutes=minute))


def detector_of(judging: Judging, source: str) -> Listening:
    assert judging.apart is not None
    found = judging.apart.detectors[source]
    assert isinstance(found, Listening)
    return found


def test_every_source_learns_its_own_part_of_a_closed_bucket() -> None:
    counting, judging = brand(FORUM, PRESS)

    hear(counting, judging, 4, forum=3, press=2)
    hear(counting, judging, 6, press=1)
    hear(counting, judging, 11)

    assert [(each.stories, each.negative) for each in detector_of(judging, FORUM).learnt] == [(3, 3.0), (0, 0.0)]
    assert [each.stories for each in detector_of(judging, PRESS).learnt] == [2, 1]
    assert not any(bucket.parts for bucket in counting.closed)


def test_a_source_that_was_not_seen_is_learnt_as_not_covered() -> None:
    counting, judging = brand(FORUM, PRESS)
    counting.covered.stretches[FORUM] = [(NOON, after(minutes=5))]

    hear(counting, judging, 4, forum=1, press=1)
    hear(counting, judging, 11)

    assert [each.covered for each in detector_of(judging, FORUM).learnt] == [1.0, 0.0]
    assert [each.covered for each in detector_of(judging, PRESS).learnt] == [1.0, 1.0]


def test_a_story_is_judged_in_the_source_that_told_it_first() -> None:
    counting, judging = brand(FORUM, PRESS)
    sketch = tuple(range(16))
    seen = [observation(source=name, observed_at=after(minutes=1), sketch=sketch) for name in (FORUM, PRESS)]

    judge(judging, counting, count(counting, seen, after(minutes=6)), WHOLE, (), after(minutes=6))

    parts = {name: detector_of(judging, name).learnt[0] for name in (FORUM, PRESS)}
    assert sum(part.stories for part in parts.values()) == 1
    assert [part.copies for part in parts.values()] == [1, 1]


def test_a_source_alerts_when_the_pool_is_quiet_and_is_named() -> None:
    counting, judging = brand(FORUM, PRESS)
    hear(counting, judging, 4, forum=1, press=1)

    found = hear(counting, judging, 6, forum=30)

    assert found.series == FORUM
    assert found.score > 1
    assert found.reading.expectation == USUAL  # what is usual stays that of the brand


def test_a_brand_of_one_source_is_judged_by_its_pool_alone() -> None:
    counting, judging = brand(FORUM)

    found = hear(counting, judging, 6, forum=30)

    assert judging.apart is None
    assert [each.series for each in judging.judgements] == [ALL_SOURCES]
    assert found == judging.judgements[0]
    assert not any(bucket.parts for bucket in counting.open.values())


def test_what_is_read_of_a_source_follows_what_is_known_now_and_not_when_it_was_read_before() -> None:
    often, once = brand(FORUM, PRESS), brand(FORUM, PRESS)
    for counting, judging in (often, once):
        counting.covered.stretches[FORUM] = [(NOON, after(minutes=6))]
        hear(counting, judging, 4, forum=1, press=9)
        hear(counting, judging, 6)
    hear(*often, 6.25)
    for counting, judging in (often, once):
        counting.covered.add([Coverage(FORUM, after(minutes=6), after(minutes=8))])
        hear(counting, judging, 8)

    read = [detector_of(judging, FORUM).read for _, judging in (often, once)]
    assert [[each.covered for each in counts] for counts in read] == [[0.6], [0.6]]


def test_series_share_the_budget_of_the_brand() -> None:
    budgets = [WHOLE.part(OF_POOL).budget[0], *(WHOLE.part((1 - OF_POOL) / 4).budget[0] for _ in range(4))]

    assert sum(budgets) == pytest.approx(0.1)
    assert WHOLE.part(OF_POOL).warning > WHOLE.warning
    assert WHOLE.part((1 - OF_POOL) / 4).warning > WHOLE.part(OF_POOL).warning


def test_one_is_the_threshold_of_every_series() -> None:
    at = {"pool": WHOLE.part(OF_POOL).warning, FORUM: WHOLE.part((1 - OF_POOL) / 2).warning}

    found = to_judgements(reading(at["pool"]), {FORUM: reading(at[FORUM])}, 2, WHOLE, None)

    assert [each.score for each in found] == pytest.approx([1.0, 1.0])
    assert loudest(found).series in (ALL_SOURCES, FORUM)


def test_thresholds_given_in_nats_have_no_parts() -> None:
    assert Thresholds(6.0, 8.0).part(0.1) == Thresholds(6.0, 8.0)


def test_trouble_is_not_over_while_it_goes_on_in_one_source() -> None:
    ended = Judgement("crisis_lr", ALL_SOURCES, 1.5, 1.3, reading(9.0, 0.0, 6.0))
    going_on = Judgement("crisis_lr", FORUM, 1.2, 1.3, reading(9.0, 8.0))

    assert assess([ended], ()).is_over
    assert not assess([ended, going_on], ()).is_over
    assert assess([ended, going_on], ()).severity is Severity.CRITICAL


def test_a_source_without_trouble_does_not_keep_it_from_being_over() -> None:
    ended = Judgement("crisis_lr", ALL_SOURCES, 1.5, 1.3, reading(9.0, 0.0, 6.0))
    calm = Judgement("crisis_lr", FORUM, 0.1, 1.3, reading(0.5))

    assert assess([ended, calm], ()).is_over


def test_gates_list_the_score_of_every_series() -> None:
    series = to_judgements(reading(1.0), {FORUM: reading(30.0), PRESS: reading(1.0)}, 2, WHOLE, None)

    found = gates(Moment(loudest(series), 1.0, (), (), None, Severity.CRITICAL, series=series))

    listed = {gate.name: gate.is_open for gate in found if gate.name.startswith("score of")}
    assert listed == {"score of all sources": False, "score of forum": True, "score of press": False}
    assert next(gate for gate in found if gate.name == "score for warning").is_open


def test_detectors_of_sources_that_stay_are_kept_and_of_others_dropped() -> None:
    _, judging = brand(FORUM, PRESS)
    assert judging.apart is not None
    judging.apart.detectors = {FORUM: Listening(), PRESS: Listening()}

    again = apart_of((PRESS, "video"), Listening, judging.apart)

    assert again is not None
    assert again.detectors == {PRESS: judging.apart.detectors[PRESS]}
    assert apart_of((PRESS,), Listening, again) is None
