"""Most of a day of ordinary posts; then, for two hours, four times as many, and most of them bad."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller()
    yield from teller.posts(0, 24)
    yield from teller.posts(20, 22, hourly=120, bad=0.8, good=0.05)
