"""On the fifth day every fourth post has a word that nobody used before, in the usual mood: noticed, told to nobody."""

from collections.abc import Iterator

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=23)
    yield from teller.posts(0, 114)
    for number, line in enumerate(teller.posts(106, 108, hourly=16)):
        yield {**line, "text": f"{line['text']} limescale {'today' if number % 2 else 'again'}"}
