"""The fit: it finds what separates the labels, and nothing that is not asked."""

import numpy as np
import pytest

from training.calibrating import calibrate, uniform_weights
from training.fitting import Matrix, Plan, Targets, fit


def rows(columns, labels, *, allowed=((True, True, True),), sources=None):
    columns = np.array(columns, dtype=np.int32)
    number = len(columns)
    matrix = Matrix(
        columns, np.ones(number, dtype=np.float32), np.arange(number + 1), np.zeros((number, 2), dtype=np.float32)
    )
    source = np.zeros(number, dtype=np.int64) if sources is None else np.array(sources)
    weight = np.ones(number, dtype=np.float32)
    return matrix, Targets(np.array(labels), weight, source, np.array(allowed))


def test_a_feature_that_goes_with_a_label_speaks_for_it():
    matrix, targets = rows([0, 1, 2] * 60, [0, 1, 2] * 60)

    model = fit(matrix, targets, Plan(buckets=8, rows=16, step=0.5, left_out=0.0))

    assert model.sparse[:, :3].argmax(axis=0).tolist() == [0, 1, 2]
    assert not model.sparse[:, 3:].any()


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    matrix, targets = rows([0, 1, 2, 3] * 40, [0, 1, 2, 0] * 40)

    first, again, other = (fit(matrix, targets, Plan(buckets=8, rows=16, seed=seed)) for seed in (1, 1, 2))

    assert (first.sparse == again.sparse).all()
    assert (first.sparse != other.sparse).any()


def test_a_source_without_a_class_teaches_nothing_of_it():
    matrix, targets = rows([0, 1] * 60, [0, 2] * 60, allowed=((True, False, True),))

    model = fit(matrix, targets, Plan(buckets=4, rows=16, step=0.5, left_out=0.0))

    assert not model.sparse[1].any()
    assert model.sparse[0, 0] > 0 > model.sparse[2, 0]


def test_a_source_s_own_leaning_stays_in_its_intercept():
    sources = [0] * 100 + [1] * 100
    labels = [0, 1] * 50 + [0, 0, 0, 1] * 25
    matrix, targets = rows([0] * 200, labels, allowed=((True, True, True),) * 2, sources=sources)

    model = fit(matrix, targets, Plan(buckets=2, passes=30, rows=16, step=0.5, left_out=0.0))

    assert not model.source[0].any()
    assert model.source[1, 0] - model.source[1, 1] > 0.5


def test_calibration_finds_the_factor_and_the_summands():
    random = np.random.default_rng(5)
    true = random.normal(size=(20_000, 2)) * 2
    powers = np.exp(np.stack([true[:, 0], np.zeros(len(true)), true[:, 1]], axis=1))
    chances = powers / powers.sum(axis=1, keepdims=True)
    labels = (random.random(len(true))[:, None] > chances.cumsum(axis=1)).sum(axis=1)

    factor, negative, positive = calibrate((true - [0.5, -0.25]) / 2, labels, np.full(len(labels), 1 / len(labels)))

    assert (factor, negative, positive) == pytest.approx((2.0, 0.5, -0.25), abs=0.12)


def test_labels_and_groups_count_the_same_however_many_there_are():
    labels, groups = np.array([0, 0, 0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 0, 0, 1, 1, 1])

    weights = uniform_weights(labels, groups)

    assert weights.sum() == pytest.approx(1)
    assert weights[:3].sum() == pytest.approx(weights[5])
