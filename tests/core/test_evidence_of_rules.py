"""The evidence of an incident that a rule opened holds the mention that met the rule."""

from __future__ import annotations

from datetime import timedelta

from builders import after, observation

from crisiswatch.core.counting import Counting, count
from crisiswatch.core.explaining import gather, to_read
from crisiswatch.core.judging import RULE_HOLDS, Judging, note_hits
from crisiswatch.core.models import Count, Expectation, Reading

MINUTE = timedelta(minutes=1)
CALM = Reading(0.0, None, Expectation(4.0, 0.2, 0.15), timedelta(days=100))


class Unmoved:
    """A detector to which nothing is unusual."""

    def predict_one(self, start: object) -> Expectation:
        return CALM.expectation

    def learn_one(self, bucket: Count) -> None:
        """Learn nothing."""

    def score_open(self, counts: object) -> Reading:
        return CALM

    def to_bytes(self) -> bytes:
        return b""


def met(at: float, *observations, lateness: timedelta = 10 * MINUTE):
    """Return counting and judging after these observations, as they are so many seconds after noon."""
    counting = Counting("Acme", 5 * MINUTE, lateness, ("press",), (0.0,) * 8 + (1.0,) * 8)
    judging = Judging(Unmoved())
    count(counting, observations, after(seconds=15))
    note_hits(judging, [rule for seen in observations for rule in seen.rules], after(seconds=15))
    count(counting, [], after(seconds=at))
    return counting, judging


def test_the_mention_stays_in_the_evidence_when_the_next_bucket_has_begun():
    hit = observation(rules=("injury",))
    counting, judging = met(300, hit)

    evidence = gather(counting, judging, CALM, None, after(seconds=300))
    assert evidence.since == after(seconds=0)
    assert (evidence.stories, evidence.copies) == (1, 1)
    assert to_read(counting, evidence).first == hit.uid


def test_the_mention_stays_in_the_evidence_when_its_bucket_is_closed():
    counting, judging = met(1500, observation(rules=("injury",)))

    assert gather(counting, judging, CALM, None, after(seconds=1500)).stories == 1


def test_a_rule_that_holds_no_more_moves_no_beginning():
    later = RULE_HOLDS.total_seconds() + 60
    counting, judging = met(later, observation(rules=("injury",)))
    note_hits(judging, [], after(seconds=later))

    evidence = gather(counting, judging, CALM, None, after(seconds=later))
    assert (evidence.since, evidence.stories) == (after(seconds=1800), 0)


def test_mentions_that_meet_no_rule_do_not_begin_a_trouble():
    counting, judging = met(300, observation(), observation(rules=("injury",), bucket_time=after(seconds=10)))
    judging.hits.clear()

    assert gather(counting, judging, CALM, None, after(seconds=300)).stories == 0
