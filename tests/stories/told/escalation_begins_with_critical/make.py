"""A dispute at ten; fifty minutes later somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=108)
    yield from teller.posts(9, 15, hourly=5)
    for number in range(3):
        yield teller.post(10 + number * 20 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
    yield teller.post(10.83, "my cousin was injured by the lid of a Norvik")
