"""A dispute that is only to be watched."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=189)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
