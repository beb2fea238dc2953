"""Laws of counting and judging: nothing is lost, nothing is learnt twice, order inside a tick does not matter."""

from datetime import timedelta

from builders import NOON, observation
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core.counting import Counting, count
from crisiswatch.core.covering import Covered
from crisiswatch.core.models import Count, Coverage, Observation
from crisiswatch.detectors.crisis_lr import CrisisLR

WEIGHTS = tuple(float(i >= 8) for i in range(16))

arrivals = st.lists(
    st.tuples(st.integers(0, 3600), st.integers(-1200, 60), st.lists(st.integers(1, 6), max_size=4)), max_size=60
)
pieces = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=12)


def observations(script: list[tuple[int, int, list[int]]]) -> list[Observation]:
    found = []
    for observed, offset, sketch in script:
        at = NOON + timedelta(seconds=observed)
        event = at + timedelta(seconds=offset)
        bucket_time = max(event, at - timedelta(minutes=10))
        found.append(observation(observed_at=at, event_time=event, bucket_time=bucket_time, sketch=tuple(sketch)))
    return sorted(found, key=lambda seen: (seen.observed_at, seen.uid))


def run(seen: list[Observation]) -> tuple[Counting, list[tuple[int, int, int]]]:
    state = Counting("Acme", timedelta(minutes=5), timedelta(minutes=10), ("press",), WEIGHTS)
    state.closed_until = NOON - timedelta(minutes=15)
    closed = []
    for tick in range(400):
        now = NOON + tick * timedelta(seconds=15)
        due = [s for s in seen if now - timedelta(seconds=15) <= s.observed_at < now]
        closed += [
            ((bucket.start - NOON) // timedelta(minutes=5), bucket.stories, bucket.copies)
            for bucket in count(state, due, now).closed
        ]
    return state, closed


@given(arrivals)
@settings(max_examples=60, deadline=None)
def test_every_live_observation_is_counted_exactly_once(script: list[tuple[int, int, list[int]]]) -> None:
    seen = observations(script)

    state, closed = run(seen)

    still_open = sum(bucket.copies for bucket in state.open.values())
    assert sum(copies for _, _, copies in closed) + still_open == len(seen)


@given(arrivals)
@settings(max_examples=60, deadline=None)
def test_buckets_close_once_in_order_and_without_holes(script: list[tuple[int, int, list[int]]]) -> None:
    _, closed = run(observations(script))

    starts = [start for start, _, _ in closed]
    assert starts == list(range(-3, -3 + len(starts)))


@given(arrivals)
@settings(max_examples=60, deadline=None)
def test_stories_are_never_more_than_copies(script: list[tuple[int, int, list[int]]]) -> None:
    _, closed = run(observations(script))

    assert all(stories <= copies for _, stories, copies in closed)


@given(pieces)
@settings(max_examples=300, deadline=None)
def test_coverage_is_the_union_of_its_pieces_in_any_order(script: list[tuple[int, int]]) -> None:
    covered = Covered()
    covered.add(
        Coverage("press", NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)) for start, end in script
    )

    seconds = {second for start, end in script for second in range(start, end)}
    part = covered.part("press", NOON, NOON + timedelta(seconds=100))
    assert round(part * 100, 6) == len(seconds)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from((0.0, 0.3, 0.8, 1.0))), max_size=80))
@settings(max_examples=100, deadline=None)
def test_a_restored_detector_goes_on_as_if_nothing_had_happened(script: list[tuple[int, int, float]]) -> None:
    straight, restored = CrisisLR(), CrisisLR()
    for index, (stories, negative, covered) in enumerate(script):
        bucket = Count(NOON + index * timedelta(minutes=5), stories, min(stories, negative), stories, covered)
        straight.learn_one(bucket)
        restored = CrisisLR(state=restored.to_bytes())
        restored.learn_one(bucket)
        assert straight.score_open([bucket]) == restored.score_open([bucket])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_scoring_changes_nothing(script: list[tuple[int, int]]) -> None:
    detector = CrisisLR()
    for index, (stories, negative) in enumerate(script):
        bucket = Count(NOON + index * timedelta(minutes=5), stories, min(stories, negative), stories)
        before = detector.to_bytes()
        detector.score_open([bucket])
        assert detector.to_bytes() == before
        detector.learn_one(bucket)
