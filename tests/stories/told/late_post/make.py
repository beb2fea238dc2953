"""An injury, written at nine and known at eleven."""

from collections.abc import Iterator

from telling import Line, Teller, moment, stamp


def tell() -> Iterator[Line]:
    teller = Teller(seed=194)
    yield from teller.posts(8.5, 14, hourly=5)
    yield teller.post(9, "my cousin was injured by the lid of a Norvik", observed_at=stamp(moment(11)))
