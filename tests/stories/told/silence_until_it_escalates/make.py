"""An expected dispute, in which somebody is hurt."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=158)
    yield from teller.posts(8.5, 14, hourly=5)
    yield teller.post(9.5, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(9.9, "my cousin was injured by the lid of a Norvik")
