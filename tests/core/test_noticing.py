from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from builders import NOON, after, assessment, incident

from crisiswatch.core.assessing import assess
from crisiswatch.core.buckets import Bucket, Item
from crisiswatch.core.gates import Moment, gates, would_alert
from crisiswatch.core.incidents import Condition
from crisiswatch.core.lifecycle import Timers, advance
from crisiswatch.core.models import Expectation, Judgement, Notice, Reading, Severity
from crisiswatch.core.noticing import Noticing, Unread, features, learn, learn_words, score, tally
from crisiswatch.core.steps import Feature

FIVE = timedelta(minutes=5)
USUAL = Expectation(2.0, 0.1, 0.15)
SPIKE = Notice("volume_spike", "stories", 1.3, 130, 30)


class Recorded:
    """Remembers what it was given; its score is the number of stories ÷ 100."""

    name = "recorded"
    series = Feature.STORIES

    def __init__(self) -> None:
        self.learnt: list[Mapping[str, float]] = []

    def learn_one(self, x: Mapping[str, float]) -> None:
        self.learnt.append(x)

    def score_one(self, x: Mapping[str, float]) -> float:
        return x[Feature.STORIES] / 100

    def usual_one(self, x: Mapping[str, float]) -> float:
        return x[Feature.EXPECTED]

    def to_bytes(self) -> bytes:
        return b""


def item(story: int = 0, *, is_first: bool = True, reactions: int = 0, uid: bytes = b"u") -> Item:
    return Item(uid, "press", "en", None, 3, story, is_first, NOON, reactions)


def bucket(minute: float, stories: int = 2, covered: float = 1.0, items: list[Item] | None = None) -> Bucket:
    made = Bucket(after(minutes=minute), covered=covered)
    for item in items or []:
        made.add(item, 0.0, most=100_000)
    made.stories, made.negative, made.copies = stories, 0.5, stories
    return made


def predict(start: datetime) -> Expectation:
    return USUAL


def judgement(score: float) -> Judgement:
    return Judgement("crisis_lr", "all sources", score, 1.3, Reading(score * 6, None, USUAL, timedelta(days=20)))


def test_every_closed_bucket_is_learnt_once_as_the_hour_that_ends_with_it() -> None:
    detector = Recorded()
    state = Noticing({"recorded": detector})

    for number in range(14):
        learn(state, bucket(5 * number, stories=number), USUAL, FIVE)

    assert [x[Feature.STORIES] for x in detector.learnt] == [sum(range(12)), sum(range(1, 13)), sum(range(2, 14))]
    assert detector.learnt[0][Feature.EXPECTED] == 24


def test_an_hour_that_was_mostly_not_seen_is_neither_learnt_nor_scored() -> None:
    detector = Recorded()
    state = Noticing({"recorded": detector})

    for number in range(12):
        learn(state, bucket(5 * number, stories=50, covered=float(number < 5)), USUAL, FIVE)
    score(state, [], predict, FIVE, after(hours=1))

    assert detector.learnt == []
    assert state.notices == ()


def test_the_running_hour_is_scored_with_its_open_buckets_once_a_minute() -> None:
    state = Noticing({"recorded": Recorded()})
    for number in range(12):
        learn(state, bucket(5 * number), USUAL, FIVE)

    score(state, [bucket(60, stories=200)], predict, FIVE, after(minutes=62))
    first = state.notices
    score(state, [bucket(60, stories=900)], predict, FIVE, after(minutes=62, seconds=45))

    assert first == (Notice("recorded", "stories", 2.22, 222, 24),)
    assert state.notices is first
    assert state.noticed == first


def test_a_clock_that_went_back_does_not_stop_the_scoring() -> None:
    state = Noticing({"recorded": Recorded()})
    score(state, [bucket(0)], predict, FIVE, after(days=1))

    score(state, [bucket(0, stories=300)], predict, FIVE, NOON)

    assert state.notices[0].score == 3


def test_the_largest_story_is_that_of_the_whole_hour() -> None:
    first = tally(bucket(0, items=[item(1, uid=b"one"), item(2, uid=b"two"), item(2, is_first=False)]), USUAL)
    second = tally(bucket(5, items=[item(1, is_first=False, reactions=7)] * 3), USUAL)

    found = features([first, second])

    assert found is not None
    assert (found[Feature.LARGEST_COPIES], found[Feature.LARGEST_REACTIONS], found[Feature.REACTIONS]) == (4, 21, 21)


