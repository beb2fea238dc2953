"""Draws the recent past of a brand: counts against their usual range, and the negative share beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from html import escape
from pathlib import Path
from typing import Literal

import resvg_py
from babel.dates import format_datetime

from crisiswatch.core.messages import Picture
from crisiswatch.core.series import Point, Series
from crisiswatch.rendering.inert import one_line
from crisiswatch.rendering.plot import FONT_SIZE, Plot, drawable, is_seen, is_since, marked, plot, runs, text_width
from crisiswatch.rendering.reader import Reader, reader

Theme = Literal["light", "dark", "page"]
"""Colours of its own, or those of the page that the SVG stands in (`--back` to `--bar`)."""

FONT_FILES = tuple(str(Path(__file__).with_name("fonts") / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
"""The faces that the picture is set in; without them resvg drops every letter."""

_LONG = timedelta(hours=36)  # beyond it the times of the axis need their day


@dataclass(frozen=True, slots=True)
class _Colours:
    back: str
    front: str
    muted: str
    grid: str
    band: str
    alarm: str
    bar: str


@dataclass(frozen=True, slots=True)
class _Ink:
    """How a label is written; the halo keeps it readable where it crosses a line."""

    colour: str
    weight: str = "normal"
    halo: str = ""


_THEMES = {
    "light": _Colours("#ffffff", "#1f2937", "#4b5563", "#e6e8ec", "#c9d6e8", "#b42318", "#8b95a5"),
    "dark": _Colours("#16181d", "#e5e7eb", "#a7b0be", "#2b313c", "#2f4465", "#ff8a7a", "#77829a"),
    "page": _Colours(*(f"var(--{name})" for name in ("back", "front", "muted", "grid", "band", "alarm", "bar"))),
}


def picture(
    series: Series,
    theme: Theme = "light",
    *,
    zone: tzinfo = UTC,
    language: str = "en",
    draw: Callable[[str], bytes] | None = None,
) -> Picture:
    """Return the chart and its sentences; nothing is drawn yet. `draw` turns SVG into PNG, None: `chart_png`."""
    as_svg = partial(chart_svg, series, theme, zone=zone, language=language)
    return Picture(chart_alt(series, zone=zone, language=language), as_svg, lambda: (draw or chart_png)(as_svg()))


def chart_svg(
    series: Series,
    theme: Theme = "light",
    width: int = 600,
    height: int = 300,
    *,
    zone: tzinfo = UTC,
    language: str = "en",
) -> str:
    """Return the chart as SVG: the same bytes for the same arguments."""
    series = drawable(series)
    told_to, colours = _reader(series, zone, language), _THEMES[theme]
    parts = _parts(series, told_to, colours, width, height) if series.points else _empty(told_to, colours, width)
    title = escape(f"{one_line(series.brand, 80)}: {_title(series, told_to)}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="DejaVu Sans, Verdana, sans-serif" font-size="{FONT_SIZE}"><title>{title}</title>'
        f"<desc>{escape(chart_alt(series, zone=zone, language=language))}</desc>"
        f'<rect width="{width}" height="{height}" rx="6" fill="{colours.back}"/>'
    )
    return head + "".join(parts) + "</svg>"


def chart_png(svg: str, fonts: Sequence[str] = FONT_FILES, zoom: int = 2) -> bytes:
    """Return the SVG as PNG, `zoom` times its size, set in `fonts` and never in those of the machine."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=list(fonts), font_family="DejaVu Sans"
        )
    )


def chart_alt(series: Series, *, zone: tzinfo = UTC, language: str = "en") -> str:
    """Return the sentences that replace the picture."""
    series = drawable(series)
    told_to = _reader(series, zone, language)
    words, peak = told_to.words.chart, marked(series)
    if not series.points:
        return words.nothing
    end = series.points[-1].start + series.length
    start, bucket = told_to.clock(series.points[0].start), told_to.span(series.length)
    told = [words.alt.format(brand=one_line(series.brand, 80), bucket=bucket, start=start, end=told_to.clock(end))]
    if peak is not None:
        values = {"value": told_to.count(peak.stories), "expected": told_to.count(peak.expected)}
        told.append(words.alt_peak.format(time=told_to.clock(peak.start), **values))
    if peak is not None and peak.share is not None:
        usual = told_to.percent(series.usual_share)
        told.append(words.alt_share.format(share=told_to.percent(peak.share), usual=usual))
    if not all(is_seen(point) for point in series.points):
        told.append(words.alt_gaps)
    return " ".join(told)


