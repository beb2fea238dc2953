"""Six brands are drawn into a dispute in the same minute."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=147)
    yield from teller.posts(8, 13, hourly=4)
    for name in ("Norvik", "Tallis", "Globex", "Initech", "Umbra", "Vandel"):
        yield teller.post(10, f"my cousin joins a lawsuit about the lid of a {name}")
