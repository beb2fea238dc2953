"""A brand's own models, taught by its operator's labels: what is negative for it, and what is about it at all.

Each is an online logistic regression of river (AdaGrad) over hashed words. The one of sentiment begins as the shared
model (its log-odds are a feature with weight 1) and learns what that gets wrong; the shared model stays as it is. The
one of relevance begins knowing nothing, and weighs both answers the same however often each was given.

River's models cannot be written down safely: the state is what was taught, from which a model is taught again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from river import optim
from river.linear_model import LogisticRegression

from crisiswatch.core.learning import Example
from crisiswatch.text.linear.hints import TABLE_BITS

BASE = -1
"""The feature that holds the shared model's log-odds; buckets are not negative."""

STEP, STEP_FROM_NOTHING = 0.2, 0.4
_LIMIT = 12.0


class Residual:
    """One online model. `learn_one` and `score_many` as in river, over examples instead of mappings."""

    def __init__(self, examples: Sequence[Example] = (), *, base: float = 0.0) -> None:
        # Without an intercept where nothing is known beforehand: a text of unknown words must stay undecided.
        step = STEP if base else STEP_FROM_NOTHING
        self._model = LogisticRegression(optim.AdaGrad(step), intercept_lr=step / 2 if base else 0.0)
        self._model._weights[BASE] = base  # river has no argument for where a single weight begins
        self._base = base
        self._weights = np.zeros(1 << TABLE_BITS, dtype=np.float64)
        self._counts = [1.0, 1.0]
        self._factor = base
        for example in examples:
            self.learn_one(example)

    def learn_one(self, example: Example) -> None:
        """Learn one answer; the rarer answer weighs more."""
        x = self._features(example)
        self._counts[example.answer] += 1
        weight = sum(self._counts) / (2 * self._counts[example.answer]) if not self._base else 1.0
        self._model.learn_one(x, example.answer, weight)
        for bucket in example.buckets:
            self._weights[bucket] = self._model._weights[bucket]
        self._factor = float(self._model._weights[BASE])

    def score_many(self, odds: Sequence[float], buckets: Sequence[tuple[int, ...]]) -> list[float]:
        """Return the log-odds of "yes" for each text."""
        return [self._score(one, list(found)) for one, found in zip(odds, buckets, strict=True)]

    def _score(self, odds: float, buckets: list[int]) -> float:
        # Summed in the order of the buckets, whatever the batch: a replay must come to the same bits.
        own = math.fsum(self._weights[buckets].tolist()) * _scale(buckets)
        total = self._factor * odds + own + float(self._model.intercept)
        return max(-_LIMIT, min(_LIMIT, total))

    def _features(self, example: Example) -> dict[int, float]:
        return {BASE: example.odds, **dict.fromkeys(example.buckets, _scale(example.buckets))}


def _scale(buckets: Sequence[int]) -> float:
    return 1 / math.sqrt(len(buckets)) if buckets else 0.0
