"""A recall of all kettles reaches four brands within half an hour; the last of them with an injury."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=239)
    yield from teller.posts(9, 14, hourly=5)
    yield teller.post(9.95, "a recall of all kettles")
    for minutes, name in ((0, "Norvik"), (10, "Tallis"), (20, "Globex")):
        yield teller.post(10 + minutes / 60, f"a recall of the lids of {name}")
    yield teller.post(10.5, "somebody injured by the lid of an Initech")
