"""Rumours of a takeover of the competitor."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=190)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "rumours of a takeover of Globex")
