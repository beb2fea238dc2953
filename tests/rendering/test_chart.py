from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from struct import unpack
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering_builders import BUCKET, SINCE, point, series
from rendering_hostile import ATTACKS, any_text, unhurried

from crisiswatch.core.series import Point
from crisiswatch.rendering.chart import FONT_FILES, chart_alt, chart_png, chart_svg
from crisiswatch.rendering.inert import one_line

GOLDEN = Path(__file__).with_name("golden")
MADRID = ZoneInfo("Europe/Madrid")


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def _rects(svg: str, colour: str) -> int:
    return svg.count(f'fill="{colour}"')


def test_the_picture_speaks_for_itself() -> None:
    texts = _texts(chart_svg(series()))

    assert "Mentions per 5\u00a0min, last 24\u00a0h" in texts
    assert {"240, normal is 20", "expected range", "since 13:20", "Negative share (usually 17%)"} <= set(texts)
    assert texts[-3:] == ["14:00", "02:00", "14:00 UTC"]


def test_times_are_those_of_the_reader() -> None:
    texts = _texts(chart_svg(series(), zone=MADRID))

    assert "since 14:20" in texts
    assert texts[-1] == "15:00 CET"


def test_a_week_names_its_days() -> None:
    week = series(
        length=timedelta(hours=1),
        points=tuple(replace(p, start=SINCE + i * timedelta(hours=1)) for i, p in enumerate(series().points[:168])),
        since=None,
    )

    assert _texts(chart_svg(week))[-3:] == ["22 Nov 13:20", "26 Nov 01:20", "29 Nov 13:20 UTC"]


def test_only_the_trouble_is_red() -> None:
    assert _rects(chart_svg(series()), "#b42318") > 8
    assert _rects(chart_svg(series(since=None)), "#b42318") == 0


def test_what_was_not_seen_is_hatched_and_not_drawn_as_calm() -> None:
    seen = series()
    points = tuple(replace(p, stories=0.0, covered=0.3) if 100 <= i < 120 else p for i, p in enumerate(seen.points))

    svg = chart_svg(replace(seen, points=points))

    assert "not seen" in _texts(svg)
    assert 'fill="url(#not-seen)"' in svg
    assert (svg.count("<polyline"), chart_svg(seen).count("<polyline")) == (2, 1)


def test_several_gaps_are_labelled_once() -> None:
    points = tuple(replace(p, covered=0.0) if i % 40 < 5 else p for i, p in enumerate(series().points))

    assert _texts(chart_svg(series(points=points))).count("not seen") == 1


def test_a_hole_in_the_points_breaks_the_line() -> None:
    points = series().points[:50] + series().points[60:]

    assert chart_svg(series(points=points)).count("<polyline") == 2


def test_nothing_known_is_said_and_not_drawn_as_zero() -> None:
    svg = chart_svg(series(points=()))

    assert _texts(svg) == ["no data yet"]
    assert chart_alt(series(points=())) == "no data yet"


@pytest.mark.parametrize(("theme", "back"), [("light", "#ffffff"), ("dark", "#16181d")])
def test_every_theme_has_its_own_ground(theme: str, back: str) -> None:
    assert f'rx="6" fill="{back}"' in chart_svg(series(), theme)


def test_the_size_is_what_was_asked_for() -> None:
    root = ElementTree.fromstring(chart_svg(series(), "light", 900, 400))

    assert (root.get("viewBox"), root.get("width"), root.get("height")) == ("0 0 900 400", "900", "400")


def test_the_sentences_replace_the_picture() -> None:
    assert chart_alt(series(), zone=MADRID).replace("\u00a0", " ") == (
        "Line chart: mentions of Acme per 5 min, from 21 Nov 15:00 (14:00 UTC) to 15:00 (14:00 UTC). "
        "The highest count is 240 at 14:55 (13:55 UTC), where 20 would be normal. "
        "Below it, the negative share: 65% then, usually 17%."
    )


@pytest.mark.parametrize("language", ["es", "fr"])
def test_the_picture_speaks_the_readers_language(language: str) -> None:
    written = " ".join(_texts(chart_svg(series(), language=language))) + chart_alt(series(), language=language)

    assert not [word for word in ("Mentions per", "normal is", "expected range", "usually", "Line") if word in written]


def test_the_drawing_is_the_agreed_one() -> None:
    short = series(points=series().points[-12:])

    assert chart_svg(short) == (GOLDEN / "chart.svg").read_text(encoding="utf-8")


def test_the_same_series_gives_the_same_bytes() -> None:
    first, second = (chart_png(chart_svg(series())) for _ in range(2))

    assert sha256(first).digest() == sha256(second).digest()


def test_the_png_is_twice_the_size_for_sharp_screens() -> None:
    png = chart_png(chart_svg(series()))

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert unpack(">II", png[16:24]) == (1200, 600)


def test_the_bundled_fonts_are_what_letters_are_drawn_with() -> None:
    svg = chart_svg(series())

    lettered, bare = chart_png(svg), chart_png(svg, fonts=())

    assert len(lettered) > len(bare) * 1.3


@pytest.mark.parametrize("letters", ["ñáÉ", "çœÀ", "ßŁő", "Ωλ", "Жщї", "€–…“”«»→"])
def test_the_bundled_fonts_have_the_letters_of_our_readers(letters: str) -> None:
    draw = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><text y="20">{}</text></svg>'

    drawn = {chart_png(draw.format(letter)) for letter in letters}

    assert len(drawn) == len(letters)  # letters that a face lacks would all look alike
    assert chart_png(draw.format("")) not in drawn


def test_the_fonts_carry_their_licence() -> None:
    licence = Path(FONT_FILES[0]).with_name("LICENSE").read_text(encoding="utf-8")

    assert all(Path(font).is_file() for font in FONT_FILES)
    assert "Bitstream Vera Fonts Copyright" in licence
    assert "Arev Fonts Copyright" in licence


@pytest.mark.parametrize("brand", ATTACKS)
def test_a_hostile_name_is_only_text(brand: str) -> None:
    harmless, hostile = (ElementTree.fromstring(chart_svg(series(brand=name))) for name in ("Acme", brand))

    assert [e.tag for e in hostile.iter()] == [e.tag for e in harmless.iter()]
    assert (hostile[0].text or "").startswith(one_line(brand, 80))


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1e6)
shares = st.none() | st.floats(-1, 2)


@unhurried
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, shares, st.floats(0, 1)), max_size=6), any_text)
def test_draws_any_numbers(rows: list[tuple[float, float, float, float, float | None, float]], brand: str) -> None:
    points = tuple(
        Point(SINCE + i * BUCKET, stories, expected, lower, upper, share, covered)
        for i, (stories, expected, lower, upper, share, covered) in enumerate(rows)
    )

    svg = chart_svg(series(points=points, brand=brand))

    places = [e.get(name) for e in ElementTree.fromstring(svg).iter() for name in ("x", "y", "points", "cx", "height")]
    assert not any("nan" in place or "inf" in place for place in places if place)


def test_one_point_is_a_dot() -> None:
    assert "<circle" in chart_svg(series(points=(point(0),)))
