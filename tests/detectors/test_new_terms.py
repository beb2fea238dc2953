from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from builders import NOON, after

from crisiswatch.detectors.new_terms import REMEMBERED, NewTerms
from crisiswatch.errors import StoreUnusable

FIVE = timedelta(minutes=5)


def story(*words: str) -> dict[int, str]:
    return {sum(ord(letter) * 31**place for place, letter in enumerate(word)) % 2**32: word for word in words}


def taught(days: float, detector: NewTerms | None = None, words: tuple[str, ...] = ("kettle", "tea")) -> NewTerms:
    """Return a memory that ends at noon, of days in which two stories every half an hour used those words."""
    detector = detector or NewTerms()
    for step in range(round(days * 48)):
        detector.learn_one([story(*words)] * 2, NOON - timedelta(days=days) + timedelta(minutes=30) * step)
    return detector


def tell(detector: NewTerms, word: str, stories: int, of: int, hour: float = 0) -> None:
    for number in range(12):
        told = [story("tea", word)] * (stories // 12 + (number < stories % 12))
        rest = [story("tea")] * (of // 12 + (number < of % 12) - len(told))
        detector.learn_one(told + rest, after(hours=hour) + number * FIVE)


def test_a_word_that_was_not_there_last_week_is_named() -> None:
    detector = taught(7)

    tell(detector, "recall", 10, 40)

    assert detector.score_one(after(hours=1)) >= 1
    assert detector.terms(after(hours=1)) == (("recall", 10),)
    assert detector.stories(after(hours=1)) == 40


def test_a_word_that_was_there_last_week_is_no_news() -> None:
    detector = taught(7, words=("tea", "recall"))

    tell(detector, "recall", 30, 40)

    assert detector.score_one(after(hours=1)) == 0


def test_a_word_that_was_away_for_more_than_a_week_is_news_again() -> None:
    detector = NewTerms()
    detector.learn_one([story("recall")], NOON - timedelta(days=12))
    taught(8, detector)

    tell(detector, "recall", 10, 40)

    assert detector.terms(after(hours=1)) == (("recall", 10),)


def test_few_stories_or_a_small_share_are_not_worth_a_notice() -> None:
    few, small = taught(7), taught(7)

    tell(few, "recall", 4, 12)
    tell(small, "recall", 12, 150)

    assert few.score_one(after(hours=1)) < 1
    assert small.score_one(after(hours=1)) < 1


def test_nothing_is_new_before_the_memory_reaches_back_three_days() -> None:
    detector = taught(2)

    tell(detector, "recall", 40, 40)

    assert detector.score_one(after(hours=1)) == 0


def test_a_word_is_new_for_a_day() -> None:
    detector = taught(7)
    for hour in range(30):
        tell(detector, "recall", 20, 40, hour)

    assert detector.score_one(after(hours=30)) == 0


def test_what_was_read_long_ago_is_not_what_is_said_now() -> None:
    detector = taught(7)
    tell(detector, "recall", 20, 40)

    assert detector.score_one(after(hours=6)) == 0


def test_a_bucket_that_comes_twice_or_late_is_learnt_once() -> None:
    detector = taught(7)
    tell(detector, "recall", 10, 40)
    state = detector.to_bytes()

    detector.learn_one([story("recall")] * 10, after(minutes=55))
    detector.learn_one([story("recall")] * 10, NOON - timedelta(days=1))

    assert detector.to_bytes() == state


def test_a_checkpoint_holds_hashes_and_only_words_that_several_share() -> None:
    detector = taught(7)
    tell(detector, "recall", 3, 40)
    detector.learn_one([story("ana.perez")], after(minutes=65))
    state = detector.to_bytes()

    assert b"recall" in state
    assert b"ana.perez" not in state
    assert b"kettle" not in state


def test_memory_is_bounded_and_forgets_what_was_met_once() -> None:
    detector, random = taught(7), Random(1)
    for step in range(2000):
        words = [f"w{random.randrange(10**9)}" for _ in range(40)]
        detector.learn_one([story("tea", *words)], after(days=step / 200))
    tell(detector, "recall", 10, 40, 24 * 10)

    assert len(detector.to_bytes()) < 40 * REMEMBERED
    assert ("recall", 10) in detector.terms(after(days=10, hours=1))


def test_a_restored_memory_goes_on() -> None:
    straight, restored = taught(7), NewTerms(taught(7).to_bytes())

    tell(straight, "recall", 10, 40)
    tell(restored, "recall", 10, 40)

    assert straight.to_bytes() == restored.to_bytes()


@pytest.mark.parametrize("state", [b"", b"\x80" * 9, NewTerms().to_bytes().replace(b"version\x01", b"version\x63")])
def test_a_state_of_another_version_is_refused(state: bytes) -> None:
    with pytest.raises(StoreUnusable, match="new_terms"):
        NewTerms(state)
