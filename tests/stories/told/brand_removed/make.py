"""In the middle of it the operator takes one of two brands out of the configuration."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=204)
    yield from teller.posts(9, 13, hourly=5)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
    yield teller.post(10, "my cousin was injured by the lid of a Tallis")
