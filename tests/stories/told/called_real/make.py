"""Ana says that it is real, and nobody takes it."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=201)
    yield from teller.posts(9, 15, hourly=5)
    for number in range(4):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
