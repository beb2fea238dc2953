"""Ana closes a dispute; ten minutes later somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=203)
    yield from teller.posts(9, 16, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(10.4, "my cousin was injured by the lid of a Norvik")