def _reader(series: Series, zone: tzinfo, language: str) -> Reader:
    now = series.points[-1].start + series.length if series.points else datetime(2000, 1, 1, tzinfo=UTC)
    return reader(language, zone, now)


def _title(series: Series, told_to: Reader) -> str:
    length = told_to.now - series.points[0].start if series.points else series.length
    return told_to.words.chart.title.format(bucket=told_to.span(series.length), span=told_to.span(length))


def _empty(told_to: Reader, colours: _Colours, width: int) -> Iterator[str]:
    yield _text(width / 2, 60, told_to.words.chart.nothing, _Ink(colours.muted), "middle")


def _parts(series: Series, told_to: Reader, colours: _Colours, width: int, height: int) -> Iterator[str]:
    area = plot(series, width, height)
    yield from _grid(area, told_to, colours)
    yield from _band(area, colours)
    yield from _bars(area, colours)
    yield from _gaps(area, told_to, colours)
    for run in runs(area.series):
        yield from _counts(area, run, colours) if is_seen(run[0]) else ()
    yield from _onset(area, told_to, colours)
    yield from _labels(area, told_to, colours)
    yield from _axis(area, told_to, colours)


def _grid(area: Plot, told_to: Reader, colours: _Colours) -> Iterator[str]:
    for tick in area.ticks():
        y = area.y(tick)
        yield _line(area.left, y, area.right, y, colours.grid)
        yield _text(area.left - 8, y + 6, told_to.count(tick), _Ink(colours.muted), "end")


def _band(area: Plot, colours: _Colours) -> Iterator[str]:
    points = area.series.points
    upper = [f"{area.middle(p):.1f},{area.y(p.upper):.1f}" for p in points]
    lower = [f"{area.middle(p):.1f},{area.y(p.lower):.1f}" for p in reversed(points)]
    yield f'<polygon points="{" ".join(upper + lower)}" fill="{colours.band}"/>'


def _counts(area: Plot, run: list[Point], colours: _Colours) -> Iterator[str]:
    places = [f"{area.middle(p):.1f},{area.y(p.stories):.1f}" for p in run]
    if len(places) == 1:
        x, y = places[0].split(",")
        yield f'<circle cx="{x}" cy="{y}" r="2" fill="{colours.front}"/>'
    else:
        path = " ".join(places)
        pen = f'fill="none" stroke="{colours.front}" stroke-width="2" stroke-linejoin="round"'
        yield f'<polyline points="{path}" {pen}/>'


def _gaps(area: Plot, told_to: Reader, colours: _Colours) -> Iterator[str]:
    yield (
        '<defs><pattern id="not-seen" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="8" stroke="{colours.bar}" stroke-width="3"/></pattern></defs>'
    )
    gaps = [run for run in runs(area.series) if not is_seen(run[0])]
    for run in gaps:
        left, right = area.x(run[0].start), area.x(run[-1].start + area.series.length)
        for top, bottom in ((area.top, area.bottom), (area.floor - area.bars, area.floor)):
            box = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
            yield f'<rect {box} fill="{colours.back}"/><rect {box} fill="url(#not-seen)" opacity="0.45"/>'
    if gaps:  # the widest one speaks for all: labels of small ones would cover each other
        yield _gap_label(area, max(gaps, key=len), told_to.words.chart.not_seen, colours)


def _gap_label(area: Plot, run: list[Point], label: str, colours: _Colours) -> str:
    half = text_width(label) / 2
    middle = (area.x(run[0].start) + area.x(run[-1].start + area.series.length)) / 2
    x = min(max(middle, area.left + half), area.right - half)
    return _text(x, area.bottom - 14, label, _Ink(colours.front, halo=colours.back), "middle")


