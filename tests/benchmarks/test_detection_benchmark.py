import json
import math
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import detection
from benchmarks.crisisbench import fit as fitting
from benchmarks.crisisbench import streams, watching
from benchmarks.crisisbench.background import PER_WEEK
from benchmarks.crisisbench.crises import APART, KINDS, place
from benchmarks.crisisbench.fit import Calm, fit
from benchmarks.crisisbench.incidents import (
    Truth,
    Watched,
    bootstrap,
    cut_for,
    geometric_ratio,
    incident_starts,
    outcome,
)
from benchmarks.crisisbench.limit import calm_evidence, crisis_evidence
from benchmarks.crisisbench.reporting import cold_start
from benchmarks.crisisbench.speed import Cost
from benchmarks.crisisbench.streams import TIERS, make_stream
from crisiswatch.app.data import calibration
from crisiswatch.detectors.crisis_lr import decode
from crisiswatch.detectors.crisis_lr.detector import VERSION

START = datetime(2026, 1, 5, tzinfo=UTC)


def watched(*alarms: int, truths: tuple[Truth, ...] = (), buckets: int = 2016) -> Watched:
    scores = np.zeros(buckets)
    scores[list(alarms)] = 2.0
    return Watched(scores, truths, buckets / PER_WEEK)


@pytest.mark.parametrize("tier", sorted(TIERS))
def test_the_same_seed_gives_the_same_stream(tier: str) -> None:
    first, second, other = (make_stream(TIERS[tier], seed, 1, 3) for seed in (5, 5, 8))

    assert np.array_equal(first.stories, second.stories)
    assert np.array_equal(first.negative, second.negative)
    assert not np.array_equal(first.stories, other.stories)


@pytest.mark.parametrize("tier", sorted(TIERS))
def test_counts_are_consistent(tier: str) -> None:
    stream = make_stream(TIERS[tier], 4)

    assert np.all(stream.negative <= stream.stories)
    assert np.all(stream.stories <= stream.copies)
    assert np.all((stream.covered >= 0) & (stream.covered <= 1 + 1e-9))
    assert [len(stream.stories), stream.warm] == [9 * PER_WEEK, 3 * PER_WEEK]
    assert sorted(crisis.kind for crisis in stream.crises) == sorted(KINDS)
    assert all(stream.warm <= crisis.onset < crisis.end <= len(stream.stories) for crisis in stream.crises)


def test_a_crisis_raises_the_negative_share() -> None:
    stream = make_stream(TIERS["standard"], 5)

    for crisis in stream.crises:
        during = slice(crisis.onset, crisis.end)
        before = slice(crisis.onset - APART, crisis.onset)
        share = [stream.negative[part].sum() / stream.stories[part].sum() for part in (before, during)]
        assert share[1] > 1.2 * share[0]


def test_weeks_without_crises_keep_what_looks_like_them() -> None:
    stream = make_stream(TIERS["standard"], 5, crises_per_kind=0)

    assert stream.crises == ()
    assert stream.covered.min() == 0.0 or (stream.copies > 3 * stream.stories + 3).any()


def test_events_stand_apart() -> None:
    rng = np.random.default_rng(3)
    lengths = [100, 50, 300]

    places = place(rng, lengths, 1000, 4000)

    spans = sorted(zip(places, lengths, strict=True))
    assert spans[0][0] >= 1000 + APART
    assert all(b[0] - (a[0] + a[1]) >= APART for a, b in pairwise(spans))
    assert spans[-1][0] + spans[-1][1] <= 4000


def test_the_limit_gains_evidence_in_crises_and_seldom_in_calm() -> None:
    stream = make_stream(TIERS["standard"], 5)

    found = [evidence[-1] for evidence in crisis_evidence(stream)]
    scans = calm_evidence(stream)

    assert min(found) > 10
    assert all(len(scan) == stream.warm for scan in scans)
    assert all(np.median(scan) < 2 for scan in scans)


def test_alarms_less_than_six_hours_apart_are_one_incident() -> None:
    alarms = np.zeros(500, dtype=bool)
    alarms[[10, 81, 152, 300]] = True

    assert incident_starts(alarms).tolist() == [10, 300]


def test_an_incident_is_true_if_it_starts_from_an_hour_before_the_onset_to_the_end() -> None:
    truth = Truth("sudden", 500, 600)

    early, late, prompt = (outcome([watched(at, truths=(truth,))], 1.0) for at in (487, 600, 502))

    assert (early.true, early.false, early.delays) == (0, 1, (math.inf,))
    assert (late.true, late.false) == (0, 1)
    assert (prompt.true, prompt.false, prompt.delays) == (1, 0, (15.0,))


def test_a_false_incident_that_swallows_a_crisis_is_a_false_alarm_and_a_miss() -> None:
    truth = Truth("sudden", 500, 600)

    found = outcome([watched(*range(400, 590), truths=(truth,))], 1.0)

    assert (found.detection_rate, found.false) == (0.0, 1)


def test_the_median_counts_misses_as_infinite() -> None:
    truths = (Truth("sudden", 100, 200), Truth("slow", 900, 950), Truth("slow", 1500, 1550))

    found = outcome([watched(104, truths=truths)], 1.0)

    assert found.minutes == math.inf
    assert found.detection_rate == pytest.approx(1 / 3)


def test_the_cut_keeps_to_the_budget() -> None:
    rng = np.random.default_rng(1)
    series = [Watched(rng.exponential(1.0, 20 * PER_WEEK), (), 20.0) for _ in range(5)]

    cut = cut_for(series, 0.1)

    assert outcome(series, cut).false <= 10
    assert outcome(series, cut * 0.98).false > 10


