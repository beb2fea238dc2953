"""Four posts an hour, and for twenty minutes one a minute."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=188)
    yield from teller.posts(9, 10, hourly=4)
    for number in range(20):
        yield teller.post(10 + number / 60, f"Norvik {number} kettles {number * 7} seen in shop {number * 13} today")
    yield from teller.posts(10.5, 15, hourly=4)
