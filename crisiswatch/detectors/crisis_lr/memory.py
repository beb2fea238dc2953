"""The last buckets, kept as running totals: what any window over them holds is a difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import msgspec

from crisiswatch.detectors.crisis_lr.timing import Timing

Cells = tuple[float, float, float, float]
"""Stories, negative stories, expected stories, and the negative stories that are usual among those seen."""

Seen = tuple[int, float, float, float, float, float, float]
"""A window's index, the four numbers that it holds, and the drifts of share and rate when it began."""

Totals = tuple[float, ...]
"""Running totals of the four `Cells` after a bucket, then those of place × cell: the bucket's place counts from 1."""

WIDE = 10
"""Numbers kept of a bucket: eight totals, and where share and rate have drifted with it."""

_ROW, _TOTALS, _CELLS, _DRIFTS = Struct(f"={WIDE}d"), Struct("=8d"), Struct("=4d"), Struct("=2d")
_row_into, _rows_of = _ROW.pack_into, _ROW.iter_unpack
WIDTH, DRIFTS_AT = _ROW.size, _TOTALS.size
"""Bytes of a row, and where in it the drifts begin."""

_row_at = _ROW.unpack_from
_totals_at, _cells_at, _drifts_at = _TOTALS.unpack_from, _CELLS.unpack_from, _DRIFTS.unpack_from

HALF = 0.5
"""Negative stories beyond the usual ones up to which a window is quiet, whatever else it holds."""

LEAST = 1e-9
"""Expected stories below which a window is not looked at."""

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

    __slots__ = ("_place", "_rows", "_size", "_spans", "learnt")

    def __init__(self, grid: Timing, saved: Saved | None = None) -> None:
        self._spans = grid.spans
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

    def loud(self, ahead: Sequence[Totals], gate: float) -> list[Seen]:
        """Return the windows, ending with the last bucket of `ahead`, whose share may surprise beyond `gate` nats.

        The others are certain not to: a deviance of N·KL is at most chi-square, and the reference is never below the
        usual share. No logarithm is needed to know. One that is not full yet is left out.
        """
        tail, newest, rows = len(ahead), self.learnt + len(ahead) - 1, self._rows
        e0, e1, e2, e3, f0, f1, f2, f3 = ahead[-1]
        slot, following = newest % self._size, self._place + tail
        found = self._loud_within(ahead, gate) if tail > 1 else []
        for index, length, is_ramp, scale in self._spans:
            if length < tail:
                continue
            if length > newest + 1:
                break
            at = (slot - length) * WIDTH  # below 0 it counts from the end of the buffer, as the slots go round
            if is_ramp:
                c0, c1, c2, c3, m0, m1, m2, m3 = _totals_at(rows, at)
                place = following - length
                negative, usually = scale * (f1 - m1 - place * (e1 - c1)), scale * (f3 - m3 - place * (e3 - c3))
                if negative - usually <= HALF:
                    continue
                stories, expect = scale * (f0 - m0 - place * (e0 - c0)), scale * (f2 - m2 - place * (e2 - c2))
            else:
                c0, c1, c2, c3 = _cells_at(rows, at)
                negative, usually = e1 - c1, e3 - c3
                if negative - usually <= HALF:
                    continue
                stories, expect = e0 - c0, e2 - c2
            above = negative - HALF - usually
            if above > 0 and expect >= LEAST and above * above * stories > gate * usually * (stories - usually):
                found.append((index, stories, negative, expect, usually, *_drifts_at(rows, at + DRIFTS_AT)))
        return found

    def _loud_within(self, ahead: Sequence[Totals], gate: float) -> list[Seen]:
        """Return the loud ones of the windows that lie in `ahead` alone."""
        found, drifts = [], self.drifts(self.learnt - 1)
        for index, length, _, _ in self._spans:
            if length >= len(ahead):
                break
            stories, negative, expect, usually = self._held(index, ahead[-1 - length], ahead[-1], len(ahead))
            above = negative - HALF - usually
            if above > 0 and expect >= LEAST and above * above * stories > gate * usually * (stories - usually):
                found.append((index, stories, negative, expect, usually, *drifts))
        return found

    def whole(self, index: int, ahead: Totals) -> Seen:
        """Return what a window holds that ends with the bucket to be learnt now; it must be full."""
        at = ((self.learnt - self._spans[index][1]) % self._size) * WIDTH
        *totals, share_drift, rate_drift = _row_at(self._rows, at)
        return (index, *self._held(index, totals, ahead, 1), share_drift, rate_drift)

    def _held(self, index: int, before: Sequence[float], last: Totals, tail: int) -> Cells:
        """Return what a window holds between two totals, the last of them `tail` buckets after those learnt.

        A ramp weighs its buckets by how far they are from the bucket before it, and is given as so many equal buckets
        as tell as much.
        """
        _, length, is_ramp, scale = self._spans[index]
        c0, c1, c2, c3, m0, m1, m2, m3 = before
        e0, e1, e2, e3, f0, f1, f2, f3 = last
        if not is_ramp:
            return e0 - c0, e1 - c1, e2 - c2, e3 - c3
        place = self._place + tail - length
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
