"""Somebody is hurt every twenty minutes for six hours; ana takes it once and never says so again."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=101)
    yield from teller.posts(9, 17, hourly=5)
    for number in range(16):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
