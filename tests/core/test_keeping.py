"""How much is kept of each brand: bounds for one and for all, and exact totals whatever gives way."""

from __future__ import annotations

from dataclasses import replace

from builders import NOON, after, observation
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.buckets import Bucket, Item
from crisiswatch.core.counting import Counting, count, items_kept, items_since, totals_since
from crisiswatch.core.explaining import gather
from crisiswatch.core.judging import Judging
from crisiswatch.core.keeping import KEPT_ITEMS, Levels, level
from crisiswatch.core.stories import StoryIndex
from crisiswatch.detectors.crisis_lr import CrisisLR
from tests.core.test_counting import counting

amounts = st.lists(st.integers(0, 60), max_size=12)


def item(number: int, *, is_first: bool = True, rules: tuple[str, ...] = ()) -> Item:
    return Item(
        number.to_bytes(16), "press", "en", f"1:{number}", 12, number, is_first, after(seconds=number), 3, rules
    )


@given(amounts, st.integers(1, 50), st.integers(0, 300))
def test_all_together_stay_below_the_bound_and_nobody_gives_way_without_need(
    had: list[int], one: int, in_all: int
) -> None:
    found = level(had, one, in_all)

    kept = [min(amount, found) for amount in had]
    assert found <= one and sum(kept) <= in_all
    wanted = [min(amount, one) for amount in had]
    assert kept == wanted or sum(kept) > in_all - len(had)


def test_who_has_little_leaves_the_rest_to_the_others() -> None:
    assert level([1, 1, 100, 100], 80, 62) == 30
    assert level([], 80, 10) == 80


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 40))
def test_a_bucket_counts_exactly_whatever_it_keeps(firsts: list[bool], most: int) -> None:
    bucket = Bucket(NOON)
    items = [item(n, is_first=is_first, rules=("vip",) if n % 50 == 7 else ()) for n, is_first in enumerate(firsts)]
    for each in items:
        bucket.add(each, 0.5, most)

    assert (bucket.copies, bucket.stories, bucket.negative) == (len(items), sum(firsts), sum(firsts) / 2)
    assert bucket.kept <= most and bucket.items == items[:: bucket.step]
    assert bucket.step == 1 or bucket.kept > most // 2 - 1
    assert bucket.rules == (["vip"] if len(items) > 7 else [])


def test_a_bucket_whose_items_gave_way_keeps_its_totals_and_the_names_of_its_rules() -> None:
    bucket = Bucket(NOON)
    bucket.add(item(1, rules=("vip",)), 1.0, 10)

    bucket.let_go()

    assert (bucket.items, bucket.kept, bucket.copies, bucket.stories, bucket.rules) == ([], 0, 1, 1, ["vip"])


def flooded(most: int) -> Counting:
    """Return the state after an hour in which ten posts came every minute, of which so many may be kept."""
    state = counting(levels=Levels(items=most))
    for minute in range(60):
        seen = [
            observation(observed_at=after(minutes=minute, seconds=n), sketch=(minute, n, 1, 2, n)) for n in range(10)
        ]
        count(state, seen, after(minutes=minute + 1))
    return state


def test_the_oldest_items_of_a_brand_give_way_and_the_totals_of_their_buckets_stay() -> None:
    state = flooded(most=200)

    assert state.kept == sum(bucket.kept for bucket in state.closed) <= 200
    assert [bool(bucket.kept) for bucket in state.closed] == sorted(bool(bucket.kept) for bucket in state.closed)
    assert totals_since(state, NOON)[1] == 600 > len(items_since(state, NOON)) == items_kept(state)


def test_an_alert_counts_what_gave_way_too() -> None:
    judging = Judging(CrisisLR())
    told = []
    for most in (200, KEPT_ITEMS):
        state = flooded(most)
        reading = replace(judging.detector.score_open(()), since=NOON)
        evidence = gather(state, judging, reading, None, after(hours=1))
        told.append((evidence.copies, evidence.stories, evidence.negative))

    assert told[0] == told[1] == (600, totals_since(state, NOON)[0], totals_since(state, NOON)[2])


def test_of_many_stories_the_longest_unseen_are_forgotten() -> None:
    index = StoryIndex()
    for number in range(30):
        index.assign([number * 5 + part for part in range(5)], after(seconds=number), most=100)

    assert len(index.owners) <= 100
    assert index.assign([29 * 5 + part for part in range(5)], after(minutes=1), most=100) == (30, False)
    assert index.assign([0, 1, 2, 3, 4], after(minutes=1), most=100) == (31, True)
