"""A dispute an hour before the night begins."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=152)
    yield from teller.posts(19, 24, hourly=5)
    yield teller.post(20.2, "a lawsuit about the lid of the Norvik kettle")
