import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from crisiswatch.detectors.novelty_bag import Block, NoveltyBag, Tail
from crisiswatch.errors import StoreUnusable

START = datetime(2026, 1, 5, tzinfo=UTC)
WARM = 300


def at(index: int) -> datetime:
    return START + index * timedelta(minutes=5)


def usual(count: int, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [float(round(50 + 20 * math.sin(index / 288 * 2 * math.pi) + rng.gauss(0, 4))) for index in range(count)]


def scores(bag: NoveltyBag, values: list[float], start: int = 0) -> list[float]:
    found = []
    for index, value in enumerate(values, start):
        found.append(bag.score_one(value, at(index)))
        bag.learn_one(value, at(index))
    return found


def test_says_nothing_while_it_warms_up() -> None:
    found = scores(NoveltyBag(WARM), usual(WARM - 1))

    assert set(found) == {0.0}


def test_a_value_never_seen_before_scores_more_than_anything_before_it() -> None:
    values = [*usual(900), 400.0]

    found = scores(NoveltyBag(WARM), values)

    assert found[-1] > 1.0
    assert found[-1] > max(found[:-1])


def test_a_silent_stretch_is_as_new_as_a_loud_one() -> None:
    found = scores(NoveltyBag(WARM), [*usual(900), *[0.0] * 10])

    assert max(found[-10:]) > max(found[:-10])


def test_what_has_happened_before_is_less_new() -> None:
    first = scores(NoveltyBag(WARM), [*usual(900), 400.0])[-1]
    again = scores(NoveltyBag(WARM), [*usual(900), 400.0, *usual(300, seed=2), 400.0])[-1]

    assert again < first


def test_rests_after_an_alarm_unless_it_gets_clearly_worse() -> None:
    values = usual(1200)
    values[900:905] = [160.0] * 5
    values[960:965] = [165.0] * 5
    values[1000:1005] = [-9e9] * 5

    found = scores(NoveltyBag(WARM), values)

    assert max(found[900:910]) > 1.0
    assert max(found[960:970]) == 0.0
    assert max(found[1000:1010]) > max(found[900:910])


def test_what_is_asked_for_after_an_alarm_falls_with_time() -> None:
    def second(later: int) -> float:
        values = usual(1300)
        values[900], values[900 + later] = 180.0, 260.0
        return scores(NoveltyBag(WARM), values)[900 + later]

    soon, later, late = (second(after) for after in (2, 110, 300))

    assert soon == 0.0 < later
    assert late == pytest.approx(later, rel=0.5)


def test_scoring_changes_nothing() -> None:
    bag = NoveltyBag(WARM)
    scores(bag, usual(400))
    before = bag.to_bytes()

    found = [bag.score_one(400.0, at(400)) for _ in range(3)]

    assert bag.to_bytes() == before
    assert len(set(found)) == 1


def test_goes_on_from_its_bytes_as_if_it_had_never_stopped() -> None:
    values = [*usual(900), 400.0, *usual(100, seed=3)]
    whole = NoveltyBag(WARM)
    expected = scores(whole, values)
    first = NoveltyBag(WARM)
    scores(first, values[:500])

    second = NoveltyBag(WARM, first.to_bytes())

    assert scores(second, values[500:], start=500) == expected[500:]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_passes_over_what_is_no_number(value: float) -> None:
    bag = NoveltyBag(WARM)
    scores(bag, usual(400))
    before = bag.to_bytes()

    score = bag.score_one(value, at(400))
    bag.learn_one(value, at(400))

    assert score == 0.0
    assert bag.to_bytes() == before


def test_forgets_what_is_fourteen_warm_ups_old() -> None:
    bag = NoveltyBag(10)
    scores(bag, [float(index) for index in range(5000)])

    size = len(bag.to_bytes())
    scores(bag, [float(index) for index in range(5000, 6000)], start=5000)

    assert len(bag.to_bytes()) <= size + 64


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e9])
def test_the_unit_of_a_series_does_not_matter(factor: float) -> None:
    values = [value + 0.5 for value in [*usual(900), 400.0]]

    found = scores(NoveltyBag(WARM), [value * factor for value in values])

    assert found == pytest.approx(scores(NoveltyBag(WARM), values), rel=1e-6)


def test_a_series_that_never_changes_is_never_new() -> None:
    assert set(scores(NoveltyBag(WARM), [7.0] * 1500)) == {0.0}


def test_a_block_ends_with_its_last_value_and_keeps_its_extreme() -> None:
    block = Block(3)

    for value in (10.0, 40.0):
        assert block.features(value, 0) is None
        block.learn(value, 0, None)
    found = block.features(10.0, 0)

    assert found is not None
    assert (found.value, found.mean) == (40.0, 20.0)


def test_a_larger_distance_is_never_less_surprising() -> None:
    tail, rng = Tail(), random.Random(4)
    for _ in range(2000):
        tail.learn(rng.expovariate(1.0))

    found = [tail.surprise(distance / 10) for distance in range(100)]

    assert found == sorted(found)
    assert tail.surprise(math.log(50)) == pytest.approx(-math.log10(0.02), abs=0.5)


def test_bytes_of_another_warm_up_or_of_nothing_are_refused() -> None:
    stored = NoveltyBag(WARM).to_bytes()

    for data, warm in ((stored, WARM + 1), (b"", WARM), (stored[:-3], WARM)):
        with pytest.raises(StoreUnusable):
            NoveltyBag(warm, data)


def test_a_warm_up_of_a_few_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        NoveltyBag(3)
