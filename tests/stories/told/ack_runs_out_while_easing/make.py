"""Somebody is hurt every twenty minutes until one o'clock; ana took it at ten past ten, and it ends by itself."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=105)
    yield from teller.posts(9, 17, hourly=5)
    for number in range(10):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
