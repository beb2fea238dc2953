"""Somebody is hurt at ten, and again at three in the afternoon."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=113)
    yield from teller.posts(9, 21, hourly=5)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
    yield teller.post(15, "my uncle was injured by the lid of a Norvik")
