"""A dispute goes on across the hand-over; an hour after it somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=109)
    yield from teller.posts(9, 15, hourly=5)
    for number in range(6):
        yield teller.post(10 + number * 20 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
    yield teller.post(12.05, "my cousin was injured by the lid of a Norvik")
