"""The benchmark of incident types: its posts, and the arithmetic of its scores."""

import random

import pytest

from benchmarks.incident_types import LANGUAGES, POSTS, f1, measure, measure_files, read, scores
from benchmarks.staging import BEHAVIOURS
from crisiswatch.text.incident_types import TYPES, UNCLEAR


@pytest.mark.parametrize("language", LANGUAGES)
def test_thirty_posts_of_every_type_half_of_them_held_out(language):
    held_out, building = (read(POSTS / f"{half}_{language}.txt") for half in ("held_out", "building"))

    for type_ in (*TYPES, UNCLEAR):
        assert len(held_out[type_]) == len(building[type_]) == 15
        assert not set(held_out[type_]) & set(building[type_])


def test_every_type_behaves_somehow():
    assert set(BEHAVIOURS) == {*TYPES, UNCLEAR}


def test_scores_are_those_computed_by_hand():
    answers = [("legal", "legal", 0.9), ("legal", "unclear", 0.6), ("boycott", "legal", 0.5), ("unclear", "legal", 0.5)]

    assert f1(answers, "legal") == 0.4  # 2·1 ÷ (2 true + 3 told)
    assert scores(answers) == {"macro_f1": 0.2, "precision": 0.1667, "recall": 0.25, "unclear": 0.25}


def test_the_held_out_half_reaches_the_goal():
    told = measure(random.Random(1), "held_out")

    assert told["macro_f1"] >= 0.8
    assert all(found["posts"]["macro_f1"] >= 0.8 for found in told["languages"].values())


def test_posts_of_other_files_are_measured_by_the_language_in_their_name(tmp_path):
    (tmp_path / "mine_es.tsv").write_text("boycott\tboicot ya\nlegal\tnada\n", "utf-8")

    assert measure_files(tmp_path)["mine_es"]["macro_f1"] == 0.5
