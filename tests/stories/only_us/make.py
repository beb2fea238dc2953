"""A crisis of one brand, while its competitor and its industry are as usual: the evidence says that it is only us."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=25)
    for brand in ("Norvik", "Globex", "Kettles"):
        yield from teller.posts(0, 41, brand=brand)
    yield from teller.posts(40, 41, hourly=120, bad=0.8)
