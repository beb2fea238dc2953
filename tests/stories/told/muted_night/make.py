"""A dispute from half past two to half past six in the night."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=149)
    yield from teller.posts(25, 34, hourly=5)
    for number in range(10):
        yield teller.post(26.5 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