def test_a_bucket_keeps_its_largest_stories_only() -> None:
    items = [item(story) for story in range(5_000)] + [item(77, is_first=False)]

    kept = tally(bucket(0, items=items), USUAL).told

    assert len(kept) == 50
    assert kept[77].copies == 2


def test_words_wait_for_their_texts_and_the_queue_is_bounded() -> None:
    class Memory:
        def __init__(self) -> None:
            self.learnt: list[list[Mapping[int, str]]] = []

        def learn_one(self, stories: list[Mapping[int, str]], at: datetime) -> None:
            self.learnt.append(stories)

        def score_one(self, now: datetime) -> float:
            return 1.5

        def terms(self, now: datetime) -> list[tuple[str, int]]:
            return [("recall", 9)]

        def stories(self, now: datetime) -> int:
            return 40

        def to_bytes(self) -> bytes:
            return b""

    memory = Memory()
    state = Noticing(words=memory)
    items = [item(n, uid=bytes([n])) for n in range(30)]
    for number in range(2_100):
        learn(state, bucket(5 * number, items=items), USUAL, FIVE)

    assert len(state.unread) == 2_016
    assert state.unread[0].uids == tuple(bytes([n]) for n in range(0, 30, 3))
    learn_words(state, [Unread(NOON, (b"a", b"gone"))], {b"a": {1: "recall"}}, NOON)
    assert memory.learnt == [[{1: "recall"}]]
    assert state.noticed == (Notice("new_terms", "words", 1.5, 9, 40, ("recall",)),)


@pytest.mark.parametrize("score_of_crisis", [0.0, 0.5])
def test_a_notice_makes_a_brand_watched_however_far_it_goes(score_of_crisis: float) -> None:
    far = Notice("volume_spike", "stories", 80.0, 9_000, 3)

    found = assess([judgement(score_of_crisis)], (), notices=[far, SPIKE])

    assert (found.severity, found.score, found.is_only_noticed) == (Severity.WATCH, score_of_crisis, True)
    assert [reason.code for reason in found.reasons if reason.code.startswith("notice:")] == ["notice:volume_spike"] * 2


def test_a_notice_adds_nothing_to_a_warning_but_a_reason() -> None:
    found = assess([judgement(1.1)], (), notices=[SPIKE])

    assert (found.severity, found.is_only_noticed) == (Severity.WARNING, False)


def test_what_is_not_worth_a_notice_changes_nothing() -> None:
    quiet = Notice("volume_spike", "stories", 0.99, 50, 30)

    assert assess([judgement(0.1)], (), notices=[quiet]) == assess([judgement(0.1)], ())


def test_a_notice_keeps_no_warning_open_but_a_watch() -> None:
    noticed = assessment(Severity.WATCH, score=0.1, is_only_noticed=True)
    warning = incident(condition=Condition.ACTIVE, quiet_since=after(minutes=-20))
    watch = incident(severity=Severity.WATCH, peak_severity=Severity.WATCH, quiet_since=after(minutes=-20))

    eased = advance(warning, ("Acme", "crisis"), noticed, Timers(), NOON)
    held = advance(watch, ("Acme", "crisis"), noticed, Timers(), NOON)

    assert eased is not None and eased.incident.condition is Condition.EASING
    assert held is not None and held.incident.condition is Condition.ACTIVE


def test_explain_shows_every_notice_and_none_alerts() -> None:
    words = Notice("new_terms", "words", 2.0, 12, 40, ("recall",))
    moment = Moment(judgement(0.1), 1.0, (), (), None, Severity.CRITICAL, (words, SPIKE))

    found = gates(moment)

    rows = {gate.name: (gate.value, gate.is_open) for gate in found if gate.name.startswith("notice")}
    assert rows["notice new_terms of words"] == ("2.00: 12, usual 40 “recall”", True)
    assert rows["notice volume_spike of stories"] == ("1.30: 130, usual 30", True)
    assert not would_alert(found)
