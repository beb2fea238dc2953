"""Somebody is hurt at half past two in the night."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=150)
    yield from teller.posts(25, 30, hourly=5)
    yield teller.post(26.5, "my cousin was injured by the lid of a Norvik")
