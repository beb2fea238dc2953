"""An expected dispute; ana changes her mind."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=159)
    yield from teller.posts(8.5, 14, hourly=5)
    for number in range(4):
        yield teller.post(9.5 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
