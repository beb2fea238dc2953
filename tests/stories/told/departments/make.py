"""A dispute about one brand and an injury by another."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=183)
    yield from teller.posts(9, 13, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(10, "my cousin was injured by the lid of a Tallis")
