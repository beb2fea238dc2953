"""Somebody is injured, and ten minutes later ana says that she is on it."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=101)
    yield from teller.posts(8, 13, hourly=6)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
