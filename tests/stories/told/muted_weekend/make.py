"""A dispute on Sunday at ten in the evening."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=153)
    yield from teller.posts(164, 171, hourly=5)
    for number in range(5):
        yield teller.post(166 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
