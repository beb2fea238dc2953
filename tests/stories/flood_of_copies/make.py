"""One angry text, four hundred times in twenty minutes: one story, however often it is repeated."""

from collections.abc import Iterator

from telling import Line, Teller

TEXT = "Norvik kettles are a horrible dangerous disaster, share this everywhere and never buy their useless junk again"


def tell() -> Iterator[Line]:
    teller = Teller(seed=4)
    yield from teller.posts(0, 24)
    yield from teller.copies(20, 20.33, 400, TEXT)
