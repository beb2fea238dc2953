"""Somebody is hurt every fifty minutes: each time it has just eased."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=115)
    yield from teller.posts(9, 18, hourly=5)
    for number in range(4):
        yield teller.post(10 + number * 50 / 60, f"person {number} injured by the lid of a Norvik")
