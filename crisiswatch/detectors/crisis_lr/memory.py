"""The last buckets, kept as running totals: what any window over them holds is a difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import msgspec

from crisiswatch.detectors.crisis_lr.timing import Timing, Window

Cells = tuple[float, float, float, float]
"""Stories, negative stories, expected stories, and the negative stories that are usual among those seen."""

Totals = tuple[float, ...]
"""Running totals of the four `Cells` after a bucket, then those of place × cell: the bucket's place counts from 1."""

WIDE = 10
"""Numbers kept of a bucket: eight totals, and where share and rate have drifted with it."""

_ROW, _TOTALS, _CELLS, _DRIFTS = Struct(f"={WIDE}d"), Struct("=8d"), Struct("=4d"), Struct("=2d")
_row_into, _rows_of = _ROW.pack_into, _ROW.iter_unpack
_totals_at, _cells_at, _drifts_at = _TOTALS.unpack_from, _CELLS.unpack_from, _DRIFTS.unpack_from

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

    Totals begin anew now and then, lest rounding pile up: `place` counts from there. One buffer holds all rows: packed,
    since there are many series, and row by row, since whoever reads a bucket reads most of its numbers.
    """

    __slots__ = ("_place", "_rows", "_size", "learnt")

    def __init__(self, grid: Timing, saved: Saved | None = None) -> None:
        # One more slot than buckets: the totals before the oldest bucket, of bucket -1 at first, are in the last.
        self._size = grid.ring + 1
        self._rows = bytearray(_ROW.size * self._size)
        self.learnt, self._place = (saved.learnt, saved.place) if saved else (0, 0)
        for slot, row in enumerate(zip(*saved.columns, strict=True) if saved else ()):
            _row_into(self._rows, slot * _ROW.size, *row)

    @staticmethod
    def fits(saved: Saved, grid: Timing) -> bool:
        """Tell whether a saved memory is of this grid."""
        return [len(column) for column in saved.columns] == [grid.ring + 1] * WIDE and saved.learnt >= 0

    def saved(self) -> Saved:
        """Return a copy for the checkpoint."""
        return Saved(self.learnt, self._place, [list(column) for column in zip(*_rows_of(self._rows), strict=True)])

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
        _row_into(self._rows, slot * _ROW.size, *totals, share_drift, rate_drift)
        self._place += 1
        self.learnt += 1
        if slot == self._size - 1 and self._place > ANEW * self._size:
            self._begin_anew()

    def hour(self, grid: Timing) -> tuple[float, float]:
        """Return the stories and the negative stories of about the last hour."""
        newest = self.learnt - 1
        start = max(-1, newest - grid.windows[grid.local].length)
        stories, negative, _, _ = _cells_at(self._rows, newest % self._size * _ROW.size)
        before, negative_before, _, _ = _cells_at(self._rows, start % self._size * _ROW.size)
        return stories - before, negative - negative_before

    def drifts(self, bucket: int) -> tuple[float, float]:
        """Return the drifts of share and rate after that bucket, or after the last one learnt if that is earlier."""
        slot = (bucket if bucket < self.learnt else self.learnt - 1) % self._size
        share, rate = _drifts_at(self._rows, slot * _ROW.size + _TOTALS.size)
        return share, rate

    def with_surplus(self, windows: Sequence[Window], ahead: Sequence[Totals]) -> list[tuple[int, Cells]]:
        """Return the windows, ending with the last bucket of `ahead`, in which at least half a story more is negative
        than is usual, by index and with what they hold; most often there are few. One not full yet is left out."""
        rows, wide, found = self._rows, _ROW.size, []
        e0, e1, e2, e3, f0, f1, f2, f3 = ahead[-1]
        newest, following = self.learnt + len(ahead) - 1, self._place + len(ahead)
        slot = newest % self._size
        for index, window in enumerate(windows):
            length = window.length
            if length > newest + 1:
                break
            if length < len(ahead):
                found.append((index, self.content(window, ahead)))
                continue
            at = (slot - length) * wide  # below 0 it counts from the end of the buffer, as the slots go round
            if not window.is_ramp:
                c0, c1, c2, c3 = _cells_at(rows, at)
                if (e1 - c1) - (e3 - c3) > HALF:
                    found.append((index, (e0 - c0, e1 - c1, e2 - c2, e3 - c3)))
                continue
            c0, c1, c2, c3, m0, m1, m2, m3 = _totals_at(rows, at)
            place, scale = following - length, window.scale
            negative, usually = scale * (f1 - m1 - place * (e1 - c1)), scale * (f3 - m3 - place * (e3 - c3))
            if negative - usually > HALF:
                stories, expect = scale * (f0 - m0 - place * (e0 - c0)), scale * (f2 - m2 - place * (e2 - c2))
                found.append((index, (stories, negative, expect, usually)))
        return found

    def content(self, window: Window, ahead: Sequence[Totals]) -> Cells:
        """Return what a window holds that ends with the last bucket of `ahead`.

        A ramp weighs its buckets by how far they are from the bucket before it, and is given as so many equal buckets
        as tell as much. A window that is not full yet holds what there is.
        """
        if not window.is_ramp:
            return self.newest(window.length, ahead)
        c0, c1, c2, c3, m0, m1, m2, m3 = self._before(window.length, ahead)
        e0, e1, e2, e3, f0, f1, f2, f3 = ahead[-1]
        place, scale = self._place + len(ahead) - window.length, window.scale
        return (
            scale * (f0 - m0 - place * (e0 - c0)),
            scale * (f1 - m1 - place * (e1 - c1)),
            scale * (f2 - m2 - place * (e2 - c2)),
            scale * (f3 - m3 - place * (e3 - c3)),
        )

    def newest(self, length: int, ahead: Sequence[Totals]) -> Cells:
        """Return what the last `length` buckets hold, each as it is; fewer where there are not so many."""
        c0, c1, c2, c3, _, _, _, _ = self._before(length, ahead)
        e0, e1, e2, e3, _, _, _, _ = ahead[-1]
        return e0 - c0, e1 - c1, e2 - c2, e3 - c3

    def _before(self, length: int, ahead: Sequence[Totals]) -> Totals:
        """Return the totals before the last `length` buckets."""
        before = self.learnt + len(ahead) - 1 - length
        return ahead[before - self.learnt] if before >= self.learnt else self._totals(before)

    def _totals(self, bucket: int) -> Totals:
        """Return the totals after a bucket that was learnt, or before the first."""
        slot = (bucket if bucket > -1 else -1) % self._size
        return _totals_at(self._rows, slot * _ROW.size)

    def _begin_anew(self) -> None:
        """Count places and totals from the oldest bucket that is kept, the one in the first slot."""
        gone = self._place - self._size + 1
        first = self._totals(0)
        for slot, row in enumerate(list(_rows_of(self._rows))):
            totals = [total - start for total, start in zip(row[:4], first[:4], strict=True)]
            placed = zip(row[4:8], first[4:], totals, strict=True)
            moved = [value - start - gone * total for value, start, total in placed]
            _row_into(self._rows, slot * _ROW.size, *totals, *moved, *row[8:])
        self._place -= gone
