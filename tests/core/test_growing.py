from datetime import timedelta

import pytest

from crisiswatch.core.growing import branching_ratio, doubling_time, forecast, time_until

FIVE = timedelta(minutes=5)


def test_doubling_counts_double_in_their_own_time() -> None:
    found = doubling_time([4, 8, 16, 32], FIVE)

    assert found is not None
    assert found == pytest.approx(FIVE, rel=0.01)


@pytest.mark.parametrize(
    "counts", [[], [50], [5, 6, 4, 5], [30, 31, 29, 30], [40, 30, 20, 10], [1, 2, 3, 4], [0, 0, 30, 30]]
)
def test_says_nothing_where_it_cannot_tell(counts: list[float]) -> None:
    assert doubling_time(counts, FIVE) is None


def test_a_forecast_goes_on_as_it_came() -> None:
    level, doubling = forecast([10] * 12, FIVE), forecast([2 ** (n / 12) * 40 for n in range(12)], FIVE)

    assert level is not None
    assert level.stories == pytest.approx(120, rel=0.01)
    assert doubling is not None
    assert doubling.stories == pytest.approx(2 * sum(2 ** (n / 12) * 40 for n in range(12)), rel=0.02)


@pytest.mark.parametrize("counts", [[], [50], [1] * 12])
def test_no_forecast_is_made_of_too_little(counts: list[float]) -> None:
    assert forecast(counts, FIVE) is None


def test_no_crowd_grows_for_ever() -> None:
    found = forecast([0, 0, 0, 0, 0, 0, 0, 10, 100, 1000, 10_000, 100_000], FIVE)

    assert found is not None
    assert found.stories < 111_110 * 8 * 8


def test_a_score_that_doubles_every_ten_minutes_is_four_times_as_high_in_twenty() -> None:
    assert time_until(1.0, 4.0, timedelta(minutes=10)) == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("score", "limit", "doubling"), [(2, 1.5, FIVE), (1, 2, None), (0, 2, FIVE), (1, 64, timedelta(hours=1))]
)
def test_no_time_is_told_for_what_is_over_does_not_grow_or_lies_far_ahead(
    score: float, limit: float, doubling: timedelta | None
) -> None:
    assert time_until(score, limit, doubling) is None


def test_reposts_per_post_are_the_copies_beyond_stories() -> None:
    assert branching_ratio(stories=40, copies=100) == pytest.approx(0.6)
    assert branching_ratio(stories=40, copies=40) == 0
    assert branching_ratio(stories=4, copies=9) is None
