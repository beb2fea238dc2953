"""A dispute all day; ana takes it after the second reminder."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=105)
    yield from teller.posts(7, 23, hourly=5)
    for number in range(29):
        yield teller.post(8 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
