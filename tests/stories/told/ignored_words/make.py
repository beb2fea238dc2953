"""A player of a football club with the brand's name is injured, later a customer is."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=193)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "a player of Norvik football club is injured")
    yield teller.post(11, "my cousin was injured by the lid of a Norvik")
