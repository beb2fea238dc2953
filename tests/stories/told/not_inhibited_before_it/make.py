"""A dispute about ours, and half an hour later the recall of all kettles."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=182)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(10, "a lawsuit about the lid of the Norvik kettle")
    yield teller.post(10.5, "a recall of all kettles")
