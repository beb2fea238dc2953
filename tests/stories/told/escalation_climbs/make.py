"""Somebody is hurt again and again and nobody answers for two hours."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=106)
    yield from teller.posts(9, 15, hourly=5)
    for number in range(6):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
