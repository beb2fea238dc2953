"""A person and, an hour later, an outlet write the same."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=187)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "what we know about the Norvik kettle")
    yield teller.post(11, "what we know about the Norvik kettle, part two", author="https://news.example/kitchen")
