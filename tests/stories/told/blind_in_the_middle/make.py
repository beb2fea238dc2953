"""Somebody is hurt, and five minutes later the only source falls away for two hours."""

from collections.abc import Iterator
from datetime import datetime

from telling import Line, Teller, coverage, moment


def tell() -> Iterator[Line]:
    teller = Teller(seed=262)
    for post in teller.posts(6, 15, hourly=12):
        if not moment(10) <= datetime.fromisoformat(post["published_at"]) < moment(12):
            yield post
    yield from coverage("forum", 6, 10)
    yield from coverage("forum", 12, 15)
    yield teller.post(9.95, "my cousin was injured by the lid of a Norvik")
