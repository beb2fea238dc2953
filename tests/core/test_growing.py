from datetime import timedelta

import pytest

from crisiswatch.core.growing import doubling_time

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
