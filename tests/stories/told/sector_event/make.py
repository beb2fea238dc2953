"""A shared supplier recalls its batteries: six brands within an hour and a half, one of them with an injury."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=233)
    yield from teller.posts(9, 18, hourly=5)
    yield teller.post(9.9, "a recall of the batteries of others")
    yield teller.post(10, "a recall of the batteries of Norvik")
    yield teller.post(10.25, "a recall of the batteries of Tallis")
    for number in range(8):
        yield teller.post(10.5 + number * 25 / 60, f"person {number} reads of a recall of the batteries of Globex")
    yield teller.post(10.75, "a recall of the batteries of Initech")
    yield teller.post(10.85, "somebody injured by the batteries of Umbra")
    yield teller.post(11.2, "a recall of the batteries of Vandel")
