"""Where things stand in the chart: scales, ticks, stretches that were seen and the point worth a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil, floor, isfinite, log10

from crisiswatch.core.series import Point, Series

FONT_SIZE = 17
"""On a phone a mail shows the picture at 58% of its width: smaller letters cannot be read there."""

SEEN_AT_LEAST = 0.5
"""Covered share of a bucket below which its count is not drawn."""

_MOST = 1e12  # no count of people's words is higher
_LETTER = 0.62  # mean advance of the bundled bold face, in ems: enough to tell whether two labels meet
_RIGHT, _TOP, _AXIS, _BARS, _BARS_LABEL = 16.0, 42.0, 34.0, 38.0, 32.0


@dataclass(frozen=True, slots=True)
class Plot:
    """The geometry of one chart; lengths in user units, y grows downwards."""

    series: Series
    width: int
    height: int
    left: float
    most: float
    step: float

    @property
    def right(self) -> float:
        """Return the right edge of the drawing area."""
        return self.width - _RIGHT

    @property
    def top(self) -> float:
        """Return the upper edge of the drawing area."""
        return _TOP

    @property
    def floor(self) -> float:
        """Return where the bars of the negative share stand."""
        return self.height - _AXIS

    @property
    def bars(self) -> float:
        """Return the height of a bar of 100%."""
        return _BARS

    @property
    def bottom(self) -> float:
        """Return where a count of 0 is drawn."""
        return self.floor - _BARS - _BARS_LABEL

    @property
    def start(self) -> datetime:
        """Return the start of the first bucket."""
        return self.series.points[0].start

    @property
    def end(self) -> datetime:
        """Return the end of the last bucket."""
        return self.series.points[-1].start + self.series.length

    def x(self, at: datetime) -> float:
        """Return where a moment stands, kept inside the drawing area."""
        part = (at - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(max(part, 0.0), 1.0)

    def middle(self, point: Point) -> float:
        """Return where the middle of a bucket stands."""
        return self.x(point.start + self.series.length / 2)

    def y(self, value: float) -> float:
        """Return where a count stands."""
        return self.bottom - (self.bottom - self.top) * min(max(value / self.most, 0.0), 1.0)

    def ticks(self) -> tuple[float, ...]:
        """Return the counts that get a line."""
        return tuple(self.step * i for i in range(floor(self.most / self.step) + 1))


def drawable(series: Series) -> Series:
    """Return the series with each bucket that holds a number that cannot be drawn as one that was not seen."""
    return replace(series, points=tuple(p if _is_drawable(p) else _unseen(p) for p in series.points))


def plot(series: Series, width: int, height: int) -> Plot:
    """Return the geometry of a chart of `series`, which has at least one point."""
    shown = [p.stories for p in series.points if is_seen(p)] + [p.upper for p in series.points]
    most = max([1.0, *shown]) * 1.08
    step = _step(most)
    left = 18 + text_width(f"{floor(most / step) * step:,.0f}")
    return Plot(series=series, width=width, height=height, left=left, most=most, step=step)


def text_width(text: str) -> float:
    """Return about how wide a label is."""
    return len(text) * FONT_SIZE * _LETTER


def is_seen(point: Point) -> bool:
    """Tell whether a bucket was seen well enough for its count to mean something."""
    return point.covered >= SEEN_AT_LEAST


def runs(series: Series) -> Iterator[list[Point]]:
    """Yield stretches of points that follow each other and are all seen, or all not seen."""
    run: list[Point] = []
    for point in series.points:
        if run and (is_seen(point) != is_seen(run[-1]) or point.start != run[-1].start + series.length):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def marked(series: Series) -> Point | None:
    """Return the point worth a label: the highest since the trouble began, otherwise the last that was seen."""
    seen = [p for p in series.points if is_seen(p)]
    if not seen:
        return None
    recent = [p for p in seen if is_since(series, p)]
    return max(recent, key=lambda p: p.stories) if recent else seen[-1]


def is_since(series: Series, point: Point) -> bool:
    """Tell whether a bucket belongs to the trouble."""
    return series.since is not None and point.start + series.length > series.since


def _is_drawable(point: Point) -> bool:
    numbers = (point.stories, point.expected, point.lower, point.upper, point.share or 0.0)
    return all(isfinite(number) and abs(number) <= _MOST for number in numbers)


def _unseen(point: Point) -> Point:
    return Point(start=point.start, stories=0.0, expected=0.0, lower=0.0, upper=0.0, share=None, covered=0.0)


def _step(most: float) -> float:
    unit = 10.0 ** floor(log10(most / 3))
    factor = next(f for f in (1, 2, 5, 10) if ceil(most / (unit * f)) <= 4)
    return max(1.0, unit * factor)
