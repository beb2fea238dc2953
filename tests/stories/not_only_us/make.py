"""A brand, its competitor and its industry are attacked in the same hour: the evidence says that it is not only us."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=26)
    for brand in ("Norvik", "Globex", "Kettles"):
        yield from teller.posts(0, 41, brand=brand)
        yield from teller.posts(40, 41, hourly=120, bad=0.8, brand=brand)
