"""The picture of how soon crises are found."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

from benchmarks.crisisbench.picturing import SHOWN, picture

SVG = "{http://www.w3.org/2000/svg}"


def curves(delays: dict[str, list[float]]) -> dict[str, list[tuple[float, float]]]:
    """Return the corners of every curve, by its colour."""
    root = ElementTree.fromstring(picture(delays))
    paths = [path for path in root.iter(f"{SVG}path") if path.get("fill") == "none"]
    steps = {path.get("stroke", ""): re.findall(r"H([\d.]+)V([\d.]+)", path.get("d", "")) for path in paths}
    return {colour: [(float(x), float(y)) for x, y in found] for colour, found in steps.items()}


def test_a_curve_rises_once_for_every_crisis_that_was_found() -> None:
    [found] = curves({"crisis_lr": [5.0, math.inf, 600.0, 60.0]}).values()

    assert len(found) == 3
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    heights = [y for _, y in found]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == heights[1] - heights[2]


def test_who_finds_the_same_sooner_is_drawn_to_the_left() -> None:
    found = curves({"limit": [10.0, 30.0], "crisis_lr": [20.0, 60.0]})

    limit, ours = (found[SHOWN[name][1]] for name in ("limit", "crisis_lr"))
    assert all(a[0] < b[0] and a[1] == b[1] for a, b in zip(limit, ours, strict=True))


def test_every_curve_is_named() -> None:
    root = ElementTree.fromstring(picture({name: [30.0] for name in SHOWN}))

    told = {text.text for text in root.iter(f"{SVG}text")}
    assert {words for words, _, _ in SHOWN.values()} <= told
