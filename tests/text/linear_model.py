"""The shipped scorer, loaded once, and short ways to ask it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from crisiswatch.text.linear import Linear

WEIGHTS = files("crisiswatch.text").joinpath("data/negativity-linear-3.bin")


@cache
def shipped() -> Linear:
    return Linear.from_bytes(WEIGHTS.read_bytes())


def score(text: str, language: str | None = "en") -> float:
    (found,) = shipped().score([text], [language])
    assert found is not None
    return found


def read_as(text: str) -> str:
    """Return what the model reads, a handle as <p> and a link as <l>."""
    from crisiswatch.text.linear.reading import read

    points = read([text], shipped().reader.alphabet).points
    return "".join(map(chr, points)).strip("\n").replace("\ue001", "<p>").replace("\ue002", "<l>")
