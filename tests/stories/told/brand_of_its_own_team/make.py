"""Three brands have a dispute at the same time."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=185)
    yield from teller.posts(9, 13, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(10, "a lawsuit about the lid of the Tallis kettle")
    yield teller.post(10, "a lawsuit about the lid of the Tallispro kettle")
