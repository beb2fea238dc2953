"""Somebody is hurt every twenty minutes until one o'clock, and again at twenty to three; ana had the morning."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=106)
    yield from teller.posts(9, 17, hourly=5)
    for number in range(10):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
    for number in range(4):
        yield teller.post(14 + (40 + number * 15) / 60, f"visitor {number} injured by the lid of a Norvik")
