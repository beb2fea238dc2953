"""A dispute that was expected, and lasts longer than expected."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=156)
    yield from teller.posts(8.5, 16, hourly=5)
    for number in range(6):
        yield teller.post(9.5 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
