"""Three days; somebody is hurt on Tuesday morning."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=198)
    yield from teller.posts(7, 50, hourly=2)
    yield teller.post(32, "my cousin was injured by the lid of a Norvik")
