"""A competitor's crisis is watched and told to nobody; it is not the operator's to answer."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=10)
    yield from teller.posts(0, 24)
    yield from teller.posts(0, 24, brand="Globex")
    yield from teller.posts(20, 22, hourly=120, bad=0.8, brand="Globex")
