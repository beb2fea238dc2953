"""Somebody is hurt ten minutes before the hand-over, and nobody answers."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=110)
    yield from teller.posts(9, 15, hourly=5)
    for number in range(3):
        yield teller.post(10.83 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
