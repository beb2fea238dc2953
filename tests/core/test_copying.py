"""How often a story is usually repeated, and from where on it is a flood."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.copying import AT_MOST, COPIED, STEP, STEP_AT_FIRST, flood_bar, learn_copied, pace

FIVE, DAY = timedelta(minutes=5), timedelta(days=1)
counts = st.floats(0, 1e6)


def after(buckets: int, copies_of: float, usual: float = 10, copied: float = 0.0, age: timedelta = DAY) -> float:
    """Return the logarithm after so many buckets in which every story has about so many copies."""
    random = Random(3)
    for number in range(buckets):
        stories = round(random.gauss(usual, math.sqrt(usual)))
        copies = sum(1 + int(random.expovariate(1 / (copies_of - 1))) if copies_of > 1 else 1 for _ in range(stories))
        copied = learn_copied(copied, stories, copies, pace(FIVE, age + number * FIVE, usual))
    return copied


def test_where_nobody_repeats_a_story_the_least_limit_holds() -> None:
    assert flood_bar(after(2_000, 1.0)) == COPIED


def test_where_stories_have_copies_every_day_it_takes_more_to_be_a_flood() -> None:
    assert flood_bar(after(4 * 288, 4.0)) > 1.2 * 3.5


def test_half_a_day_of_bots_changes_nothing() -> None:
    assert flood_bar(after(144, 20.0)) == COPIED


def test_it_is_forgotten_as_fast_as_it_was_learnt() -> None:
    assert flood_bar(after(4 * 288, 1.0, copied=after(4 * 288, 4.0))) == COPIED


@given(copied=st.floats(0, 5), stories=counts, copies=counts, step=st.floats(0, 0.5))
def test_a_bucket_moves_it_by_a_step_at_most_and_never_past_its_own(
    copied: float, stories: float, copies: float, step: float
) -> None:
    moved = learn_copied(copied, stories, copies, step)

    assert moved >= 0
    assert abs(moved - copied) <= step + 1e-12
    if stories > 0:
        own = math.log(max(1.0, copies / stories))
        assert min(copied, own) - 1e-12 <= moved <= max(copied, own) + 1e-12
    else:
        assert moved == copied


@given(copied=st.floats(0, 5), more=st.floats(0, 1))
def test_more_that_is_usual_never_lowers_the_limit(copied: float, more: float) -> None:
    assert flood_bar(copied + more) >= flood_bar(copied) >= COPIED


@pytest.mark.parametrize(
    ("bucket", "age", "usual", "step"),
    [
        (FIVE, DAY, 3.0, STEP),
        (FIVE, timedelta(0), 3.0, STEP_AT_FIRST),
        (timedelta(minutes=15), DAY, 3.0, 3 * STEP),
        (FIVE, DAY, 0.25, 4 * STEP),
        (FIVE, DAY, 0.0, AT_MOST * STEP),
    ],
)
def test_it_moves_as_fast_in_time_whatever_the_bucket_and_the_volume(
    bucket: timedelta, age: timedelta, usual: float, step: float
) -> None:
    assert pace(bucket, age, usual) == pytest.approx(step)
