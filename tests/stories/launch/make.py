"""Something new is sold: six times as many posts for four hours, and people like it. Nobody must be woken."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=3)
    yield from teller.posts(0, 26)
    yield from teller.posts(20, 24, hourly=150, bad=0.05, good=0.8)
