"""Both brands have a dispute; one of them is silenced."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=161)
    yield from teller.posts(8.5, 13, hourly=5)
    yield teller.post(9.5, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(9.5, "a lawsuit about the lid of the Tallis kettle")
