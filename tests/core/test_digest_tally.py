"""The share that a digest tells is the one that alerts tell."""

from __future__ import annotations

import msgspec

from crisiswatch.core.digesting import Tally
from crisiswatch.core.sharing import Correction, estimate, histogram_of
from tests.builders import observation


def tallied(*seen: object) -> Tally:
    tally = Tally()
    for one in seen:
        tally.add(one)
    return tally


def distinct(number: int, **changes: object) -> object:
    """Return an observation that no other repeats."""
    return msgspec.structs.replace(observation(), uid=bytes([number] * 16), sketch=(), **changes)


def test_the_share_is_the_estimate_and_not_a_count_above_one_half() -> None:
    seen = [distinct(n, negativity=0.45 if n < 10 else 0.05) for n in range(40)]

    share = tallied(*seen).share(Correction())

    assert share == estimate(histogram_of([7] * 10 + [0] * 30), Correction())
    assert share is not None
    assert share.value > 0.02


def test_a_correction_by_labels_is_used() -> None:
    seen = [distinct(n, negativity=0.6) for n in range(30)]
    tally = tallied(*seen)

    assert tally.share(Correction(summand=-2.0)).value < tally.share(Correction()).value


def test_a_story_counts_once_and_its_mentions_all_do() -> None:
    copies = [msgspec.structs.replace(distinct(n, negativity=0.95), sketch=(1, 2, 3, 4, 5)) for n in range(9)]
    others = [msgspec.structs.replace(distinct(50 + n, negativity=0.05), sketch=(100 + n,)) for n in range(9)]

    tally = tallied(*copies, *others)

    assert tally.mentions == 18
    assert tally.share(Correction()) == estimate(histogram_of([15] + [0] * 9), Correction())


def test_what_is_not_about_the_brand_is_left_out() -> None:
    tally = tallied(distinct(1, negativity=0.9, relevance=0.05))

    assert (tally.mentions, tally.share(Correction())) == (0, None)


def test_what_a_brands_own_model_says_is_shown() -> None:
    own = tallied(*(distinct(n, negativity=0.9, adapted=0.05) for n in range(20)))

    assert own.share(Correction()) == estimate(histogram_of([0] * 20), Correction())
