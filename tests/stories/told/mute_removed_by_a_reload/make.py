"""A dispute in muted hours, which the operator thinks better of."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=205)
    yield from teller.posts(9, 14, hourly=5)
    for number in range(2):
        yield teller.post(10 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
