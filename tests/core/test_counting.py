from datetime import timedelta

import pytest
from builders import NOON, after, observation

from crisiswatch.core.counting import Counting, count, items_since, negativity_bin
from crisiswatch.core.models import Coverage
from crisiswatch.core.stories import first_of_each

WEIGHTS = tuple(float(i >= 8) for i in range(16))


def counting(**changes: object) -> Counting:
    fields = {
        "brand": "Acme",
        "bucket": timedelta(minutes=5),
        "lateness": timedelta(minutes=10),
        "sources": ("press",),
        "weights": WEIGHTS,
        **changes,
    }
    state = Counting(**fields)  # type: ignore[arg-type]
    state.covered.add([Coverage("press", after(hours=-1), after(hours=9))])
    return state


def test_a_bucket_closes_once_at_its_end_plus_lateness() -> None:
    state = counting()
    count(state, [observation(observed_at=after(minutes=1))], after(minutes=2))

    before = count(state, [], after(minutes=14, seconds=45))
    at = count(state, [], after(minutes=15))
    later = count(state, [], after(minutes=15, seconds=15))

    assert before.closed == ()
    assert [(b.start, b.stories) for b in at.closed] == [(NOON, 1)]
    assert later.closed == ()


def test_a_late_item_falls_into_the_oldest_bucket_that_is_open() -> None:
    state = counting()
    count(state, [], NOON)
    count(state, [], after(minutes=21))

    late = observation(observed_at=after(minutes=22), bucket_time=after(minutes=1))
    buckets = count(state, [late], after(minutes=23))

    assert [(b.start, b.stories) for b in buckets.open if b.stories] == [(after(minutes=10), 1)]


def test_a_repost_is_a_copy_and_not_a_story() -> None:
    state = counting()
    first = observation(sketch=(1, 2, 3, 4, 5))
    repost = observation(sketch=(1, 2, 3, 9, 10))
    other = observation(sketch=(17, 18, 19, 20, 21))

    (bucket,) = count(state, [first, repost, other], after(minutes=1)).open

    assert (bucket.stories, bucket.copies, bucket.negative) == (2, 3, 2.0)


def test_short_texts_are_the_same_story_only_if_they_agree_whole() -> None:
    state = counting()

    (bucket,) = count(
        state, [observation(sketch=(1, 2)), observation(sketch=(1, 3)), observation(sketch=(1, 2))], after(minutes=1)
    ).open

    assert bucket.stories == 2


def test_backfilled_items_are_not_counted() -> None:
    (bucket,) = count(counting(), [observation(live=False)], after(minutes=1)).open

    assert bucket.copies == 0


def test_an_open_bucket_is_covered_as_far_as_its_source_was_seen() -> None:
    state = counting()
    state.covered.stretches.clear()
    state.covered.add([Coverage("press", after(hours=-1), after(minutes=2))])

    (bucket,) = count(state, [], after(minutes=4)).open

    assert bucket.covered == pytest.approx(0.4)


def test_coverage_weighs_sources_by_their_usual_volume() -> None:
    state = counting(sources=("press", "forum"), usual={"press": 9.0, "forum": 1.0}, closed_until=NOON)

    (bucket,) = count(state, [], after(minutes=5)).open

    assert bucket.covered == pytest.approx(0.9)


def test_items_are_kept_for_evidence_after_their_bucket_closed() -> None:
    state = counting()
    count(state, [observation(observed_at=after(minutes=1))], after(minutes=2))
    count(state, [observation(observed_at=after(minutes=30))], after(minutes=31))

    assert len(items_since(state, NOON)) == 2
    assert len(items_since(state, after(minutes=5))) == 1


@pytest.mark.parametrize(("negativity", "bin_"), [(None, -1), (0.0, 0), (0.49, 7), (0.5, 8), (1.0, 15)])
def test_probabilities_fall_into_sixteen_bins(negativity: float | None, bin_: int) -> None:
    assert negativity_bin(negativity) == bin_


def test_of_copies_the_first_begins_the_story() -> None:
    assert first_of_each([(1, 2, 3, 4, 5), (1, 2, 3, 9, 8), (), (15, 16, 17, 18, 19), ()], NOON) == [0, 2, 3, 4]
