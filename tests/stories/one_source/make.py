"""Two sources; on the second day only the reviews turn bad: the alert says that it is there, and elsewhere as usual."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=24)
    yield from teller.posts(0, 39)
    yield from teller.posts(0, 39, hourly=20, source="reviews")
    yield from teller.posts(38, 39, hourly=60, bad=0.8, source="reviews")
