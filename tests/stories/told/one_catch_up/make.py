"""A dispute, then an injury, while the channel is down for an hour."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=142)
    yield from teller.posts(9, 15, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    for number in range(4):
        yield teller.post(10.25 + number * 20 / 60, f"person {number} injured by the lid of a Norvik")
