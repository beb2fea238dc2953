"""A dispute in the morning, while the head sits in a meeting."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=154)
    yield from teller.posts(9, 16, hourly=5)
    for number in range(6):
        yield teller.post(10 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
