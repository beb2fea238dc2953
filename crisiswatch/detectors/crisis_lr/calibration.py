"""What evidence is worth by volume: a table that was fitted, shipped as data and given to the detector as a value."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from crisiswatch.errors import BadInput


class VolumeClass(msgspec.Struct, frozen=True):
    """Streams of about so many stories an hour, and the evidence in nats at which each budget is kept to there."""

    per_hour: float
    bars: dict[float, float]


class Calibration(msgspec.Struct, frozen=True):
    """`bars` are thresholds for comparable evidence: false alarms per series-week → nats. `classes` rise in volume.

    `series_weeks` without crises are what all of it rests on; `detector` is the version that it was fitted for.
    """

    detector: int
    series_weeks: int
    bars: dict[float, float]
    classes: tuple[VolumeClass, ...]

    def comparable(self, evidence: float, per_hour: float) -> float:
        """Return the evidence that is as rare at the volume of `bars` as `evidence` is at `per_hour` stories an hour.

        Below the lowest bar and above the highest it is stretched and shifted as that bar is.
        """
        budgets = sorted(self.bars, reverse=True)
        own = [self._bar(budget, per_hour) for budget in budgets]
        common = [self.bars[budget] for budget in budgets]
        if evidence <= own[0]:
            return evidence * common[0] / own[0]
        if evidence >= own[-1]:
            return common[-1] + evidence - own[-1]
        above = bisect_left(own, evidence)
        part = (evidence - own[above - 1]) / (own[above] - own[above - 1])
        return common[above - 1] + part * (common[above] - common[above - 1])

    def _bar(self, budget: float, per_hour: float) -> float:
        """Return the bar at a volume: between classes in proportion to its logarithm, beyond them that of the last."""
        at = math.log(max(per_hour, 1e-9))
        logs = [math.log(each.per_hour) for each in self.classes]
        above = bisect_left(logs, at)
        if above == 0 or above == len(logs):
            return self.classes[min(above, len(logs) - 1)].bars[budget]
        part = (at - logs[above - 1]) / (logs[above] - logs[above - 1])
        lower, upper = self.classes[above - 1].bars[budget], self.classes[above].bars[budget]
        return lower + part * (upper - lower)


def decode(data: bytes) -> Calibration:
    """Return the table in those bytes of JSON. Raises BadInput for a table that cannot be used."""
    try:
        table = msgspec.json.decode(data, type=Calibration, strict=False)
    except msgspec.MsgspecError as error:
        raise BadInput(f"calibration: {error}") from error
    if not table.bars or not table.classes:
        raise BadInput("calibration: there must be bars and at least one class of volume")
    rows = (table.bars, *(each.bars for each in table.classes))
    if any(set(row) != set(table.bars) or not _rises(row) for row in rows):
        raise BadInput("calibration: every row needs the same budgets, and more evidence for smaller ones")
    if not _is_rising([0.0, *(each.per_hour for each in table.classes)]):
        raise BadInput("calibration: classes must be in order of their volume")
    return table


def _rises(bars: dict[float, float]) -> bool:
    return _is_rising([0.0, *(bars[budget] for budget in sorted(bars, reverse=True))])


def _is_rising(numbers: Sequence[float]) -> bool:
    return all(earlier < later for earlier, later in pairwise(numbers))
