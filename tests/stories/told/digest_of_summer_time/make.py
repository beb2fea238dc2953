"""The weekend on which summer time begins."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=199)
    yield from teller.posts(131, 158, hourly=2)