def _bars(area: Plot, colours: _Colours) -> Iterator[str]:
    usual = min(max(area.series.usual_share, 0.0), 1.0)
    for point in area.series.points:
        if point.share is None or not is_seen(point):
            continue
        left, right = area.x(point.start), area.x(point.start + area.series.length)
        tall = area.bars * min(max(point.share, 0.0), 1.0)
        colour = colours.alarm if is_since(area.series, point) and point.share > usual else colours.bar
        yield (
            f'<rect x="{left:.1f}" y="{area.floor - tall:.1f}" width="{right - left:.2f}" height="{tall:.1f}" '
            f'fill="{colour}"/>'
        )
    y = area.floor - area.bars * usual
    yield _line(area.left, y, area.right, y, colours.muted, dash="2 3")


def _onset(area: Plot, told_to: Reader, colours: _Colours) -> Iterator[str]:
    title = _title(area.series, told_to)
    yield _text(area.left, 25, title, _Ink(colours.front, "bold"))
    since = area.series.since
    if since is None or not area.start <= since <= area.end:
        return
    x = area.x(since)
    yield _line(x, area.top, x, area.floor, colours.alarm, dash="4 4")
    label = told_to.words.chart.since.format(time=told_to.brief_clock(since))
    if area.left + text_width(title) + text_width(label) + FONT_SIZE < area.right:
        yield _text(area.right, 25, label, _Ink(colours.alarm, "bold"), "end")


def _labels(area: Plot, told_to: Reader, colours: _Colours) -> Iterator[str]:
    point, words = marked(area.series), told_to.words.chart
    negative = words.negative.format(usual=told_to.percent(area.series.usual_share))
    yield _text(area.left, area.floor - area.bars - 6, negative, _Ink(colours.muted))
    if point is None:
        return
    colour = colours.alarm if is_since(area.series, point) else colours.front
    x, y = area.middle(point), area.y(point.stories)
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    label = words.direct.format(value=told_to.count(point.stories), expected=told_to.count(point.expected))
    side, anchor = _beside(area, x, label)
    if not is_since(area.series, point):
        y = area.y(max(max(p.upper, p.stories) for p in area.series.points)) - 14  # calm: above everything drawn
    height = min(max(y + 6, area.top + 16), area.bottom - 26)
    yield _text(side, height, label, _Ink(colour, "bold", colours.back), anchor)
    yield from _range_label(area, words.expected, colours, height)


def _beside(area: Plot, x: float, label: str) -> tuple[float, str]:
    since = area.x(area.series.since) if area.series.since is not None else x
    left = since if 0 < x - since < 60 else x
    return (left - 12, "end") if left - 12 - text_width(label) > area.left else (x + 12, "start")


def _range_label(area: Plot, label: str, colours: _Colours, taken: float) -> Iterator[str]:
    half = text_width(label) / 2
    for part in (0.4, 0.6, 0.25, 0.75):
        x = area.left + (area.right - area.left) * part
        near = [p for p in area.series.points if abs(area.middle(p) - x) < half]
        y = min([area.y(max(p.upper, p.stories)) for p in near], default=area.bottom) - 8
        if near and all(map(is_seen, near)) and y > area.top + 20 and abs(y - taken) > 22:
            yield _text(x, y, label, _Ink(colours.muted), "middle")
            return


def _axis(area: Plot, told_to: Reader, colours: _Colours) -> Iterator[str]:
    middle = area.start + (area.end - area.start) / 2
    y = area.height - 10
    yield _text(area.left, y, _axis_time(area, area.start, told_to), _Ink(colours.muted))
    yield _text(area.x(middle), y, _axis_time(area, middle, told_to), _Ink(colours.muted), "middle")
    zone = area.end.astimezone(told_to.zone).tzname() or "UTC"
    yield _text(area.right, y, f"{_axis_time(area, area.end, told_to)} {zone}", _Ink(colours.muted), "end")


def _axis_time(area: Plot, at: datetime, told_to: Reader) -> str:
    pattern = "HH:mm" if area.end - area.start <= _LONG else "d MMM HH:mm"
    return str(format_datetime(at.astimezone(told_to.zone), pattern, locale=told_to.locale))


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashes}/>'


def _text(x: float, y: float, text: str, ink: _Ink, anchor: str = "start") -> str:
    rim = f' stroke="{ink.halo}" stroke-width="5" stroke-linejoin="round" paint-order="stroke"' if ink.halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{ink.weight}" fill="{ink.colour}"{rim}>'
        f"{escape(one_line(text, 120))}</text>"
    )
