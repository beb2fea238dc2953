"""Posts become known three hours after they were written: they count when they are known, not in a closed past."""

from collections.abc import Iterator

from telling import Line, Teller, moment, stamp


def tell() -> Iterator[Line]:
    teller = Teller(seed=8)
    yield from teller.posts(0, 24)
    for post in teller.posts(17, 18, hourly=90, bad=0.85, good=0):
        yield {**post, "observed_at": stamp(moment(20.5))}
