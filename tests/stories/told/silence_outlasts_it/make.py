"""A dispute that was expected, and ends within the silence."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=157)
    yield from teller.posts(8.5, 15, hourly=5)
    yield teller.post(9.5, "a lawsuit about the lid of the Norvik kettle")
