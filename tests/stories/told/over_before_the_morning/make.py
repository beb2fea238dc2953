"""A short dispute at two in the night."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=151)
    yield from teller.posts(25, 31, hourly=5)
    yield teller.post(26, "a lawsuit about the lid of the Norvik kettle")
