"""Stars of reviews: how they move what a text says, and when they say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.models import Engagement, Mention
from crisiswatch.core.ratings import STARS, with_stars

chances = st.floats(0.0, 1.0)
stars = st.integers(1, 5)


def review(rating, kind="review"):
    return Mention(source="s", external_id="1", text="x", kind=kind, engagement=Engagement(rating=rating))


def test_a_text_that_says_nothing_either_way_leaves_the_stars_as_they_are():
    assert [with_stars(review(n), 1 / 3) for n in range(1, 6)] == pytest.approx(STARS)


def test_a_text_that_cannot_be_scored_has_its_stars():
    assert [with_stars(review(n), None) for n in range(1, 6)] == pytest.approx(STARS)


@pytest.mark.parametrize("rating", [None, 0.0, 0.9, 5.1, 10.0, 73.0, float("nan"), float("inf")])
def test_another_scale_says_nothing(rating):
    assert with_stars(review(rating), 0.4) == 0.4
    assert with_stars(review(rating), None) is None


def test_only_reviews_have_stars():
    assert with_stars(review(1.0, kind="post"), 0.2) == 0.2
    assert with_stars(Mention(source="s", external_id="1", text="x", kind="review"), 0.2) == 0.2


def test_polite_words_do_not_hide_one_star_nor_does_one_sour_word_spoil_five():
    assert with_stars(review(1.0), 0.1) > 0.5
    assert with_stars(review(5.0), 0.7) < 0.5


def test_three_stars_are_told_by_the_text():
    assert with_stars(review(3.0), 0.9) > 0.5 > with_stars(review(3.0), 0.1)


@given(chances, stars, stars)
def test_fewer_stars_are_never_less_negative(chance, one, other):
    few, many = sorted((one, other))

    assert with_stars(review(few), chance) >= with_stars(review(many), chance)


@given(stars, chances, chances)
def test_a_more_negative_text_is_never_less_negative(rating, one, other):
    low, high = sorted((one, other))

    assert 0.0 <= with_stars(review(rating), low) <= with_stars(review(rating), high) <= 1.0


@given(st.floats(1.0, 5.0))
def test_half_stars_are_rounded_up(rating):
    assert with_stars(review(rating), None) == STARS[int(rating + 0.5) - 1]
