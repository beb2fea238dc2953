"""A dispute of an hour, told on a channel that edits."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=111)
    yield from teller.posts(9, 14, hourly=20)
    for number in range(4):
        yield teller.post(10 + number * 15 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
