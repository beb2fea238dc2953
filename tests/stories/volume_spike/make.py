"""On the third day four times the usual number of posts, in the usual mood: noticed and watched, told to nobody."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=21)
    yield from teller.posts(0, 66)
    yield from teller.posts(58, 60, hourly=120)
