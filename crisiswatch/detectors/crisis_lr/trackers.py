"""Where rate and share have drifted lately: two scalar Kalman filters of AR(1) deviations from the baseline."""

from __future__ import annotations

import math

import msgspec

from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.gaps import Admitted
from crisiswatch.detectors.crisis_lr.timing import RATE_VARIANCE, SHARE_VARIANCE, Timing

SHARE_LIMIT, RATE_LIMIT = 3 * math.sqrt(SHARE_VARIANCE), 3 * math.sqrt(RATE_VARIANCE)
"""A deviation goes no further: beyond is news, not drift."""


class Trackers(msgspec.Struct):
    """`share` and `rate` are the deviations (logit, log) and `*_error` the variances of their errors."""

    share: float = 0.0
    share_error: float = SHARE_VARIANCE
    rate: float = 0.0
    rate_error: float = RATE_VARIANCE

    def step(self, usual: Usual, admitted: Admitted, grid: Timing) -> None:
        """Move on by one bucket; a gap, flood or backlog says nothing about the drift."""
        keep = grid.fade_share
        self.share *= grid.phi_share
        self.share_error = keep * self.share_error + (1 - keep) * SHARE_VARIANCE
        keep = grid.fade_rate
        self.rate *= grid.phi_rate
        self.rate_error = keep * self.rate_error + (1 - keep) * RATE_VARIANCE
        if not (admitted.is_gap or admitted.is_flood or admitted.is_backlog):
            self._see_share(usual, admitted)
            self._see_rate(admitted)
        self.share = _clip(self.share, SHARE_LIMIT)
        self.rate = _clip(self.rate, RATE_LIMIT)

    def _see_share(self, usual: Usual, admitted: Admitted) -> None:
        stories, before = admitted.stories, self.share_error
        if stories <= 0:
            return
        share = 1 / (1 + math.exp(-usual.logit - self.share))
        information = stories * share * (1 - share)
        if information <= 0:
            return
        gain = 1 + information * before
        error = _clip(admitted.negative - stories * share, 2.5 * math.sqrt(information * gain))
        self.share += before / gain * error
        self.share_error = before / gain

    def _see_rate(self, admitted: Admitted) -> None:
        expected = admitted.expect * math.exp(self.rate)
        if expected <= 0:
            return
        spread, before = 1 + 0.1 * expected, self.rate_error
        wide = spread + expected * before
        error = _clip(admitted.stories - expected, 2.5 * math.sqrt(expected * wide))
        self.rate += before / wide * error
        self.rate_error = before / (1 + expected * before / spread)


def _clip(value: float, limit: float) -> float:
    if value > limit:
        return limit
    return value if value > -limit else -limit
