"""Of two brands somebody is hurt, twenty minutes apart; ana takes the first."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=191)
    yield from teller.posts(9, 15, hourly=5)
    yield teller.post(10, "my cousin was injured by the lid of a Norvik")
    yield teller.post(10.35, "my cousin was injured by the lid of a Tallis")