def test_the_geometric_ratio_caps_misses() -> None:
    assert geometric_ratio([100.0, 30.0], [200.0, math.inf]) == pytest.approx(math.sqrt(0.5 * 0.01))
    low, high = bootstrap([[100.0], [30.0]] * 20, [[200.0], [60.0]] * 20, seed=0)
    assert low == pytest.approx(0.5) == high


def test_prints_the_keys_that_users_rely_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = {name: detection.Size(1, 1, 1) for name in detection.QUICK}
    monkeypatch.setattr(detection, "QUICK", tiny)
    monkeypatch.setattr(detection, "QUICK_VARIED", detection.Size(0, 1, 1))
    monkeypatch.setattr(detection, "TEST_WEEKS", 3)
    monkeypatch.setattr(detection, "measure_cost", lambda: Cost(1.0, 1.0, 1.0, 1))
    monkeypatch.setattr(streams, "WARM_WEEKS", 1)
    monkeypatch.setattr(watching, "evidence", lambda stream: stream.negative)
    monkeypatch.setattr(detection, "measure_several", lambda size, seed, workers: {"0.1": {}})
    monkeypatch.setattr(detection, "measure_first_weeks", lambda streams, seed, workers: {"0.1": 0.04})
    monkeypatch.setattr(detection, "measure_robustness", lambda streams, seed, workers: {"doubled": {"0.1": 1.0}})
    monkeypatch.setattr(detection, "measure_minutely", lambda tier, streams, seed, workers: {"all": {}})

    code = detection.main(["--json", "--seed", "1", "--workers", "1"])

    found = json.loads(capsys.readouterr().out)
    row = {"detection_rate", "minutes", "precision", "limit", "speed_ratio", "geometric_ratio", "actual_over_promised"}
    assert code == 0
    assert set(found["tiers"]) == {"standard", "hard", "spread", "noisy"}
    assert all(set(tier) == {"0.1", "0.02"} for tier in found["tiers"].values())
    assert set(found["tiers"]["hard"]["0.02"]) == row | {"interval"}
    assert set(found["tiers"]["hard"]["0.02"]["limit"]) == {"detection_rate", "minutes"}
    assert {"first_week", "baselines", "updates_per_second", "bytes_per_series", "sizes"} <= set(found)
    assert {"several_sources", "open_bucket", "robustness"} <= set(found)
    assert found["first_week_with_events"] == 0.04
    assert set(found["cold_start"]) == {
        f"{way}_week_{week}" for way in ("as_shipped", "without_term") for week in (1, 2)
    }
    assert set(found["promise"]) == set(found["tiers"]) | {"varied"}
    assert set(found["promise"]["varied"]) == {"series_weeks", "0.5", "0.1", "0.02"}
    assert found["tiers"]["standard"]["0.1"]["limit"]["detection_rate"] == 1.0
    assert {"crisis_scan", "share_cusum", "crisis_scan+0.3_share_cusum", "page_hinkley_share"} <= set(
        found["baselines"]
    )


def test_what_a_young_baseline_is_asked_for_keeps_back_alarms_of_its_first_weeks() -> None:
    evidence = np.zeros(3 * PER_WEEK)
    evidence[[300, PER_WEEK + 900]] = calibration().bars[0.1] + 0.5
    task = watching.Task("standard", 1, 1, 0)
    report = watching.Report(task, "low", 3 * PER_WEEK, 0.0, evidence, (), (), (), {}, {})

    found = cold_start([report])

    assert found == {
        "as_shipped_week_1": 0.0, "as_shipped_week_2": 1.0, "without_term_week_1": 1.0, "without_term_week_2": 1.0,
    }  # fmt: skip


def calm(volume: str, per_hour: float, rng: np.random.Generator) -> list[Calm]:
    return [Calm(volume, per_hour, Watched(rng.exponential(0.6, 10 * PER_WEEK), (), 10.0)) for _ in range(8)]


def test_fitted_bars_keep_to_their_budgets_and_lie_in_their_intervals() -> None:
    rng = np.random.default_rng(2)
    high, low = calm("high", 900.0, rng), calm("low", 2.0, rng)

    found = fit([*high, *low], seed=0)

    assert [round(each.per_hour) for each in found.table.classes] == [2, 900]
    for group, row in ((low, found.table.classes[0]), (high, found.table.classes[1])):
        bars = [row.bars[budget] for budget in (0.5, 0.1, 0.02)]
        assert bars[0] < bars[1] <= bars[2]
        for budget, bar in row.bars.items():
            bounds = found.intervals[group[0].volume][str(budget)]
            assert outcome([each.watched for each in group], bar).false_per_week <= budget
            assert bounds[0] <= bar <= bounds[1]


def test_the_shipped_table_is_of_the_shipped_detector_and_rests_on_enough() -> None:
    table = calibration()

    assert table.detector == VERSION
    assert table.series_weeks >= 5000
    assert set(table.bars) == {0.5, 0.1, 0.02}


def test_the_fit_prints_a_table_that_the_detector_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "calibration.json"
    rng = np.random.default_rng(3)
    streams = [*calm("mid", 60.0, rng), *calm("low", 2.0, rng)]
    monkeypatch.setattr(fitting, "calibration_file", lambda: file)
    monkeypatch.setattr(fitting, "watch_all_calm", lambda tasks, workers: streams)

    fitting.main(["--streams", "16", "--write"])

    printed = json.loads(capsys.readouterr().out)
    assert printed["table"] == json.loads(file.read_text())
    assert decode(file.read_bytes()) == fit(streams, seed=0).table
