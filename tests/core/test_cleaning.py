"""Each source is cleaned before they are pooled."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from builders import NOON, after, observation

from crisiswatch.core.buckets import Bucket, Part
from crisiswatch.core.cleaning import is_flooded, pooled, pooled_open
from crisiswatch.core.counting import Buckets, Counting, count
from crisiswatch.core.models import Count

FORUM, PRESS = "forum", "press"


def brand(*sources: str) -> Counting:
    weights = tuple(float(i >= 8) for i in range(16))
    counting = Counting("Acme", timedelta(minutes=5), timedelta(0), sources, weights, closed_until=NOON)
    counting.usual, counting.usual_negative = {FORUM: 4.0, PRESS: 50.0}, {FORUM: 0.5, PRESS: 6.0}
    return counting


def bucket(**parts: Part) -> Bucket:
    found = list(parts.values())
    return Bucket(
        NOON,
        stories=sum(part.stories for part in found),
        negative=sum(part.negative for part in found),
        copies=sum(part.copies for part in found),
        parts=dict(parts),
        covered=1.0,
    )


def test_what_is_flooded_counts_as_it_usually_does_and_the_others_as_they_are() -> None:
    found = pooled(brand(FORUM, PRESS), bucket(forum=Part(12, 9.0, 60), press=Part(50, 6.0, 70)))

    assert found == Count(NOON, 54.0, 6.5, 74.0)


def test_a_flood_that_is_thin_in_the_pool_is_told_in_its_source_alone() -> None:
    forum, press = Part(12, 9.0, 60), Part(50, 6.0, 55)

    assert is_flooded(forum, 0.0)
    assert not is_flooded(Part(forum.stories + press.stories, 0.0, forum.copies + press.copies), 0.0)


def test_where_stories_always_have_copies_they_are_no_flood() -> None:
    counting, reposts = brand(FORUM, PRESS), bucket(forum=Part(12, 9.0, 42), press=Part(50, 6.0, 55))
    before = pooled(counting, reposts).stories
    counting.usual_copied = {FORUM: math.log(3.5)}

    assert (before, pooled(counting, reposts).stories) == (54.0, 62.0)
    assert pooled(counting, bucket(forum=Part(12, 9.0, 120), press=Part(50, 6.0, 55))).stories == 54.0


def test_how_often_stories_are_repeated_is_learnt_source_by_source() -> None:
    counting = brand(FORUM, PRESS)
    for number in range(20):
        at = after(minutes=5 * number + 1)
        told = [(FORUM, 4), (PRESS, 1)]
        seen = [
            observation(source=source, sketch=(number * 10 + 1, len(source)), observed_at=at)
            for source, times in told
            for _ in range(times)
        ]
        count(counting, seen, after(minutes=5 * number + 2))
    count(counting, [], after(minutes=120))

    assert counting.usual_copied[FORUM] > counting.usual_copied[PRESS] == 0.0


def test_a_flood_takes_nothing_away_that_is_usual() -> None:
    found = pooled(brand(FORUM, PRESS), bucket(forum=Part(1, 0.0, 60), press=Part(50, 6.0, 55)))

    assert (found.stories, found.negative) == (51, 6.0)


def test_without_a_flood_the_pool_is_the_sum() -> None:
    found = pooled(brand(FORUM, PRESS), bucket(forum=Part(12, 9.0, 24), press=Part(50, 6.0, 70)))

    assert found == Count(NOON, 62.0, 15.0, 94.0)


def test_a_source_that_was_never_heard_before_and_floods_adds_nothing() -> None:
    counting = brand(FORUM, PRESS)
    counting.usual.clear()
    counting.usual_negative.clear()

    found = pooled(counting, bucket(forum=Part(12, 9.0, 60)))

    assert found == Count(NOON, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("sources", "stories"), [((FORUM, PRESS), 4.0), ((FORUM,), 10.0)])
def test_a_brand_of_one_source_is_left_to_its_detector(sources: tuple[str, ...], stories: float) -> None:
    counting = brand(*sources)
    seen = [
        observation(source=FORUM, sketch=(number % 10 * 7 + 1, number % 10 * 7 + 2), observed_at=after(minutes=1))
        for number in range(90)
    ]

    buckets = count(counting, seen, after(minutes=2))

    assert [each.stories for each in pooled_open(counting, buckets)] == [stories]
    assert isinstance(buckets, Buckets)
