"""Ana closes it too early; people are still being hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=202)
    yield from teller.posts(9, 17, hourly=5)
    for number in range(4):
        yield teller.post(10 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
