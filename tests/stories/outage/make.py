"""In the middle of a crisis the larger source is not seen for hours: silence there is not calm.

The brand is blind: that is an alert of its own, and the crisis neither eases nor closes until the source is back.
"""

from collections.abc import Iterator
from itertools import chain

from telling import Line, Teller, coverage, moment, stamp

CRISIS, OUT, BACK, OVER = 18.0, 18.5, 21.0, 31.0


def tell() -> Iterator[Line]:
    teller = Teller(seed=5)
    yield from teller.posts(0, OVER, hourly=10, source="forum")
    news = chain(teller.posts(0, OVER, hourly=25, source="news"),
                 teller.posts(CRISIS, OUT, hourly=60, bad=0.6, source="news"))  # fmt: skip
    for post in news:
        if not is_out(post):
            yield post
    yield from coverage("forum", 0, OVER)
    yield from coverage("news", 0, OUT)
    yield from coverage("news", BACK, OVER)


def is_out(post: Line) -> bool:
    """Tell whether a post was written while its source could not be asked; nobody fetched it later."""
    return stamp(moment(OUT)) <= post["published_at"] < stamp(moment(BACK))
