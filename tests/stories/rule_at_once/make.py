"""One post among ordinary ones says that somebody was injured: the operator's rule opens at once, as critical."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=6)
    yield from teller.posts(0, 15)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
