from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from river import base
from river.checks import common

from crisiswatch.core.steps import Feature
from crisiswatch.detectors import river_model
from crisiswatch.detectors.river_model import RiverModel, Setup, problem_of
from crisiswatch.detectors.story_velocity import StoryVelocity
from crisiswatch.detectors.volume_spike import VolumeSpike
from crisiswatch.errors import StoreUnusable

USABLE = (
    "anomaly.GaussianScorer",
    "anomaly.HalfSpaceTrees",
    "anomaly.LODA",
    "anomaly.LocalOutlierFactor",
    "anomaly.OneClassSVM",
    "anomaly.PredictiveAnomalyDetection",
    "anomaly.StandardAbsoluteDeviation",
    "drift.ADWIN",
    "drift.KSWIN",
    "drift.PageHinkley",
)


def shares(count: int, seed: int = 1) -> Iterator[float]:
    random = Random(seed)
    for _ in range(count):
        yield min(0.3, max(0.05, random.gauss(0.15, 0.02)))


def taught(setup: Setup, count: int = 400) -> RiverModel:
    detector = RiverModel(setup)
    for share in shares(count):
        detector.learn_one({"negative_share": share})
    return detector


@pytest.mark.parametrize("path", USABLE)
def test_every_detector_of_river_can_be_named_learns_and_is_quiet_in_quiet_times(path: str) -> None:
    detector = RiverModel(Setup(path))
    fired = 0

    for share in shares(500):
        detector.learn_one({"negative_share": share})
        fired += detector.score_one({}) >= 1

    assert problem_of(path, {}) is None
    assert fired <= 24
    assert detector.name == path.partition(".")[2]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("anomaly.GaussianScorer", ()),
        ("anomaly.StandardAbsoluteDeviation", ()),
        ("drift.PageHinkley", (("threshold", 1.0), ("delta", 0.02))),
        ("drift.ADWIN", ()),
    ],
)
def test_a_share_that_jumps_is_noticed(path: str, options: tuple[tuple[str, Any], ...]) -> None:
    detector = taught(Setup(path, options=options))
    found = []

    for _ in range(36):
        detector.learn_one({"negative_share": 0.8})
        found.append(detector.score_one({}))

    if path == "anomaly.GaussianScorer":  # its scores end at 1, so they cannot become rare: the limit must be given
        assert max(found) < 1
    else:
        assert max(found) >= 1


def test_the_windows_of_half_space_trees_need_a_limit_that_they_can_reach() -> None:
    detector = taught(Setup("anomaly.HalfSpaceTrees", options=(("n_trees", 25), ("window_size", 100)), above=0.99))

    assert detector.score_one({}) < 1
    detector.learn_one({"negative_share": 0.9})
    assert detector.score_one({}) >= 1


def test_a_score_can_be_given_a_limit_of_its_own() -> None:
    detector = taught(Setup("anomaly.GaussianScorer", above=0.999))

    detector.learn_one({"negative_share": 0.9})

    assert detector.score_one({}) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("path", ["anomaly.StandardAbsoluteDeviation", "drift.PageHinkley", "drift.ADWIN"])
def test_a_fall_is_no_trouble(path: str) -> None:
    detector = taught(Setup(path))

    for _ in range(36):
        detector.learn_one({"negative_share": 0.0})
        assert detector.score_one({}) < 1


@pytest.mark.parametrize("path", USABLE)
def test_a_restored_model_is_the_one_that_never_stopped(path: str) -> None:
    setup = Setup(path)
    straight = taught(setup, 320)
    restored = RiverModel(setup, straight.to_bytes())

    for share in [*shares(20, seed=2), 0.9, 0.9]:
        for detector in (straight, restored):
            detector.learn_one({"negative_share": share})
        assert restored.score_one({}) == straight.score_one({})


def test_what_is_kept_is_bounded_and_the_anchor_moves_alike_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(river_model, "KEPT", 50)
    setup = Setup("anomaly.HalfSpaceTrees", options=(("window_size", 20),))
    straight, restored = RiverModel(setup), RiverModel(setup)

    for number, share in enumerate(shares(330)):
        if number % 37 == 0:
            restored = RiverModel(setup, restored.to_bytes())
        for detector in (straight, restored):
            detector.learn_one({"negative_share": share})
        assert restored._pupil.score == straight._pupil.score

    assert len(straight.to_bytes()) < 9 * 100 + 200


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1])
def test_what_is_no_share_is_not_shown(value: float) -> None:
    detector = taught(Setup("anomaly.HalfSpaceTrees"), 50)
    state = detector.to_bytes()

    detector.learn_one({"negative_share": value})
    detector.learn_one({})

    assert detector.to_bytes() == state


