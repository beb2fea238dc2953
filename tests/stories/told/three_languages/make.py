"""A dispute, in which somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=186)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(10.35, "my cousin was injured by the lid of a Norvik")
