"""The same posts, and the same bad half hour, for two brands; one had announced an event, which raises its bar."""

from collections.abc import Iterator
from itertools import chain

from telling import Line, Teller


def tell() -> Iterator[Line]:
    teller = Teller(seed=9)
    for post in chain(teller.posts(0, 25), teller.posts(20, 20.5, hourly=60, bad=0.6, good=0.1)):
        yield post
        yield {**post, "external_id": f"t{post['external_id']}", "text": post["text"].replace("Norvik", "Tallis")}
