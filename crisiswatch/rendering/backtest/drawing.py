"""The pictures of a backtest's page: the whole stretch with its alerts, and alerts by budget.

Colours are the custom properties of the page, so that light, dark and paper need one picture each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from crisiswatch.core.reporting import Row
from crisiswatch.core.series import Series
from crisiswatch.core.tuning import Budgeted
from crisiswatch.rendering.backtest import phrases
from crisiswatch.rendering.inert import one_line
from crisiswatch.rendering.plot import FONT_SIZE, Plot, drawable, is_seen, plot, runs

WIDTH, HEIGHT = 600, 270
_LABEL_ROOM = 66  # user units between two marks below which their names would cover each other
_LEFT, _TOP, _BOTTOM = 46, 26, 50
_DAYS_APART = (1, 2, 7, 14, 28, 91, 182, 364)


def timeline_svg(series: Series, rows: Sequence[Row]) -> str:
    """Return a brand's whole stretch: stories against their usual range, with a mark and a band for each alert."""
    series = drawable(series)
    area = plot(series, WIDTH, HEIGHT)
    told = [row for row in rows if row.detected_at is not None]
    parts = [*_grid(area), *_usual(area), *_spans(area, told), *_counts(area), *_marks(area, told), *_days(area)]
    title = f"{one_line(series.brand, 80)}: stories per {phrases.span(series.length)}, with {len(told)} alerts marked"
    return _svg(title, "The table of alerts below says the same in words.", round(area.bottom) + 32, parts)


def sweep_svg(rows: Sequence[Budgeted]) -> str:
    """Return the number of alerts for each budget, critical ones and warnings, as stacked bars."""
    most = max([1, *(len(row.alerts) for row in rows)])
    step = (WIDTH - _LEFT - 16) / max(1, len(rows))
    parts = list(_scale(most))
    told = []
    for number, row in enumerate(rows):
        parts += _bar(row, _LEFT + (number + 0.5) * step, min(64.0, step * 0.6), most)
        told.append(f"{phrases.budget(row)}: {len(row.alerts)}")
    return _svg("Alerts in the whole stretch, for each budget", "; ".join(told) + ".", HEIGHT, parts)


def _svg(title: str, about: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="{FONT_SIZE}"><title>{escape(title)}</title>'
        f"<desc>{escape(about)}</desc>{''.join(parts)}</svg>"
    )


def _grid(area: Plot) -> Iterator[str]:
    for tick in area.ticks():
        y = area.y(tick)
        yield _line(area.left, y, area.right, y, "grid")
        yield _text(area.left - 8, y + 6, f"{tick:,.0f}", "muted", "end")


def _usual(area: Plot) -> Iterator[str]:
    points = area.series.points
    upper = [f"{area.middle(p):.1f},{area.y(p.upper):.1f}" for p in points]
    lower = [f"{area.middle(p):.1f},{area.y(p.lower):.1f}" for p in reversed(points)]
    yield f'<polygon points="{" ".join(upper + lower)}" fill="var(--band)"/>'


def _spans(area: Plot, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        left, right = area.x(row.opened_at), area.x(row.closed_at or area.end)
        yield (
            f'<rect x="{left:.1f}" y="{area.top}" width="{max(2.0, right - left):.1f}" '
            f'height="{area.bottom - area.top:.1f}" fill="var(--{row.severity})" opacity="0.18"/>'
        )


def _counts(area: Plot) -> Iterator[str]:
    for run in runs(area.series):
        if is_seen(run[0]):
            places = " ".join(f"{area.middle(p):.1f},{area.y(p.stories):.1f}" for p in run)
            yield f'<polyline points="{places}" fill="none" stroke="var(--front)" stroke-width="1.3"/>'
        else:
            left, right = area.x(run[0].start), area.x(run[-1].start + area.series.length)
            yield (
                f'<rect x="{left:.1f}" y="{area.bottom - 6:.1f}" width="{right - left:.1f}" height="6" '
                f'fill="var(--bar)"><title>not seen</title></rect>'
            )


def _marks(area: Plot, rows: Sequence[Row]) -> Iterator[str]:
    free = 0.0
    for row in rows:
        x = area.x(row.detected_at or row.opened_at)
        yield f'<path d="M{x:.1f} {area.top}l-6 -10h12z" fill="var(--{row.severity})"/>'
        if x >= free:
            anchor = "end" if x > area.right - _LABEL_ROOM else "start"
            yield _text(x, area.top - 14, row.id, "front", anchor)
            free = x + _LABEL_ROOM


def _days(area: Plot) -> Iterator[str]:
    length = area.end - area.start
    apart = next((days for days in _DAYS_APART if length / timedelta(days=days) <= 7), _DAYS_APART[-1])
    day = area.start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day < area.end:
        x = area.x(day)
        yield _line(x, area.bottom, x, area.bottom + 5, "muted")
        if area.left + 24 < x < area.right - 24:
            yield _text(x, area.bottom + 22, f"{day:%b %d}", "muted", "middle")
        day += timedelta(days=apart)


def _scale(most: int) -> Iterator[str]:
    for count in sorted({0, most // 2, most}):
        y = _height(count, most)
        yield _line(_LEFT, y, WIDTH - 16, y, "grid")
        yield _text(_LEFT - 8, y + 5, str(count), "muted", "end")


def _bar(row: Budgeted, middle: float, width: float, most: int) -> Iterator[str]:
    critical, warning = (row.summary.by_severity[name] for name in ("critical", "warning"))
    floor = _height(0, most)
    for count, below, name in ((critical, 0, "critical"), (warning, critical, "warning")):
        top, bottom = _height(below + count, most), _height(below, most)
        if count:
            yield (
                f'<rect x="{middle - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" '
                f'height="{bottom - top:.1f}" fill="var(--{name})"/>'
            )
    yield _text(middle, _height(critical + warning, most) - 5, str(critical + warning), "front", "middle")
    name = "configured" if row.warning is None else f"{row.warning:g}"
    yield _text(middle, floor + 21, name, "front", "middle")
    if row.is_current:
        yield _text(middle, floor + 42, "▲ now", "front", "middle")


def _height(count: int, most: int) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * count / most


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="var(--{colour})"/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="var(--{colour})">{escape(text)}</text>'
