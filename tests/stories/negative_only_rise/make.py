"""As many posts as ever; but from eight in the evening on, for four hours, two in three are bad."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=2)
    yield from teller.posts(0, 20)
    yield from teller.posts(20, 24, bad=0.66, good=0.1)