def test_a_model_that_fails_on_a_value_begins_anew() -> None:
    detector = taught(Setup("anomaly.HalfSpaceTrees"))

    class Broken:
        def score_one(self, x: object) -> float:
            raise IndexError("deque index out of range")

    detector._pupil._model = Broken()
    detector.learn_one({"negative_share": 0.2})
    detector.learn_one({"negative_share": 0.2})

    assert detector.score_one({}) == 0


@pytest.mark.parametrize(
    ("path", "options", "above", "key", "told"),
    [
        ("os.system", {}, None, "class", "anomaly or drift"),
        ("linear_model.LinearRegression", {}, None, "class", "anomaly or drift"),
        ("anomaly.__class__", {}, None, "class", "no detector"),
        ("anomaly.base.AnomalyDetector", {}, None, "class", "anomaly or drift"),
        ("anomaly.HalfSpaceTree", {}, None, "class", "HalfSpaceTrees"),
        ("anomaly.QuantileFilter", {}, None, "class", "no detector"),
        ("drift.NoDrift", {}, None, "class", "no detector"),
        ("drift.datasets", {}, None, "class", "no detector"),
        ("drift.PageHinkley", {}, 0.5, "above", "yes or no"),
        ("anomaly.HalfSpaceTrees", {"trees": 3}, None, "trees", "n_trees"),
        ("anomaly.HalfSpaceTrees", {"height": 40}, None, "height", "up to 15"),
        ("anomaly.HalfSpaceTrees", {"n_trees": 10**9}, None, "n_trees", "up to 100000"),
        ("anomaly.HalfSpaceTrees", {"n_trees": "many"}, None, "options", "cannot be used"),
        ("anomaly.StandardAbsoluteDeviation", {"sub_stat": "mean"}, None, "options", "cannot be used"),
        ("drift.KSWIN", {"alpha": 7}, None, "options", "Alpha"),
    ],
)
def test_what_cannot_be_used_is_said(
    path: str, options: dict[str, Any], above: float | None, key: str, told: str
) -> None:
    found = problem_of(path, options, above)

    assert found is not None
    assert found[0] == key
    assert told in found[1]


def test_a_state_of_another_version_or_of_other_options_is_refused() -> None:
    setup = Setup("anomaly.HalfSpaceTrees")
    state = taught(setup, 5).to_bytes()

    for bad in (b"", state.replace(b"version\x01", b"version\x63")):
        with pytest.raises(StoreUnusable, match="HalfSpaceTrees"):
            RiverModel(setup, bad)
    with pytest.raises(StoreUnusable, match="other options"):
        RiverModel(Setup("anomaly.HalfSpaceTrees", Feature.STORIES), state)


def test_river_is_imported_only_when_it_is_named() -> None:
    code = "import sys, crisiswatch.app.noticers, crisiswatch.app.building; print('river' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.strip() == "False"


class RiverVolumeSpike(VolumeSpike, base.AnomalyDetector):
    """The detector as one of river's, for river's own checks."""


class RiverStoryVelocity(StoryVelocity, base.AnomalyDetector):
    """The detector as one of river's, for river's own checks."""


def hours() -> list[tuple[dict[str, float], bool]]:
    """Return hours as river's checks take them; the last hundred have some with twenty times as much."""
    random, found = Random(1), []
    for number in range(700):
        is_odd = number > 600 and number % 10 == 0
        stories = 600.0 if is_odd else max(0.0, round(random.gauss(30, 5)))
        x = {"stories": stories, "expected": 30.0, "spread": 0.1, "largest_copies": stories / 10}
        found.append((x, is_odd))
    return found


@pytest.mark.parametrize("kind", [RiverVolumeSpike, RiverStoryVelocity])
@pytest.mark.parametrize(
    "check",
    [
        common.check_learn_one,
        common.check_emerging_features,
        common.check_disappearing_features,
        common.check_radically_disappearing_features,
        common.check_predict_one_pure,
        common.check_predict_one_before_any_learn,
        common.check_no_state_aliasing_with_input,
        common.check_bounded_memory_growth,
    ],
)
def test_passes_the_checks_of_river_for_estimators(kind: type, check: Any) -> None:
    check(kind(), hours())
