"""Draw what share of crises is found how soon, by the shipped detector, the limit and others, at equal false alarms.

    python -m benchmarks.crisisbench.picturing FILE.svg [--streams N] [--seed N] [--workers N]

Streams are of the standard tier; every curve's bar is set to 0.1 false alarms a week on these streams.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.crisisbench.incidents import LATEST
from benchmarks.crisisbench.reporting import delays_of
from benchmarks.crisisbench.watching import Task, watch_all

FIRST_SEED = 20_000
BUDGET = 0.1

SHOWN = {
    "limit": ("the limit: knows every crisis beforehand", "#8c8c8c", "6 5"),
    "crisis_lr": ("CrisisLR, as shipped", "#0b6e4f", ""),
    "crisis_scan+0.3_share_cusum": ("its predecessor, CrisisScan with ShareCusum", "#c8553d", ""),
    "s_h_esd_negatives": ("S-H-ESD on negatives", "#5c6bc0", ""),
    "z_score_7d_negatives": ("z-score of negatives, 7 days", "#a0781e", ""),
    "day_ratio_volume": ("volume of the hour ÷ day", "#7b3f98", ""),
}
"""Curves: what is written beside each, its colour and its dashes."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 58, 16, 16, 150
TICKS = {5: "5 min", 15: "15", 30: "30", 60: "1 h", 120: "2", 360: "6", 720: "12", 1440: "24", 2880: "48 h"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.picturing", description="Draw delays.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--streams", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    tasks = [Task("standard", FIRST_SEED + options.seed + i, 6, 1, True) for i in range(options.streams)]
    found = delays_of(list(watch_all(tasks, options.workers)), BUDGET)
    options.file.write_text(picture({name: found[name] for name in SHOWN}), "utf-8")


def picture(delays: Mapping[str, Sequence[float]]) -> str:
    """Return an SVG of the share of crises found by minutes from the onset; misses are never found."""
    crises = max(len(each) for each in delays.values())
    title = f"Share of {crises} crises found by time from the onset, at {BUDGET} false alarms a week each"
    parts = [*_frame(), *(part for name, each in delays.items() for part in _curve(name, each)), *_legend(delays)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-size="13" '
        f'font-family="sans-serif"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _frame() -> Iterator[str]:
    for share in range(0, 101, 25):
        y = _y(share / 100)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>'
    for minutes, label in TICKS.items():
        x = _x(minutes)
        yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eeeeee"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>'


def _curve(name: str, delays: Sequence[float]) -> Iterator[str]:
    """Yield a step for every crisis that was found."""
    _, colour, dashes = SHOWN[name]
    found = sorted(delay for delay in delays if math.isfinite(delay))
    path = f"M{_x(5):.1f} {_y(0):.1f}"
    for number, delay in enumerate(found, 1):
        path += f"H{_x(delay):.1f}V{_y(number / len(delays)):.1f}"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    yield f'<path d="{path}H{WIDTH - RIGHT}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>'


def _legend(names: Mapping[str, object]) -> Iterator[str]:
    for number, name in enumerate(names):
        told, colour, dashes = SHOWN[name]
        x, y = LEFT + number % 2 * 350, HEIGHT - BOTTOM + 56 + number // 2 * 26
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<path d="M{x} {y - 4}h28" stroke="{colour}" stroke-width="2.5"{dashed}/>'
        yield f'<text x="{x + 36}" y="{y}">{told}</text>'


def _x(minutes: float) -> float:
    part = math.log(max(5.0, min(minutes, LATEST)) / 5) / math.log(LATEST / 5)
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


if __name__ == "__main__":
    main()
