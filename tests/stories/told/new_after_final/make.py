"""Somebody is hurt at two in the night, and again at eleven."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=114)
    yield from teller.posts(1, 15, hourly=5)
    yield teller.post(2, "my cousin was injured by the lid of a Norvik")
    yield teller.post(11, "my uncle was injured by the lid of a Norvik")
