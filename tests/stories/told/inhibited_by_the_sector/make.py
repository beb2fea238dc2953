"""All kettles are recalled; ten minutes later there is a dispute about ours that lasts."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=181)
    yield from teller.posts(9, 17, hourly=5)
    yield teller.post(10, "a recall of all kettles")
    for number in range(8):
        yield teller.post(10.17 + number * 25 / 60, f"person {number} starting a lawsuit about the lid of a Norvik")
