"""A dispute in the night in which summer time begins."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=155)
    yield from teller.posts(152, 160, hourly=5)
    for number in range(8):
        yield teller.post(153 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
