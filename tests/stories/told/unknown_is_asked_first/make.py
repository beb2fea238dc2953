"""The channel takes requests and answers nothing while somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=145)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
