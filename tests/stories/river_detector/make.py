"""The mood turns a little worse for good on the second day: a drift detector of river notices it, and tells nobody."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=27)
    yield from teller.posts(0, 36)
    yield from teller.posts(36, 48, bad=0.24)
