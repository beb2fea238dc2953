"""First weeks with events: what is measured of brands that begin in the middle of things."""

from __future__ import annotations

import numpy as np

from benchmarks.crisisbench.background import PER_WEEK
from benchmarks.crisisbench.crises import APART, KINDS
from benchmarks.crisisbench.incidents import Truth
from benchmarks.crisisbench.streams import TEST_WEEKS, YOUNG, make_stream
from benchmarks.crisisbench.young import Week, first_weeks, watch_first_week
from crisiswatch.app.data import calibration


def week(*alarms: int, truths: tuple[Truth, ...] = ()) -> Week:
    evidence = np.zeros(PER_WEEK)
    evidence[list(alarms)] = calibration().bars[0.1] + 0.5
    return Week(evidence, truths)


def test_a_young_brand_has_no_weeks_without_events_first() -> None:
    streams = [make_stream(YOUNG, seed) for seed in range(12)]

    assert {(stream.warm, len(stream.stories)) for stream in streams} == {(0, TEST_WEEKS * PER_WEEK)}
    assert all(len(stream.crises) == len(KINDS) for stream in streams)
    onsets = [crisis.onset for stream in streams for crisis in stream.crises]
    assert APART <= min(onsets) < PER_WEEK
    assert any((stream.covered[:PER_WEEK] == 0).any() for stream in streams), "an outage in a first week"


def test_alarms_of_weeks_without_crises_are_false_and_counted_per_series() -> None:
    found = first_weeks([week(300), week(), week(100, 900), week()], [])

    assert (found["series"], found["0.5"], found["0.1"], found["0.02"]) == (4, 0.75, 0.75, 0)
    assert (found["crises"], found["found"], found["minutes"]) == (0, None, None)


def test_crises_are_found_from_their_onset_on() -> None:
    truth = Truth("sudden", 500, 600)

    found = first_weeks([week()], [week(502, truths=(truth,)), week(700, truths=(truth,)), week(503, truths=(truth,))])

    assert (found["crises"], found["found"], found["minutes"]) == (3, 0.667, 20.0)


def test_the_first_week_is_scored_with_what_is_asked_of_a_young_baseline() -> None:
    found = watch_first_week(3, 1)

    assert len(found.evidence) == PER_WEEK
    assert found.evidence[0] < found.evidence.min() + 1e-9, "on the first day most is asked for"
    assert all(truth.onset < PER_WEEK - APART for truth in found.truths)
