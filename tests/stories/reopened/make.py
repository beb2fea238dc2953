"""The trouble ends, the all-clear is sent, and within six hours it is back: the same incident, not a new one."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=7)
    yield from teller.posts(0, 28)
    yield from teller.posts(20, 20.5, hourly=60, bad=0.55, good=0.2)
    yield from teller.posts(25, 25.5, hourly=150, bad=0.8, good=0.05)
