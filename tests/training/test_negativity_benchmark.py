"""The measurements of the negativity benchmark, against values known beforehand."""

import json
import math

import numpy as np
import pytest

from benchmarks import negativity
from benchmarks.perturbing import PERTURBATIONS
from benchmarks.quantifying import (
    auc,
    classes,
    ece,
    ece_by_chance,
    find_prior,
    n80,
    share_error,
    shown_share,
    with_prior,
)
from crisiswatch.core.sharing import Correction


def test_classes_count_the_same_however_many_texts_they_have():
    found = classes(np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 0]))

    assert found.macro_recall == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found.macro_f1 == pytest.approx((4 / 6 + 2 / 3 + 0) / 3)


def test_auc_counts_ties_as_half():
    assert auc(np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(0.875)
    assert math.isnan(auc(np.array([True]), np.array([0.5])))


def test_perfect_labels_need_79_texts_to_see_the_rise():
    truth = np.array([True, False])

    assert n80(truth, truth.astype(float)) == pytest.approx(78.9, abs=0.2)
    assert n80(truth, np.array([0.1, 0.9])) == math.inf


def test_the_prior_of_calibrated_scores_is_found():
    random = np.random.default_rng(2)
    truth = random.random(20_000) < 0.12
    odds = random.normal(size=20_000) + np.where(truth, 1.0, -1.0)
    scores = 1 / (1 + np.exp(-(2 * odds - math.log(2))))

    assert find_prior(scores) == pytest.approx(0.12, abs=0.01)
    assert ece(truth, with_prior(scores, 0.12)) < 0.01 < ece(truth, scores)
    assert share_error(truth, scores, 200, random) < 0.04


def test_few_texts_show_an_error_of_calibration_where_there_is_none():
    random = np.random.default_rng(5)
    scores = random.random(40_000)
    truth = random.random(40_000) < scores

    few, many = (ece_by_chance(scores[:number], random) for number in (324, 40_000))

    assert 0.03 < few < 0.08
    assert many < 0.01
    assert ece(truth[:324], scores[:324]) == pytest.approx(few, abs=0.03)


def test_labels_mend_scores_that_lean():
    random = np.random.default_rng(3)
    truth = random.random(5_000) < 1 / 3
    odds = random.normal(size=5_000) + np.where(truth, 1.0, -1.0)
    leaning = 1 / (1 + np.exp(-(2 * odds - math.log(2) + 1.5)))

    usual = negativity._histogram(leaning[200:])
    taught = negativity._taught(leaning[:200], truth[:200], usual)
    plain, mended = (shown_share(truth[200:], leaning[200:], 1_000, random, way) for way in (Correction(), taught))

    assert plain["error"] > 0.15
    assert mended["error"] < 0.05
    assert mended["held"] > 0.9


def test_disguises_change_words_and_leave_handles_alone():
    for name, change in PERTURBATIONS.items():
        assert (change("this awful thing") != "this awful thing") == (name != "clean"), name
        assert "@user" in change("@user is awful").lower()


def test_the_benchmark_prints_what_is_promised(tmp_path, capsys):
    labels = ("negative\tthis is awful", "neutral\tthe shop opens at nine", "positive\tthis is lovely")
    (tmp_path / "reviews_en.tsv").write_text("\n".join(labels * 30), "utf-8")

    negativity.main(["--json", "--data", str(tmp_path), "--perturb"])

    found = json.loads(capsys.readouterr().out)
    reviews = found["sets"]["reviews_en"]
    keys = {"macro_recall", "macro_f1", "auc_negativity", "ece", "share_error", "n80"}
    assert keys <= set(reviews) and keys <= set(reviews["vader"])
    assert set(reviews["share_error"]) == {"50", "200", "1000"}
    assert reviews["auc_negativity"] == 1.0
    assert reviews["perturbed"]["homoglyphs"]["macro_recall"] == 1.0
    assert found["texts_per_second"] > 0 and found["load_seconds"] > 0 and 0 < found["model_mb"] <= 5


def test_a_two_letter_ending_is_a_hint_and_any_other_is_not(tmp_path):
    for name in ("reviews_de", "plain"):
        (tmp_path / f"{name}.tsv").write_text("negative\tthe service was really very bad today\n", "utf-8")

    assert negativity.read_set(tmp_path / "reviews_de.tsv").languages == ("de",)
    assert negativity.read_set(tmp_path / "plain.tsv").languages == ("en",)
