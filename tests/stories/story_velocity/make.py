"""On the third day one friendly post is repeated 120 times within the hour: noticed and watched, told to nobody."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=22)
    yield from teller.posts(0, 66)
    yield from teller.copies(58, 59, 120, "look how the Norvik kettle pours tea for forty guests at my aunt's wedding")
