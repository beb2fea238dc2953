"""The last buckets one by one, and what every window over them holds."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec

from crisiswatch.detectors.crisis_lr.timing import Timing, Window

Cells = tuple[float, float, float, float]
"""Stories, negative stories, expected stories, and the negative stories that are usual among those seen."""


class Saved(msgspec.Struct):
    """What a checkpoint keeps of a memory: its columns, each as long as the memory, and the sums of every window."""

    cells: list[list[float]]
    drifts: list[list[float]]
    sums: list[list[float]]


class Memory:
    """Buckets are counted from 0; the one numbered `learnt` comes next. The drifts are those after each bucket.

    Sums are kept up to date by what enters and what leaves. Of a ramp there are two of each: the plain ones, and those
    weighted 1 for the oldest bucket to `length` for the newest: when the window moves on, every weight falls by one,
    that is, the weighted sum by the plain one.
    """

    __slots__ = ("_cells", "_drifts", "_size", "_sums", "_windows", "learnt")

    def __init__(self, grid: Timing, learnt: int = 0, saved: Saved | None = None) -> None:
        self.learnt = learnt
        self._size, self._windows = grid.ring, grid.windows
        empty = [0.0] * grid.ring
        self._cells = [array("d", column) for column in (saved.cells if saved else [empty] * 4)]
        self._drifts = [array("d", column) for column in (saved.drifts if saved else [empty] * 2)]
        self._sums = [list(sums) for sums in saved.sums] if saved else _empty(grid)

    @staticmethod
    def fits(saved: Saved, grid: Timing) -> bool:
        """Tell whether a saved memory has as many columns, buckets and windows as this grid."""
        lengths = {len(column) for column in (*saved.cells, *saved.drifts)}
        columns = (len(saved.cells), len(saved.drifts))
        sums = [len(each) for each in saved.sums]
        return lengths == {grid.ring} and columns == (4, 2) and sums == [len(each) for each in _empty(grid)]

    def saved(self) -> Saved:
        """Return a copy for the checkpoint."""
        return Saved(
            [column.tolist() for column in self._cells],
            [column.tolist() for column in self._drifts],
            [list(sums) for sums in self._sums],
        )

    def push(self, new: Cells) -> None:
        """Add a closed bucket; `remember_drifts` must follow."""
        slot = self.learnt % self._size
        for window, sums in zip(self._windows, self._sums, strict=True):
            _move(sums, window, new, self._left(self.learnt - window.length))
        for column, value in zip(self._cells, new, strict=True):
            column[slot] = value

    def remember_drifts(self, share: float, rate: float) -> None:
        """Keep where share and rate have drifted with the bucket just added, and count it as learnt."""
        slot = self.learnt % self._size
        self._drifts[0][slot], self._drifts[1][slot] = share, rate
        self.learnt += 1
        if slot == self._size - 1:
            self._add_anew()

    def drifts(self, bucket: int) -> tuple[float, float]:
        """Return the drifts of share and rate after that bucket, or after the last one learnt if that is earlier."""
        bucket = min(bucket, self.learnt - 1)
        slot = bucket % self._size
        return (self._drifts[0][slot], self._drifts[1][slot]) if bucket >= 0 else (0.0, 0.0)

    def contents(self) -> list[Sequence[float]]:
        """Return what every window holds that ends with the newest bucket added, as `Cells`."""
        return [_content(window, sums) for window, sums in zip(self._windows, self._sums, strict=True)]

    def content(self, index: int) -> Sequence[float]:
        """Return what one window holds."""
        return _content(self._windows[index], self._sums[index])

    def contents_with(self, tail: Sequence[Cells]) -> list[Sequence[float]]:
        """Return what every window would hold if the buckets of `tail` were added."""
        contents = []
        for window, sums in zip(self._windows, self._sums, strict=True):
            moved = sums.copy()
            for index, new in enumerate(tail):
                old = index - window.length
                _move(moved, window, new, tail[old] if old >= 0 else self._left(self.learnt + old))
            contents.append(_content(window, moved))
        return contents

    def _left(self, bucket: int) -> Cells | None:
        """Return the bucket that leaves a window, None where that is not full yet."""
        if bucket < 0:
            return None
        slot = bucket % self._size
        stories, negative, expect, usually = self._cells
        return stories[slot], negative[slot], expect[slot], usually[slot]

    def _add_anew(self) -> None:
        """Sum every window again: rounding must not pile up. The newest bucket is in the last slot."""
        for window, sums in zip(self._windows, self._sums, strict=True):
            for index, column in enumerate(self._cells):
                within = column[-window.length :]
                sums[index] = sum(within)
                if window.is_ramp:
                    sums[4 + index] = sum(weight * value for weight, value in enumerate(within, 1))


def _empty(grid: Timing) -> list[list[float]]:
    return [[0.0] * (8 if window.is_ramp else 4) for window in grid.windows]


def _move(sums: list[float], window: Window, new: Cells, old: Cells | None) -> None:
    """Let a window take in `new` and lose `old`."""
    stories, negative, expect, usually = new
    if window.is_ramp:
        length = window.length
        sums[4] += length * stories - sums[0]
        sums[5] += length * negative - sums[1]
        sums[6] += length * expect - sums[2]
        sums[7] += length * usually - sums[3]
    if old is not None:
        stories, negative, expect, usually = stories - old[0], negative - old[1], expect - old[2], usually - old[3]
    sums[0] += stories
    sums[1] += negative
    sums[2] += expect
    sums[3] += usually


def _content(window: Window, sums: list[float]) -> Sequence[float]:
    """Return the sums of a window; those of a ramp as so many equal buckets as tell as much as the weighted ones."""
    if not window.is_ramp:
        return sums
    scale = window.scale
    return scale * sums[4], scale * sums[5], scale * sums[6], scale * sums[7]
