"""The last buckets, kept as running totals: what any window over them holds is a difference of two."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec

from crisiswatch.detectors.crisis_lr.timing import Timing, Window

Cells = tuple[float, float, float, float]
"""Stories, negative stories, expected stories, and the negative stories that are usual among those seen."""

Totals = tuple[float, ...]
"""Running totals of the four `Cells` after a bucket, then those of place × cell: the bucket's place counts from 1."""

WIDE = 10
"""Numbers kept of a bucket: eight totals, and where share and rate have drifted with it."""


HALF = 0.5
"""Negative stories beyond the usual ones up to which a window is quiet, whatever else it holds."""

ANEW = 8
"""Totals begin anew once in so many rounds through all slots."""


class Saved(msgspec.Struct):
    """What a checkpoint keeps of a memory."""

    learnt: int
    place: int
    columns: list[list[float]]


class Memory:
    """Buckets are counted from 0; the one numbered `learnt` comes next, and has the next `place`.

    Totals begin anew now and then, lest rounding pile up: `place` counts from there.
    """

    __slots__ = ("_columns", "_place", "_size", "learnt")

    def __init__(self, grid: Timing, saved: Saved | None = None) -> None:
        # One more slot than buckets: the totals before the oldest bucket, of bucket -1 at first, are in the last.
        self._size = grid.ring + 1
        columns = saved.columns if saved else [[0.0] * self._size] * WIDE
        self._columns = [array("d", column) for column in columns]
        self.learnt, self._place = (saved.learnt, saved.place) if saved else (0, 0)

    @staticmethod
    def fits(saved: Saved, grid: Timing) -> bool:
        """Tell whether a saved memory is of this grid."""
        return [len(column) for column in saved.columns] == [grid.ring + 1] * WIDE and saved.learnt >= 0

    def saved(self) -> Saved:
        """Return a copy for the checkpoint."""
        return Saved(self.learnt, self._place, [column.tolist() for column in self._columns])

    def ahead(self, tail: Sequence[Cells]) -> list[Totals]:
        """Return the totals after each bucket of `tail`, were these to follow."""
        totals, place = self._totals(self.learnt - 1), self._place
        found: list[Totals] = []
        for stories, negative, expect, usually in tail:
            place += 1
            c0, c1, c2, c3, m0, m1, m2, m3 = totals
            totals = (
                c0 + stories,
                c1 + negative,
                c2 + expect,
                c3 + usually,
                m0 + place * stories,
                m1 + place * negative,
                m2 + place * expect,
                m3 + place * usually,
            )
            found.append(totals)
        return found

    def push(self, totals: Totals, share_drift: float, rate_drift: float) -> None:
        """Add a closed bucket: the totals after it, and where share and rate have drifted with it."""
        slot = self.learnt % self._size
        for column, value in zip(self._columns, (*totals, share_drift, rate_drift), strict=True):
            column[slot] = value
        self._place += 1
        self.learnt += 1
        if slot == self._size - 1 and self._place > ANEW * self._size:
            self._begin_anew()

    def hour(self, grid: Timing) -> tuple[float, float]:
        """Return the stories and the negative stories of about the last hour."""
        start = max(-1, self.learnt - 1 - grid.windows[grid.local].length)
        stories, negative, size = self._columns[0], self._columns[1], self._size
        newest = self.learnt - 1
        return stories[newest % size] - stories[start % size], negative[newest % size] - negative[start % size]

    def drifts(self, bucket: int) -> tuple[float, float]:
        """Return the drifts of share and rate after that bucket, or after the last one learnt if that is earlier."""
        slot = min(bucket, self.learnt - 1) % self._size
        return self._columns[8][slot], self._columns[9][slot]

    def with_surplus(self, windows: Sequence[Window], ahead: Sequence[Totals]) -> list[int]:
        """Return the indices of the windows, ending with the last bucket of `ahead`, in which at least half a story
        more is negative than is usual; most often there are few. A window that is not full yet is left out."""
        _, n, _, u, _, placed_n, _, placed_u, _, _ = self._columns
        end, size, newest, found = ahead[-1], self._size, self.learnt + len(ahead) - 1, []
        surplus, placed = end[1] - end[3], end[5] - end[7]
        for index, window in enumerate(windows):
            length = window.length
            if length > newest + 1:
                break
            if length < len(ahead):
                found.append(index)
                continue
            slot = (newest - length) % size
            above = surplus - n[slot] + u[slot]
            if window.is_ramp:
                place = self._place + len(ahead) - length
                above = window.scale * (placed - placed_n[slot] + placed_u[slot] - place * above)
            if above > HALF:
                found.append(index)
        return found

    def content(self, window: Window, ahead: Sequence[Totals]) -> Cells:
        """Return what a window holds that ends with the last bucket of `ahead`.

        A ramp weighs its buckets by how far they are from the bucket before it, and is given as so many equal buckets
        as tell as much. A window that is not full yet holds what there is.
        """
        start, end = self._edges(window.length, ahead)
        if not window.is_ramp:
            return end[0] - start[0], end[1] - start[1], end[2] - start[2], end[3] - start[3]
        place, scale = self._place + len(ahead) - window.length, window.scale
        return (
            scale * (end[4] - start[4] - place * (end[0] - start[0])),
            scale * (end[5] - start[5] - place * (end[1] - start[1])),
            scale * (end[6] - start[6] - place * (end[2] - start[2])),
            scale * (end[7] - start[7] - place * (end[3] - start[3])),
        )

    def newest(self, length: int, ahead: Sequence[Totals]) -> Cells:
        """Return what the last `length` buckets hold, each as it is; fewer where there are not so many."""
        start, end = self._edges(length, ahead)
        return end[0] - start[0], end[1] - start[1], end[2] - start[2], end[3] - start[3]

    def _edges(self, length: int, ahead: Sequence[Totals]) -> tuple[Totals, Totals]:
        """Return the totals before the last `length` buckets, and after them."""
        before = self.learnt + len(ahead) - 1 - length
        return ahead[before - self.learnt] if before >= self.learnt else self._totals(before), ahead[-1]

    def _totals(self, bucket: int) -> Totals:
        """Return the totals after a bucket that was learnt, or before the first."""
        slot = max(-1, bucket) % self._size
        c0, c1, c2, c3, m0, m1, m2, m3, _, _ = self._columns
        return c0[slot], c1[slot], c2[slot], c3[slot], m0[slot], m1[slot], m2[slot], m3[slot]

    def _begin_anew(self) -> None:
        """Count places and totals from the oldest bucket that is kept, the one in the first slot."""
        gone = self._place - self._size + 1
        for cell in range(4):
            totals, placed = self._columns[cell], self._columns[cell + 4]
            first, first_placed = totals[0], placed[0]
            totals = array("d", [total - first for total in totals])
            moved = [value - first_placed - gone * total for value, total in zip(placed, totals, strict=True)]
            self._columns[cell], self._columns[cell + 4] = totals, array("d", moved)
        self._place -= gone
