"""Six hours of anger in a busy brand, then an ordinary night: the all-clear comes when it is over, not when sixteen
hours have forgotten it, and what they remember opens nothing again."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=11)
    yield from teller.posts(0, 56, hourly=60)
    yield from teller.posts(34, 40, hourly=120, bad=0.75, good=0.05)
