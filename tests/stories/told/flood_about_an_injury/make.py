"""One text about an injury, copied two hundred times within half an hour."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=196)
    yield from teller.posts(9, 15, hourly=5)
    yield from teller.copies(10, 10.5, 200, "my cousin was injured by the lid of a Norvik")
