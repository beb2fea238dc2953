"""A source was away for three hours and brings what it has at once."""

from collections.abc import Iterator

from telling import Line, Teller, moment, stamp


def tell() -> Iterator[Line]:
    teller = Teller(seed=195)
    yield from teller.posts(7, 9, hourly=5)
    for post in teller.posts(9, 12, hourly=12):
        yield {**post, "observed_at": stamp(moment(12))}
    for hour in (9.5, 10, 11):
        yield teller.post(hour, "my cousin was injured by the lid of a Norvik", observed_at=stamp(moment(12)))
    yield from teller.posts(12, 16, hourly=5)
